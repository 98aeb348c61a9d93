//! A set of tasks that stay on one thread, inside any runtime.

use crate::company::{Company, Numbers};
use crate::context::{self, Entered, Level};
use crate::driver::Parker;
use crate::local::pollers::Pollers;
use crate::local::scheduler::{Bell, Bound, Ready, Scheduler};
use crate::local::worker::{Bench, cancel_all};
use crate::runtime::Runtime;
use crate::task::JoinHandle;
use airmail_core::{Options, ReadyQueue, Seat, Spawn};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
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
    /// Taken out when the set is dropped.
    seat: Option<Seat<Ready>>,
    /// The set runs: somebody sits there.
    running: Cell<bool>,
    /// Entered in each poll. (An `Rc`: a set stays on its thread.)
    level: Rc<Level>,
    last_poller: RefCell<Option<Waker>>,
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
        let stretch =
            context::runtime(|scheduler| scheduler.company().numbers.as_ref().map(Numbers::stretch));
        let first_number = stretch.ok().flatten().unwrap_or_default();
        let count_wakers = cfg!(debug_assertions) || first_number != 0;
        let options = Options { count_wakers, first_number, hook: None };
        let bell = Bell::Pollers(Pollers::default());
        let (scheduler, seat) = Scheduler::new(Bound::ThisThread, options, bell, Company::default());
        LocalSet {
            level: Level::of_set(Arc::clone(&scheduler)),
            scheduler,
            seat: Some(seat),
            running: Cell::new(false),
            last_poller: RefCell::new(None),
        }
    }

    /// Makes this the set that `spawn_local` goes to, until the guard is dropped.
    pub fn enter(&self) -> LocalEnterGuard {
        LocalEnterGuard { entered: context::enter_level(Rc::clone(&self.level)) }
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
        // One of the set's own tasks polls the set: the outer poll runs the tasks.
        let Some(_running) = Running::begin(self) else { return root(cx) };
        self.hang_bell(cx.waker());
        let seat = self.seat.as_ref().expect("there until the set is dropped");
        Bench::with(&self.scheduler, seat, |bench| {
            let poll = root(cx);
            if poll.is_pending() {
                (0..TASKS_PER_POLL).map_while(|_| bench.next(None)).for_each(|task| bench.run(task));
            }
            poll
        })
    }

    /// `waker` hears of tasks that come from elsewhere.
    fn hang_bell(&self, waker: &Waker) {
        if let Bell::Pollers(pollers) = &self.scheduler.bell {
            pollers.add(waker, &mut self.last_poller.borrow_mut());
        }
    }
}

/// The set runs until this is dropped, also by a panic. If tasks are ready then, everybody who polls the set is woken:
/// this poller may have ended, or end before it is polled again.
struct Running<'a>(&'a LocalSet);

impl<'a> Running<'a> {
    /// `None` if it does already.
    fn begin(set: &'a LocalSet) -> Option<Running<'a>> {
        (!set.running.replace(true)).then_some(Running(set))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let LocalSet { scheduler, seat, running, .. } = self.0;
        // First, since a waker may poll the set at once.
        running.set(false);
        let queue = seat.as_ref().map(|seat| &seat.local().queue);
        if scheduler.inbox.is_empty() && queue.is_none_or(ReadyQueue::is_empty) {
            return;
        }
        if std::thread::panicking() {
            // A poller's waker that panics too must not abort the process.
            let _ = catch_unwind(AssertUnwindSafe(|| scheduler.bell.ring()));
        } else {
            scheduler.bell.ring();
        }
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
        self.hang_bell(&call);
        cancel_all(&self.scheduler, &seat, || {
            parker.park(None);
            self.hang_bell(&call);
        });
        seat.retire().expect("closed, and every task has ended");
    }
}
