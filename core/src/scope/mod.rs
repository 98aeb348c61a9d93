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
use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

pub use child::ScopedJoinHandle;

/// A child on its way to the executor.
pub type Lent = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Spawns a child.
type Spawner = dyn Fn(Lent, Spawn) -> JoinHandle<()> + Send + Sync;

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
    /// Spawns a task that may borrow what outlives the scope. Its output goes to the handle; dropping the handle detaches
    /// the task, for which the scope waits all the same. Tasks may spawn tasks, also after the body has ended.
    ///
    /// A task that panics while its handle is there has told the handle, and whoever drops that without having awaited it
    /// ends the scope, as a task does that panics when its handle is gone: the body is dropped, and the other tasks are
    /// aborted. (A handle that is forgotten keeps its panic to itself.)
    #[track_caller]
    pub fn spawn<F>(&'scope self, future: F) -> ScopedJoinHandle<'scope, F::Output>
    where
        F: Future + Send + 'scope,
        F::Output: Send + 'scope,
    {
        self.spawn_at(future, Spawn::here())
    }

    /// [`spawn`](StackScope::spawn), with a name, which is in everything that is said of the task. Names are kept for the life of the process: name kinds of tasks, not
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

    /// Aborts every task of the scope that has not ended, and those that come later. The body goes on, and the scope waits
    /// for their ends.
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

/// How a scope runs its body and waits.
pub struct Host<'a> {
    /// Runs a future on this thread to its end, and, where no other thread does, the children meanwhile.
    pub block_on: &'a dyn Fn(Pin<&mut dyn Future<Output = ()>>),
    /// Runs something that blocks. If that keeps this thread from running children, another one does meanwhile.
    pub block_in_place: &'a dyn Fn(&mut dyn FnMut()),
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

/// Calls `body`, runs its future, and waits until every child that it spawned is gone. A child that panicked for nobody to
/// see ends the body and the other children.
///
/// A `block_on` that panics has dropped what it was given; the children are aborted then, and waited for all the same.
///
/// # Panics
/// If the body does, or `block_on`: with that payload. If a child panicked, and its handle is gone.
#[track_caller]
pub fn scope<'env, F, R>(
    spawner: impl Fn(Lent, Spawn) -> JoinHandle<()> + Send + Sync + 'static,
    host: &Host<'_>,
    body: F,
) -> R
where
    F: for<'scope> AsyncFnOnce(&'scope StackScope<'scope, 'env>) -> R,
{
    let children = Arc::<Children>::default();
    let scope = StackScope {
        children: Arc::clone(&children),
        spawner: Box::new(spawner),
        scope: PhantomData,
        env: PhantomData,
    };
    let unfinished = Unfinished;
    let mut output = None;
    let body =
        caught(|| (host.block_on)(pin!(async { output = unless_failed(&children, body(&scope)).await })));
    if output.is_none() {
        children.abort();
    }
    let waited = wait(&children, host);
    std::mem::forget(unfinished);
    match (body, children.failed(), waited) {
        (Err(payload), ..) | (Ok(()), None, Err(payload)) => {
            // One panic at a time: a drop that panics amid another one ends the process.
            drop(output);
            resume_unwind(payload)
        }
        (Ok(()), Some(child), _) => {
            drop(output);
            panic!(
                "{child} panicked, a task of this scope whose handle is gone; await the handle to have the panic as an error"
            )
        }
        (Ok(()), None, Ok(())) => output.expect("`block_on` runs what it is given to its end"),
    }
}

/// Runs `body`, unless a child fails before it ends.
async fn unless_failed<R>(children: &Children, body: impl Future<Output = R>) -> Option<R> {
    let mut body = pin!(body);
    poll_fn(|cx| match body.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => children.poll_failed(cx).map(|()| None),
    })
    .await
}

/// L1: whatever unwinds while a child may be there ends the process instead.
struct Unfinished;

impl Drop for Unfinished {
    fn drop(&mut self) {
        eprintln!(
            "airmail: a scope cannot wait for its tasks, which borrow from its caller; the process is aborted"
        );
        std::process::abort();
    }
}

/// So many times a wait that panics is begun again: the one that says why it cannot end, and one for the children that were
/// aborted then. Whoever does not run them after that will not.
const WAITS: usize = 3;

/// Waits until every child is gone (L1). Answers why that was not simply waited for.
fn wait(children: &Children, host: &Host<'_>) -> Result<(), Panic> {
    let gone = || poll_fn(|cx| children.poll_gone(cx));
    let mut result = Ok(());
    for _ in 0..WAITS {
        if children.are_gone() {
            return result;
        }
        if let Err(payload) = caught(|| (host.block_on)(pin!(gone()))) {
            children.abort();
            match result {
                Ok(()) => result = Err(payload),
                Err(_) => discard_payload(payload),
            }
        }
    }
    // This thread can run them no more: whoever else does is waited for.
    let mut park = || {
        let waker = Waker::from(Arc::new(Caller(thread::current())));
        while children.poll_gone(&Context::from_waker(&waker)).is_pending() {
            thread::park();
        }
    };
    (host.block_in_place)(&mut park);
    // Whether or not the host has called it.
    park();
    result
}

type Panic = Box<dyn Any + Send>;

fn caught(code: impl FnOnce()) -> Result<(), Panic> {
    catch_unwind(AssertUnwindSafe(code))
}

/// The thread that waits.
struct Caller(Thread);

impl Wake for Caller {
    fn wake(self: Arc<Caller>) {
        self.0.unpark();
    }
}
