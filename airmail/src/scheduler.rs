//! A runtime as its tasks, handles and timers see it, however many threads run it.

use crate::company::Company;
use crate::local::scheduler::{Bound, Scheduler as Single};
use crate::multi::scheduler::Scheduler as Multi;
use crate::timers::{CannotMove, Deadline, Entry, caught, nanos};
use airmail_core::{Counters, JoinHandle, Options, Refused, Spawn, TaskInfo, dead_letter};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// Futures of more bytes would not lie in their slot. They are boxed by the first function that gets them, so that
/// a large one is moved once, into the box, and not through every call on the way to its slot.
pub(crate) const LARGE: usize = airmail_core::MAX_INLINE;

/// The scheduler of a runtime.
#[derive(Clone, Debug)]
pub(crate) enum Scheduler {
    /// One thread at a time runs the tasks.
    Single(Arc<Single>),
    /// Several workers do.
    Multi(Arc<Multi>),
}

impl From<Arc<Single>> for Scheduler {
    fn from(single: Arc<Single>) -> Scheduler {
        Scheduler::Single(single)
    }
}

impl From<Arc<Multi>> for Scheduler {
    fn from(multi: Arc<Multi>) -> Scheduler {
        Scheduler::Multi(multi)
    }
}

impl Scheduler {
    /// It is the same runtime's.
    pub(crate) fn is(&self, other: &Scheduler) -> bool {
        match (self, other) {
            (Scheduler::Single(one), Scheduler::Single(other)) => Arc::ptr_eq(one, other),
            (Scheduler::Multi(one), Scheduler::Multi(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    #[inline(always)]
    pub(crate) fn company(&self) -> &Company {
        match self {
            Scheduler::Single(single) => &single.company,
            Scheduler::Multi(multi) => &multi.company,
        }
    }

    pub(crate) fn options(&self) -> &Options {
        match self {
            Scheduler::Single(single) => &single.options,
            Scheduler::Multi(multi) => &multi.options,
        }
    }

    /// Makes a task and queues it.
    ///
    /// If the executor is shut down, the future comes back; the caller makes a dead letter of it once it holds
    /// no borrow, since that drops the future.
    #[inline(always)]
    pub(crate) fn spawn<F>(&self, future: F, spawn: Spawn) -> Result<JoinHandle<F::Output>, Refused<F>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match self {
            Scheduler::Single(single) => single.spawn(future, spawn),
            Scheduler::Multi(multi) => multi.spawn(future, spawn),
        }
    }

    /// Spawns, or makes a dead letter at once: for callers that hold no borrow.
    #[inline(always)]
    pub(crate) fn spawn_or_cancel<F>(&self, future: F, spawn: Spawn) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if size_of::<F>() > LARGE {
            self.spawn(Box::pin(future), spawn).unwrap_or_else(|Refused(future)| dead_letter(future, spawn))
        } else {
            self.spawn(future, spawn).unwrap_or_else(|Refused(future)| dead_letter(future, spawn))
        }
    }

    /// Makes tasks, and queues them all at once.
    pub(crate) fn spawn_many<F>(
        &self,
        futures: impl IntoIterator<Item = F>,
        spawn: Spawn,
    ) -> Vec<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match self {
            Scheduler::Single(single) => single.spawn_many(futures, spawn),
            Scheduler::Multi(multi) => multi.spawn_many(futures, spawn),
        }
    }

    /// It takes no tasks any more.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Scheduler::Single(single) => single.exec.is_closed(),
            Scheduler::Multi(multi) => multi.exec.is_closed(),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        match self {
            Scheduler::Single(single) => single.exec.counters(),
            Scheduler::Multi(multi) => multi.exec.counters(),
        }
    }

    pub(crate) fn for_each_task(&self, f: impl FnMut(&TaskInfo)) {
        match self {
            Scheduler::Single(single) => single.exec.for_each_task(f),
            Scheduler::Multi(multi) => multi.exec.for_each_task(f),
        }
    }

    /// This thread sits in a seat of this runtime's.
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Scheduler::Single(single) => single.exec.here(|_| ()).is_some(),
            Scheduler::Multi(multi) => multi.exec.here(|_| ()).is_some(),
        }
    }

    /// How many workers it was built with.
    pub(crate) fn workers(&self) -> usize {
        match self {
            Scheduler::Single(_) => 1,
            Scheduler::Multi(multi) => multi.workers(),
        }
    }

    /// The tasks of this runtime belong to one thread.
    pub(crate) fn is_bound(&self) -> bool {
        matches!(self, Scheduler::Single(single) if single.bound == Bound::ThisThread)
    }

    /// Arms a timer, or gives one that is armed another waker. `false` if the runtime is gone.
    pub(crate) fn arm(
        &self,
        mut entry: Pin<&mut Entry>,
        deadline: Deadline,
        now: Instant,
        waker: &Waker,
    ) -> bool {
        if entry.as_mut().update(waker) {
            return true;
        }
        let Some(wheel) = self.company().timers.wheel(self.place()) else { return false };
        let armed = wheel.arm(entry, deadline.nanos(), nanos(now), waker);
        if armed == Ok(true) {
            self.tell_of_timer(deadline);
        }
        armed.is_ok()
    }

    /// Of the worker that this thread is, or of any.
    fn place(&self) -> usize {
        match self {
            Scheduler::Single(_) => 0,
            Scheduler::Multi(multi) => multi.place(),
        }
    }

    /// A timer is the first of its wheel.
    pub(crate) fn tell_of_timer(&self, deadline: Deadline) {
        match self {
            Scheduler::Single(_) => self.tell_worker(),
            Scheduler::Multi(multi) => multi.tell_of_timer(deadline),
        }
    }

    /// Stops the clock.
    pub(crate) fn pause_time(&self) {
        self.company().timers.pause();
        self.tell_worker();
    }

    /// Lets the clock run on. `false` if time is simulated.
    pub(crate) fn resume_time(&self) -> bool {
        let resumed = self.company().timers.resume();
        self.tell_worker();
        resumed
    }

    /// Moves a clock that stands still, and wakes whoever is due.
    pub(crate) fn advance_time(&self, by: Duration) -> Result<(), CannotMove> {
        self.company().timers.advance(by)
    }

    /// A paused clock does not jump until the guard is dropped: work is done on another thread.
    pub(crate) fn hold_time(&self) -> Hold {
        self.company().timers.hold();
        Hold(self.clone())
    }

    /// If another thread drives the runtime, it may wait for the wrong time. (A driver's waker is foreign code.)
    pub(crate) fn tell_worker(&self) {
        match self {
            Scheduler::Single(single) if single.exec.here(|_| ()).is_some() => {}
            Scheduler::Single(single) => caught(|| single.bell.ring()),
            Scheduler::Multi(multi) => multi.tell_of_events(),
        }
    }
}

/// Holds a paused clock.
pub(crate) struct Hold(Scheduler);

impl Drop for Hold {
    fn drop(&mut self) {
        if self.0.company().timers.release() {
            self.0.tell_worker();
        }
    }
}
