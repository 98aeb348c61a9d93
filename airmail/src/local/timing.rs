//! How a worker waits, and how it looks at what happened meanwhile.

use super::pick::Picker;
use super::worker::Bench;
use crate::company::Company;
use crate::driver::{Driver, Pace};
use crate::sync::Instant;
use crate::timers::Wait;
use airmail_core::Root;

impl Bench<'_> {
    /// What happened while there was something to do. `tick` is the number of the last poll.
    pub(super) fn look(&self, driver: &mut dyn Driver, pace: &mut Pace, tick: u32) {
        let now = self.has_events().then(Instant::now);
        match now {
            Some(now) => pace.after(now, tick),
            None => pace.does_not_matter(),
        }
        let Company { timers, reactor, .. } = &self.scheduler().company;
        if !now.is_some_and(|now| reactor.is_started() && reactor.is_fresh(now)) {
            driver.look();
        }
        reactor.deliver();
        timers.fire_due();
    }

    /// Nothing is ready: waits for the world or for the next deadline. A clock that stands still jumps there, if
    /// the world has nothing new.
    pub(super) fn wait(&self, driver: &mut dyn Driver, root: &Root, picker: Option<&Picker>) {
        let Company { timers, reactor, rests, .. } = &self.scheduler().company;
        timers.refresh();
        match timers.wait() {
            Wait::World => rests.around(|| driver.park(None)),
            Wait::Until(deadline) => rests.around(|| driver.park(Some(deadline))),
            Wait::Jump => {
                driver.look();
                reactor.deliver();
                if root.is_due() || self.queued(picker) != 0 {
                    return;
                }
                timers.jump();
            }
        }
        reactor.deliver();
        timers.fire_due();
    }

    /// It comes out of its rest.
    pub(super) fn begin_pace(&self, pace: &mut Pace, tick: u32) {
        if self.has_events() {
            pace.begin(Instant::now(), tick);
        } else {
            pace.does_not_matter();
        }
    }

    /// There is a socket, or a timer is armed by which somebody waits for the machine.
    fn has_events(&self) -> bool {
        let Company { timers, reactor, .. } = &self.scheduler().company;
        reactor.is_started() || timers.are_armed() && timers.is_real()
    }
}
