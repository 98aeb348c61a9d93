//! How a worker with nothing to do waits. The protocol is the gate's (`core/src/queue/gate.md`).

use super::worker::Bench;
use crate::company::Company;
use crate::sync::atomic::{AtomicU32, Ordering, fence};
use crate::sync::thread::{self, Thread};
use crate::sync::{Instant, LOOKS, Mutex, TryLockError, lock, pause};
use crate::timers::{Wait, caught};

/// Nobody sleeps here and nobody called.
const EMPTY: u32 = 0;
/// The worker sleeps.
const IN_BED: u32 = 1;
/// The worker waits in the driver.
const IN_DRIVER: u32 = 2;
/// Somebody called: the next sleep ends at once.
const CALLED: u32 = 3;

/// So many times in a row looking around did not pay: it is left out from then on,
const IN_VAIN: u32 = 8;
/// but for every so many times.
const TRY_AGAIN: u32 = 32;

/// Where a worker sleeps.
#[derive(Debug, Default)]
pub(super) struct Bed {
    state: AtomicU32,
    thread: Mutex<Option<Thread>>,
}

/// How a worker was found that was called.
pub(super) enum Asleep {
    No,
    InBed(Thread),
    InDriver,
}

impl Bed {
    /// Who sleeps here from now on.
    pub(super) fn belongs_to_this_thread(&self) {
        *lock(&self.thread) = Some(thread::current());
    }

    /// The worker is to wake up. `Release` pairs with `get_up`.
    pub(super) fn call(&self) -> Asleep {
        match self.state.swap(CALLED, Ordering::AcqRel) {
            IN_BED => lock(&self.thread).clone().map_or(Asleep::No, Asleep::InBed),
            IN_DRIVER => Asleep::InDriver,
            _ => Asleep::No,
        }
    }

    /// `false` if somebody called already.
    fn lie_down(&self, how: u32) -> bool {
        self.state.compare_exchange(EMPTY, how, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn is_called(&self) -> bool {
        self.state.load(Ordering::Acquire) == CALLED
    }

    fn get_up(&self) {
        self.state.swap(EMPTY, Ordering::AcqRel);
    }

    /// Sleeps until somebody calls.
    fn sleep(&self) {
        if self.lie_down(IN_BED) {
            while !self.is_called() {
                thread::park();
            }
        }
        self.get_up();
    }
}

impl Bench<'_> {
    /// Nothing was found: sleeps until somebody calls, or the driver has something. The worker searches afterwards.
    #[cold]
    pub(super) fn sleep(&self) {
        let (scheduler, queues) = (self.scheduler, self.queues);
        self.note_pace();
        scheduler.gate.announce(queues.place, queues.searching.take());
        if !self.is_to_stop() && !self.sees_work() && !self.looks_around() {
            self.block();
        }
        // If it was chosen meanwhile, it counts as a searcher already.
        scheduler.gate.withdraw(queues.place);
        // Pairs with the one in `Doze::begin`.
        fence(Ordering::SeqCst);
        queues.searching.set(true);
        self.begin_pace();
        scheduler.company.reactor.deliver();
        scheduler.company.timers.fire_due();
    }

    /// Before it sleeps. A task in another's place for the next one is not looked at: that one is awake.
    fn sees_work(&self) -> bool {
        !self.queues.lifo.is_empty() || self.remote.due.is_set() || self.scheduler.has_work()
    }

    /// For a moment, something may come still: `true` if it did. What another worker woke last and does not come to run
    /// goes into this one's ring.
    fn looks_around(&self) -> bool {
        let (stuck, pays) = (self.woken_by_others(), self.looking_pays());
        if !pays {
            if stuck.is_empty() {
                return false;
            }
            // Whoever does not come to run its next task may wait for this very processor. To be woken for each of its
            // tasks would cost more than the tasks.
            thread::yield_now();
        }
        for _ in 0..LOOKS {
            pause();
            if self.is_needed() {
                if pays {
                    self.queues.in_vain.set(0);
                }
                return true;
            }
        }
        let stolen = self.steal_next(&stuck);
        stolen.map(|task| self.queues.put_back(self.scheduler, task)).is_some()
    }

    /// Whether this worker looks around this time. It notes that it does so in vain.
    fn looking_pays(&self) -> bool {
        let in_vain = self.queues.in_vain.get();
        self.queues.in_vain.set(in_vain.wrapping_add(1));
        self.scheduler.may_look && (in_vain < IN_VAIN || in_vain.is_multiple_of(TRY_AGAIN))
    }

    /// Somebody has chosen this worker, which has announced itself, or there is something to do.
    fn is_needed(&self) -> bool {
        !self.scheduler.gate.is_idle(self.queues.place) || self.sees_work()
    }

    /// Waits in the driver, unless somebody does already.
    fn block(&self) {
        let (scheduler, bed) = (self.scheduler, &self.remote.bed);
        let sleep = || scheduler.company.rests.around(|| bed.sleep());
        let mut driver = match scheduler.driver.try_lock() {
            Ok(driver) => driver,
            Err(TryLockError::Poisoned(driver)) => driver.into_inner(),
            Err(TryLockError::WouldBlock) => return sleep(),
        };
        if bed.lie_down(IN_DRIVER) {
            scheduler.set_holder(Some(self.queues.place));
            let until = match scheduler.company.timers.wait() {
                Wait::World | Wait::Jump => None,
                Wait::Until(deadline) => {
                    scheduler.company.timers.waits_until(deadline);
                    Some(deadline)
                }
            };
            // Somebody else's code, which must not end this worker.
            scheduler.company.rests.around(|| caught(|| driver.park(until)));
            scheduler.set_holder(None);
        }
        bed.get_up();
    }

    /// Every task that is left belongs to some other thread, which is about to give it back: sleeps until then.
    pub(super) fn wait_for_stragglers(&self) {
        let (gate, place) = (&self.scheduler.gate, self.queues.place);
        gate.announce(place, self.queues.searching.take());
        if !self.sees_work() {
            self.remote.bed.sleep();
        }
        gate.withdraw(place);
        self.queues.searching.set(true);
    }

    /// What happened meanwhile, every so often, while there is something to do.
    #[inline(always)]
    pub(super) fn look_at_events(&self) {
        let left = self.queues.until_events.get() - 1;
        self.queues.until_events.set(left);
        if left == 0 {
            self.look();
        }
    }

    #[cold]
    fn look(&self) {
        let Company { reactor, timers, .. } = &self.scheduler.company;
        let now = self.note_pace();
        if let Some(now) = now {
            self.relieve(now);
        }
        let stale = now.is_some_and(|now| reactor.is_started() && !reactor.is_fresh(now));
        if (self.scheduler.driver_looks || stale)
            && let Ok(mut driver) = self.scheduler.driver.try_lock()
        {
            caught(|| driver.look());
            drop(driver);
            // Whoever wanted to wait there just now sleeps elsewhere.
            self.scheduler.see_to_events(self.queues.pace.get().polls_are_long());
        }
        reactor.deliver();
        timers.fire_due();
    }

    /// Notes how long the last polls took, and when the next look is to be. Answers what time it is, if that matters.
    fn note_pace(&self) -> Option<Instant> {
        let queues = self.queues;
        let mut pace = queues.pace.get();
        let now = self.scheduler.has_events().then(Instant::now);
        match now {
            Some(now) => pace.after(now, self.tick()),
            None => pace.does_not_matter(),
        }
        queues.until_events.set(pace.polls());
        queues.pace.set(pace);
        now
    }

    /// The worker comes out of its rest, or begins.
    pub(super) fn begin_pace(&self) {
        self.queues.suspect.set(None);
        let mut pace = self.queues.pace.get();
        if self.scheduler.has_events() {
            pace.begin(Instant::now(), self.tick());
        } else {
            pace.does_not_matter();
        }
        self.queues.pace.set(pace);
    }
}
