//! A timer of some runtime: what [`Sleep`](super::Sleep) is made of.

use crate::context;
use crate::runtime::TryCurrentError;
use crate::scheduler::Scheduler;
use crate::timers::{Deadline, Key};
use std::task::{Poll, Waker};
use std::time::Instant;

/// A deadline, and who wakes the task then. Armed by the first poll that has to wait.
pub(super) struct Timer {
    pub(super) deadline: Deadline,
    home: Home,
    armed: Option<Key>,
}

/// Whose clock a timer goes by.
enum Home {
    /// The machine's: it was made outside of runtimes, at that time.
    Outside(Instant),
    Runtime(Scheduler),
}

impl Home {
    fn is(&self, scheduler: &Scheduler) -> bool {
        matches!(self, Home::Runtime(home) if home.is(scheduler))
    }

    fn now(&self) -> Instant {
        match self {
            Home::Outside(_) => Instant::now(),
            Home::Runtime(scheduler) => scheduler.company().timers.now(),
        }
    }

    fn has_real_clock(&self) -> bool {
        match self {
            Home::Outside(_) => true,
            Home::Runtime(scheduler) => scheduler.company().timers.is_real(),
        }
    }
}

impl Timer {
    /// Of the current runtime, if there is one. `deadline` is told what its clock shows.
    pub(super) fn new(deadline: impl FnOnce(Instant) -> Deadline) -> Timer {
        let (home, now) = if let Ok(scheduler) = context::runtime(Scheduler::clone) {
            let now = scheduler.company().timers.now();
            (Home::Runtime(scheduler), now)
        } else {
            let now = Instant::now();
            (Home::Outside(now), now)
        };
        Timer { deadline: deadline(now), home, armed: None }
    }

    /// What its clock shows.
    pub(super) fn now(&self) -> Instant {
        self.home.now()
    }

    pub(super) fn is_elapsed(&self) -> bool {
        self.deadline.is_due(self.now())
    }

    /// Gives it another deadline. If it is armed, it stays so, with its waker.
    pub(super) fn reset(&mut self, deadline: Deadline) {
        self.deadline = deadline;
        if let Home::Outside(_) = self.home {
            // The deadline is meant by the clock of here and now.
            *self = Timer::new(|_| deadline);
        }
        if let (Home::Runtime(scheduler), Some(key)) = (&self.home, self.armed.take()) {
            self.armed = scheduler.rearm(key, deadline);
        }
    }

    /// Ready, or armed.
    ///
    /// # Panics
    /// If it has to wait and there is no runtime.
    pub(super) fn poll(&mut self, waker: &Waker) -> Poll<()> {
        self.move_here();
        if self.is_elapsed() {
            self.disarm();
            return Poll::Ready(());
        }
        match &self.home {
            Home::Runtime(scheduler) => {
                if let Some(key) = self.armed
                    && scheduler.company().timers.update(key, waker)
                {
                    return Poll::Pending;
                }
                self.armed = scheduler.arm(self.deadline, waker);
                if self.armed.is_some() { Poll::Pending } else { at_the_end(scheduler, waker) }
            }
            Home::Outside(_) => match context::runtime(|here| at_the_end(here, waker)) {
                Ok(pending) => pending,
                Err(missing) => panic!("`Sleep`: {}", TryCurrentError::from(missing)),
            },
        }
    }

    /// Becomes the current runtime's, if there is one: the other may be gone, or wait for this thread. Unless both
    /// clocks are the machine's, what was left on the one is left on the other.
    fn move_here(&mut self) {
        let elsewhere = context::runtime(|here| (!self.home.is(here)).then(|| here.clone()));
        let Ok(Some(here)) = elsewhere else { return };
        if here.company().timers.is_closed() {
            return;
        }
        self.disarm();
        if let Deadline::At(deadline) = self.deadline
            && !(self.home.has_real_clock() && here.company().timers.is_real())
        {
            let since = match &self.home {
                Home::Outside(made) => *made,
                Home::Runtime(scheduler) => scheduler.company().timers.now(),
            };
            self.deadline =
                Deadline::after(here.company().timers.now(), deadline.saturating_duration_since(since));
        }
        self.home = Home::Runtime(here);
    }

    fn disarm(&mut self) {
        if let (Home::Runtime(scheduler), Some(key)) = (&self.home, self.armed.take()) {
            scheduler.company().timers.cancel(key);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.disarm();
    }
}

/// The runtime takes no timers any more. If this is a poll of one of its tasks, it ends just now, and cancels the task as
/// soon as it finds it.
///
/// # Panics
/// Elsewhere.
fn at_the_end(scheduler: &Scheduler, waker: &Waker) -> Poll<()> {
    assert!(
        scheduler.is_here() && airmail_core::is_of_task(waker),
        "`Sleep`: the runtime whose timer it is was dropped, and this code is in no other one, so nobody would ever end \
         the sleep"
    );
    waker.wake_by_ref();
    Poll::Pending
}
