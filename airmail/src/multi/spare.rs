//! Workers that stand in for others that block, or that are late (see [`rescue`](super::rescue)).
//!
//! A worker that is about to block says so, and a spare begins to work beside it, in a seat of its own; from the blocked
//! worker's queues it steals as from any other's. When the blocked one comes back, there is one worker too many, and the
//! next spare that has ended its poll waits for the next call.

use super::queues::Queues;
use super::scheduler::Scheduler;
use super::worker::{Bench, Worker};
use crate::sync::atomic::{AtomicU32, Ordering, fence};
use crate::sync::{Arc, Condvar, Duration, Instant, Mutex, OnceLock, lock, wait_until};
use std::fmt;
use std::io;
use std::ops::Range;

/// How long a spare waits for the next call before its thread ends.
const KEEP: Duration = Duration::from_secs(10);

/// Starts a thread for a spare.
pub(crate) type Start = Box<dyn Fn(Worker) -> io::Result<()> + Send + Sync>;

/// The spares of an executor.
pub(crate) struct Spares {
    state: Mutex<State>,
    call: Condvar,
    /// How many workers there are too many.
    surplus: AtomicU32,
    start: OnceLock<Start>,
}

#[derive(Debug)]
struct State {
    /// Spares that wait for a call, and how many of them were called.
    waiting: usize,
    called: usize,
    /// Places that nobody had yet, and the queues of those that somebody had.
    new: Range<usize>,
    kept: Vec<Queues>,
    closed: bool,
}

impl fmt::Debug for Spares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spares").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Spares {
    pub(super) fn new(places: Range<usize>) -> Spares {
        let state = State { waiting: 0, called: 0, new: places, kept: Vec::new(), closed: false };
        Spares {
            state: Mutex::new(state),
            call: Condvar::new(),
            surplus: AtomicU32::new(0),
            start: OnceLock::new(),
        }
    }

    /// There are more workers than needed.
    #[inline(always)]
    pub(super) fn are_too_many(&self) -> bool {
        self.surplus.load(Ordering::Relaxed) != 0
    }

    /// One worker too many was found: the caller.
    fn take_surplus(&self) -> bool {
        let less = |surplus: u32| surplus.checked_sub(1);
        self.surplus.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// There is one worker more than needed.
    pub(super) fn one_too_many(&self) {
        self.surplus.fetch_add(1, Ordering::Relaxed);
    }

    /// A place for another spare. `None` if all are taken, or it ends.
    fn take_place(&self) -> Option<Place> {
        let mut state = lock(&self.state);
        let kept = state.kept.pop().map(Place::Kept);
        kept.or_else(|| if state.closed { None } else { state.new.next().map(Place::New) })
    }

    /// A spare that waits is called. `false` if there is none.
    fn call(&self) -> bool {
        let mut state = lock(&self.state);
        let called = state.waiting > state.called;
        state.called += usize::from(called);
        drop(state);
        if called {
            self.call.notify_one();
        }
        called
    }

    /// Waits for a call. `false` if the executor ends, or nobody called for long.
    fn wait(&self) -> bool {
        let until = Some(Instant::now() + KEEP);
        let mut state = lock(&self.state);
        state.waiting += 1;
        loop {
            if state.called != 0 {
                state.called -= 1;
                break;
            }
            if state.closed {
                state.waiting -= 1;
                return false;
            }
            let (again, timed_out) = wait_until(&self.call, state, until);
            state = again;
            if timed_out && state.called == 0 {
                state.waiting -= 1;
                return false;
            }
        }
        state.waiting -= 1;
        true
    }

    /// Nobody waits any more.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.call.notify_all();
    }

    /// The queues of a worker that gave its seat up, for the next spare.
    pub(super) fn keep(&self, queues: Queues) {
        lock(&self.state).kept.push(queues);
    }
}

/// Where a spare may work.
enum Place {
    /// Where there was one before.
    Kept(Queues),
    New(usize),
}

/// A worker is lent to something that blocks, until this is dropped.
pub(crate) struct Lent<'a> {
    scheduler: &'a Scheduler,
    place: usize,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.scheduler.remote(self.place).set_lent(false);
        // It works again, as one that comes out of its rest. Pairs with the one in `Doze::begin`.
        fence(Ordering::SeqCst);
        self.scheduler.want_watchdog();
        self.scheduler.spares.one_too_many();
    }
}

impl Scheduler {
    /// Who starts threads for spares.
    pub(crate) fn start_spares_with(&self, start: Start) {
        assert!(self.spares.start.set(start).is_ok(), "named once");
    }

    /// Runs something that blocks. If this thread is a worker in its seat, another one stands in for it meanwhile.
    pub(crate) fn block_in_place<R>(self: &Arc<Scheduler>, f: impl FnOnce() -> R) -> R {
        if self.exec.here(|_| ()).is_none() {
            return f();
        }
        let _lent = self.lend();
        airmail_core::outside(f)
    }

    /// This thread, a worker in its seat, is about to block: somebody stands in for it. `None` if nobody can: every
    /// place is taken, or no thread could be started. The other workers go on, and may take what this one has.
    pub(crate) fn lend(self: &Arc<Scheduler>) -> Option<Lent<'_>> {
        // Whoever looks for work finds the next task only in the ring.
        let (place, more) = self.exec.here(|queues| {
            if let Some(task) = queues.lifo.take() {
                queues.put_back(self, task);
            }
            (queues.place, !queues.ring.is_empty())
        })?;
        if more {
            // Not `notify`: this worker does not come back to its ring if a sleeper has just overlooked it.
            self.wake_one();
        }
        let stands_in = self.stand_in();
        // That one may sleep. Whoever blocks looks at no events, and nobody who watches looks at it.
        self.see_to_events(true);
        if !stands_in {
            return None;
        }
        self.remote(place).set_lent(true);
        Some(Lent { scheduler: self, place })
    }

    /// One more worker, for one that does not come to its tasks. `false` if every place is taken, or no thread could be
    /// started, or the executor ends.
    pub(super) fn stand_in(self: &Arc<Scheduler>) -> bool {
        // As the runtime ends, one too many has left, or is about to.
        !self.is_closing() && self.spares.take_surplus() || self.spares.call() || self.start_spare()
    }

    fn start_spare(self: &Arc<Scheduler>) -> bool {
        let Some(start) = self.spares.start.get() else { return false };
        let Some(place) = self.spares.take_place() else { return false };
        let seat = self.crew.let_in(|| {
            let queues = match place {
                Place::Kept(queues) => queues,
                Place::New(place) => self.remotes.furnish(place),
            };
            let seat = self.exec.another_seat(queues);
            seat.unwrap_or_else(|_| unreachable!("it is not retired while somebody is inside"))
        });
        let Some(seat) = seat else { return false };
        start(Worker::new(Arc::clone(self), seat)).is_ok()
    }
}

impl Worker {
    /// Stands in for workers that block, until the runtime ends or nobody is needed for long.
    pub(crate) fn run_as_spare(self) {
        loop {
            self.sit(|bench| {
                bench.remote.belongs_to_this_thread();
                bench.work();
            });
            if self.scheduler.closing.load(Ordering::Relaxed) {
                return self.leave();
            }
            if self.scheduler.spares.take_surplus() {
                self.sit(hand_over);
                if !self.scheduler.spares.wait() {
                    return self.give_up();
                }
            }
        }
    }
}

/// Leaves everything to the others.
fn hand_over(bench: &Bench<'_>) {
    bench.stop_searching();
    let mine = std::iter::from_fn(|| bench.queues.lifo.take().or_else(|| bench.queues.ring.pop()));
    bench.scheduler.put_outside(mine.collect());
    bench.scheduler.see_to_events(true);
}
