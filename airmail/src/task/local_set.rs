//! A set of tasks that stay on one thread, inside any runtime.

use crate::context::{self, Entered};
use crate::driver::Parker;
use crate::local::scheduler::{Bell, Bound, Ready, Scheduler};
use crate::local::worker::{Bench, cancel_all};
use crate::runtime::Runtime;
use crate::task::JoinHandle;
use airmail_core::{Options, Seat, Spawn};
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// How many tasks one poll of the set runs before it lets the runtime's other tasks have a turn.
const TASKS_PER_POLL: usize = 61;

/// Tasks that stay on the thread that made the set, and need not be `Send`.
///
/// The set is itself a future: whoever polls it ([`run_until`](LocalSet::run_until),
/// [`block_on`](LocalSet::block_on), or `.await`, which ends when every task has) runs its tasks. Inside,
/// [`spawn_local`](super::spawn_local) spawns onto it.
///
/// ```
/// use airmail::task::LocalSet;
/// use std::rc::Rc;
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// let set = LocalSet::new();
/// let sum = set.block_on(&runtime, async {
///     let shared = Rc::new(41);
///     airmail::task::spawn_local(async move { *shared + 1 }).await.unwrap()
/// });
/// assert_eq!(sum, 42);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Dropping the set cancels its tasks, on this thread; handles answer `Cancelled`. Wakers of its tasks work
/// from every thread, and do nothing once the set is gone.
#[derive(Debug)]
pub struct LocalSet {
    scheduler: Arc<Scheduler>,
    /// Taken while the set runs, and for good when it is dropped.
    seat: RefCell<Option<Seat<Ready>>>,
    not_send: PhantomData<*const ()>,
}

/// `spawn_local` goes to the set until the guard is dropped.
#[derive(Debug)]
#[must_use = "the set is left when the guard is dropped"]
pub struct LocalEnterGuard {
    #[allow(dead_code, reason = "its drop leaves the context")]
    entered: Entered,
}

impl Default for LocalSet {
    fn default() -> LocalSet {
        LocalSet::new()
    }
}

impl LocalSet {
    /// An empty set for this thread.
    #[must_use]
    pub fn new() -> LocalSet {
        let options = Options { count_wakers: cfg!(debug_assertions), hook: None };
        let bell = Bell::Poller(Mutex::new(None));
        let (scheduler, seat) = Scheduler::new(Bound::ThisThread, options, bell, None);
        LocalSet { scheduler, seat: RefCell::new(Some(seat)), not_send: PhantomData }
    }

    /// Makes this the set that `spawn_local` goes to, until the guard is dropped.
    pub fn enter(&self) -> LocalEnterGuard {
        LocalEnterGuard { entered: context::enter_local(Arc::clone(&self.scheduler)) }
    }

    /// Spawns a task onto the set. It runs when the set is polled.
    #[inline]
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_local_at(future, Spawn::here())
    }

    #[inline(always)]
    pub(crate) fn spawn_local_at<F>(&self, future: F, spawn: Spawn) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.scheduler.spawn_local_or_cancel(future, spawn)
    }

    /// Runs a future, and meanwhile the set's tasks. Tasks that have not ended when the future has stay in
    /// the set.
    ///
    /// Cancel safety: leaving the future early loses nothing; the tasks stay in the set.
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| self.poll_with(cx, |cx| future.as_mut().poll(cx))).await
    }

    /// [`run_until`](LocalSet::run_until), in a runtime's `block_on`.
    ///
    /// # Panics
    /// As [`Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        runtime.block_on(self.run_until(future))
    }

    /// Takes the seat, polls `root`, and, unless it is ready, runs up to [`TASKS_PER_POLL`] tasks.
    fn poll_with<T>(
        &self,
        cx: &mut Context<'_>,
        mut root: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let _entered = self.enter();
        // The seat is gone if one of the set's own tasks polls the set: the outer poll runs the tasks.
        let Some(turn) = Turn::take(&self.seat) else { return root(cx) };
        self.scheduler.bell.hang(cx.waker());
        Bench::with(&self.scheduler, turn.seat(), |bench| {
            if let Poll::Ready(output) = root(cx) {
                return Poll::Ready(output);
            }
            for _ in 0..TASKS_PER_POLL {
                match bench.next(None) {
                    Some(task) => bench.run(task),
                    None => return Poll::Pending,
                }
            }
            if bench.has_ready() {
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        })
    }
}

/// The set's seat, held while it runs; goes back when the guard is dropped.
struct Turn<'a> {
    cell: &'a RefCell<Option<Seat<Ready>>>,
    seat: Option<Seat<Ready>>,
}

impl<'a> Turn<'a> {
    fn take(cell: &'a RefCell<Option<Seat<Ready>>>) -> Option<Turn<'a>> {
        let seat = cell.borrow_mut().take()?;
        Some(Turn { cell, seat: Some(seat) })
    }

    fn seat(&self) -> &Seat<Ready> {
        self.seat.as_ref().expect("held until the guard is dropped")
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.cell.borrow_mut() = self.seat.take();
    }
}

impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _ = self.poll_with::<()>(cx, |_| Poll::Pending);
        if self.scheduler.exec.counters().live == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        let Some(seat) = self.seat.take() else { return };
        let _entered = self.enter();
        let parker = Parker::new();
        let call = Waker::from(Arc::clone(&parker));
        self.scheduler.bell.hang(&call);
        cancel_all(&self.scheduler, &seat, || {
            parker.park(None);
            self.scheduler.bell.hang(&call);
        });
        seat.retire().expect("closed, and every task has ended");
    }
}
