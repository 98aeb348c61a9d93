//! What only the worker in a seat touches: its ring, and the place for the task that it woke last.

use super::pinned::Pinned;
use super::scheduler::Scheduler;
use super::search::Suspect;
use crate::driver::Pace;
use airmail_core::{Chain, Lifo, LifoThief, Ring, Runnable, Thief};
use std::cell::{Cell, RefCell};
use std::fmt;

/// The queues of one worker, and where it is in its round.
pub(crate) struct Queues {
    /// Which worker it is.
    pub(super) place: usize,
    pub(super) ring: Ring,
    pub(super) lifo: Lifo,
    /// How many tasks came out of `lifo` since the last one that did not.
    pub(super) in_a_row: Cell<u32>,
    /// The last task came from the injector.
    pub(super) injected: Cell<bool>,
    /// The worker counts as a searcher.
    pub(super) searching: Cell<bool>,
    /// How many polls until the worker looks at what happened.
    pub(super) until_events: Cell<u32>,
    pub(super) pace: Cell<Pace>,
    /// How often in a row it slept without having found something by looking around before.
    pub(super) in_vain: Cell<u32>,
    /// Whom it may have to relieve.
    pub(super) suspect: Cell<Option<Suspect>>,
    random: Cell<u32>,
    pub(super) pinned: RefCell<Option<Box<dyn Pinned>>>,
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queues").field("place", &self.place).field("ring", &self.ring).finish_non_exhaustive()
    }
}

impl Queues {
    /// Empty queues, and who may steal from them.
    pub(super) fn new(place: usize, event_interval: u32) -> (Queues, Thief, LifoThief) {
        let ((ring, thief), (lifo, lifo_thief)) = (Ring::new(), Lifo::new());
        let queues = Queues {
            place,
            ring,
            lifo,
            in_a_row: Cell::new(0),
            injected: Cell::new(false),
            searching: Cell::new(false),
            until_events: Cell::new(1),
            pace: Cell::new(Pace::new(event_interval)),
            in_vain: Cell::new(0),
            suspect: Cell::new(None),
            random: Cell::new(place as u32 + 1),
            pinned: RefCell::new(None),
        };
        (queues, thief, lifo_thief)
    }

    /// A task to be run next, if no other one is; otherwise it goes to the back, and another worker may be woken for it.
    ///
    /// A lone task wakes nobody: this worker runs it as soon as it has ended its poll.
    #[inline(always)]
    pub(super) fn put(&self, scheduler: &Scheduler, task: Runnable) {
        if let Err(task) = self.lifo.put(task) {
            self.put_back(scheduler, task);
            scheduler.notify();
        }
    }

    /// A task goes to the back of the ring.
    #[inline(always)]
    pub(super) fn put_back(&self, scheduler: &Scheduler, task: Runnable) {
        if let Err(task) = self.ring.push(task) {
            self.overflow(scheduler, task);
        }
    }

    /// The ring is full: its older half goes to the injector, all at once. While somebody steals from it, only the new
    /// task does.
    #[cold]
    fn overflow(&self, scheduler: &Scheduler, task: Runnable) {
        if let Some(half) = self.ring.split() {
            scheduler.injector.put_all(self.place, half);
        }
        if let Err(task) = self.ring.push(task) {
            scheduler.injector.put(self.place, task);
        }
    }

    /// Tasks go to the back: one store for all that fit, and one exchange for the others.
    pub(super) fn put_all(&self, scheduler: &Scheduler, mut tasks: Chain) {
        self.ring.extend(&mut tasks);
        scheduler.injector.put_all(self.place, tasks);
    }

    /// A number below `below`, from a generator after G. Marsaglia (xorshift, 2003).
    pub(super) fn random(&self, below: usize) -> usize {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.random.set(x);
        ((u64::from(x) * below as u64) >> 32) as usize
    }
}
