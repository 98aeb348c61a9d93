//! Timers of an executor, and whom to tell when they change; how its worker waits.

use super::pick::Picker;
use super::scheduler::Scheduler;
use super::worker::Bench;
use crate::driver::Driver;
use crate::timers::{CannotMove, Deadline, Key, Wait, caught};
use airmail_core::Root;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

impl Scheduler {
    /// A new timer. `None` if the runtime is gone.
    pub(crate) fn arm(&self, deadline: Deadline, waker: &Waker) -> Option<Key> {
        self.timers.arm(deadline, waker).map(|armed| self.armed(armed))
    }

    /// Another deadline for a timer. `None` if it is not armed.
    pub(crate) fn rearm(&self, key: Key, deadline: Deadline) -> Option<Key> {
        self.timers.rearm(key, deadline).map(|armed| self.armed(armed))
    }

    fn armed(&self, (key, first): (Key, bool)) -> Key {
        if first {
            self.tell_worker();
        }
        key
    }

    /// Stops the clock.
    pub(crate) fn pause_time(&self) {
        self.timers.pause();
        self.tell_worker();
    }

    /// Lets the clock run on. `false` if time is simulated.
    pub(crate) fn resume_time(&self) -> bool {
        let resumed = self.timers.resume();
        self.tell_worker();
        resumed
    }

    /// Moves a clock that stands still, and wakes whoever is due.
    pub(crate) fn advance_time(&self, by: Duration) -> Result<(), CannotMove> {
        self.timers.advance(by)
    }

    /// A paused clock does not jump until the guard is dropped: work is done on another thread.
    pub(crate) fn hold_time(self: &Arc<Self>) -> Hold {
        self.timers.hold();
        Hold(Arc::clone(self))
    }

    /// If another thread drives the runtime, it may wait for the wrong time. (A driver's waker is foreign code.)
    fn tell_worker(&self) {
        if self.exec.here(|_| ()).is_none() {
            caught(|| self.bell.ring());
        }
    }
}

/// Holds a paused clock.
pub(crate) struct Hold(Arc<Scheduler>);

impl Drop for Hold {
    fn drop(&mut self) {
        if self.0.timers.release() {
            self.0.tell_worker();
        }
    }
}

impl Bench<'_> {
    /// What happened while there was something to do.
    pub(super) fn look(&self, driver: &mut dyn Driver) {
        driver.look();
        self.scheduler().timers.fire_due();
    }

    /// Nothing is ready: waits for the world or for the next deadline. A clock that stands still jumps there, if
    /// the world has nothing new.
    pub(super) fn wait(&self, driver: &mut dyn Driver, root: &Root, picker: Option<&Picker>) {
        let timers = &self.scheduler().timers;
        match timers.wait() {
            Wait::World => driver.park(None),
            Wait::Until(deadline) => driver.park(Some(deadline)),
            Wait::Jump => {
                driver.look();
                if root.is_due() || self.queued(picker) != 0 {
                    return;
                }
                timers.jump();
            }
        }
        timers.fire_due();
    }
}
