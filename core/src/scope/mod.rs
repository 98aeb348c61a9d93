//! Children that borrow from the stack of a function, which does not return before they are gone.
//!
//! The idea is `std::thread::scope`'s. A future can be forgotten, a function that runs cannot: so the function waits, and
//! what the children borrow outlives them: rules L1 and L2 of `task`.

mod child;
pub(crate) mod children;

use crate::sync::Arc;
use crate::task::{JoinHandle, Spawn, discard_payload};
use child::Child;
use children::Children;
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};

pub use child::ScopedJoinHandle;

/// A child on its way to the executor.
pub type Lent = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Spawns a child.
type Spawner = dyn Fn(Lent, Spawn) -> JoinHandle<()> + Send + Sync;

/// Runs a future on this thread to its end.
type BlockOn<'a> = dyn Fn(Pin<&mut dyn Future<Output = ()>>) + 'a;

/// Spawns tasks that borrow what outlives the scope.
///
/// Two lifetimes, as in [`std::thread::Scope`]: what is borrowed lives for `'scope`, which begins before the body does and
/// ends when all children are gone; `'env` is what is around the scope, and is longer.
pub struct StackScope<'scope, 'env: 'scope> {
    children: Arc<Children>,
    spawner: Box<Spawner>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

impl<'scope> StackScope<'scope, '_> {
    /// Spawns a child. Its output goes to the handle; dropping the handle detaches the child, for which the scope waits all
    /// the same.
    ///
    /// Children may spawn children. A child that panics while nobody has its handle ends the scope: the others are
    /// aborted.
    #[track_caller]
    pub fn spawn<F>(&'scope self, future: F) -> ScopedJoinHandle<'scope, F::Output>
    where
        F: Future + Send + 'scope,
        F::Output: Send + 'scope,
    {
        self.spawn_at(future, Spawn::here())
    }

    /// [`spawn`](StackScope::spawn), with a name. Names are kept for the life of the process: name kinds of tasks, not
    /// single ones.
    #[track_caller]
    pub fn spawn_named<F>(&'scope self, name: &str, future: F) -> ScopedJoinHandle<'scope, F::Output>
    where
        F: Future + Send + 'scope,
        F::Output: Send + 'scope,
    {
        self.spawn_at(future, Spawn::here().named(name))
    }

    fn spawn_at<F>(&'scope self, future: F, spawn: Spawn) -> ScopedJoinHandle<'scope, F::Output>
    where
        F: Future + Send + 'scope,
        F::Output: Send + 'scope,
    {
        let (child, place) = Child::new(future, &self.children);
        let handle = (self.spawner)(lend(Box::pin(child)), spawn);
        self.children.note(handle.abort_handle());
        ScopedJoinHandle::new(handle, place)
    }

    /// Aborts every child that has not ended, and those that come later. The scope waits for their ends.
    pub fn abort_all(&self) {
        self.children.abort();
    }
}

impl fmt::Debug for StackScope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackScope").finish_non_exhaustive()
    }
}

/// Forgets how long what the child borrows lives.
fn lend<'scope>(child: Pin<Box<dyn Future<Output = ()> + Send + 'scope>>) -> Lent {
    // SAFETY: L1. The types differ in the lifetime alone.
    unsafe { std::mem::transmute::<Pin<Box<dyn Future<Output = ()> + Send + 'scope>>, Lent>(child) }
}

/// Calls `body`, runs its future, and waits until every child that it spawned is gone.
///
/// `block_on` may fail: what it was given is then dropped, the children are aborted, and this thread waits for them without
/// it.
///
/// # Panics
/// If `block_on` does, or the body: with that payload. If a child panicked, and nobody waited for its handle.
pub fn scope<'env, F, R>(
    spawner: impl Fn(Lent, Spawn) -> JoinHandle<()> + Send + Sync + 'static,
    block_on: &BlockOn<'_>,
    body: F,
) -> R
where
    F: for<'scope> AsyncFnOnce(&'scope StackScope<'scope, 'env>) -> R,
{
    let scope = StackScope {
        children: Arc::default(),
        spawner: Box::new(spawner),
        scope: PhantomData,
        env: PhantomData,
    };
    let children = Arc::clone(&scope.children);
    let mut output = None;
    let result = catch_unwind(AssertUnwindSafe(|| {
        block_on(pin!(async { output = Some(body(&scope).await) }));
    }));
    if result.is_err() {
        children.abort();
    }
    wait(&children, block_on);
    if let Err(payload) = result {
        resume_unwind(payload);
    }
    if let Some(child) = children.failed() {
        panic!("a task of this scope panicked, and nobody waited for its handle: {child}");
    }
    output.expect("`block_on` has run the body to its end")
}

/// Waits until every child is gone. L1: it neither returns nor unwinds before.
fn wait(children: &Children, block_on: &BlockOn<'_>) {
    let gone = || poll_fn(|cx| children.poll_gone(cx));
    // Its payload is that of the body's, or the reason why there is none.
    let waited = catch_unwind(AssertUnwindSafe(|| block_on(pin!(gone()))));
    if !children.are_gone() {
        children.abort();
        let waker = Waker::from(Arc::new(Caller(thread::current())));
        while children.poll_gone(&Context::from_waker(&waker)).is_pending() {
            thread::park();
        }
    }
    if let Err(payload) = waited {
        discard_payload(payload);
    }
}

/// The thread that waits.
struct Caller(Thread);

impl Wake for Caller {
    fn wake(self: Arc<Caller>) {
        self.0.unpark();
    }
}
