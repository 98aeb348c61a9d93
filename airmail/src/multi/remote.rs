//! A worker as the others see it.

use super::pinned::Due;
use super::queues::Queues;
use super::sleep::Bed;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{OnceLock, system_number};
use airmail_core::{LifoThief, Runnable, Thief};

/// The workers seen from other threads: one for each worker, and one for each spare that there was.
pub(super) struct Remotes {
    places: Box<[OnceLock<Remote>]>,
    /// After how many polls a worker looks at events at the latest.
    event_interval: u32,
    /// So many places have had a worker.
    used: AtomicUsize,
}

/// A worker seen from other threads.
#[repr(align(128))]
pub(super) struct Remote {
    pub(super) ring: Thief,
    pub(super) lifo: LifoThief,
    pub(super) bed: Bed,
    pub(super) due: Due,
    /// The poll that it began last: a [`Poll`].
    poll: AtomicU64,
    /// A worker sits here. This and `lent` are relaxed: who begins to work has a full fence behind them, which pairs with the
    /// one in `Doze::begin`; any other look may be late.
    seated: AtomicBool,
    /// Somebody stands in for it, as it said that it blocks.
    lent: AtomicBool,
    /// The system's number of its thread, once it has had something to do: to learn it takes a system call, which a worker
    /// that rests need not make. 0: not asked yet.
    thread: AtomicU32,
}

/// Of a thread whose number cannot be learnt.
const UNKNOWN: u32 = u32::MAX;

/// Which poll a worker is in, or was in last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Poll(u64);

impl Poll {
    #[inline(always)]
    fn new(tick: u32, slot: u32) -> Poll {
        Poll(u64::from(tick) << 32 | u64::from(slot))
    }

    /// There was one at all.
    pub(super) fn has_begun(self) -> bool {
        self.0 != 0
    }

    /// It is the poll of a task that only its worker knows.
    pub(crate) fn is_of_unknown(self) -> bool {
        self.slot() == 0
    }

    /// The worker's number of it.
    pub(super) fn tick(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Of the task in this slot. 0: of none that is known.
    pub(super) fn slot(self) -> u32 {
        self.0 as u32
    }
}

impl Remote {
    fn new(ring: Thief, lifo: LifoThief) -> Remote {
        Remote {
            ring,
            lifo,
            bed: Bed::default(),
            due: Due::default(),
            poll: AtomicU64::new(0),
            seated: AtomicBool::new(false),
            lent: AtomicBool::new(false),
            thread: AtomicU32::new(0),
        }
    }

    /// Who works here from now on.
    pub(super) fn belongs_to_this_thread(&self) {
        self.bed.belongs_to_this_thread();
        self.thread.store(0, Ordering::Relaxed);
    }

    /// The worker has something to do.
    #[inline(always)]
    pub(super) fn note_thread(&self) {
        if self.thread.load(Ordering::Relaxed) == 0 {
            self.note_thread_once();
        }
    }

    #[cold]
    fn note_thread_once(&self) {
        let number = system_number();
        self.thread.store(if number == 0 { UNKNOWN } else { number }, Ordering::Relaxed);
    }

    /// The system's number of the worker's thread, if it is known.
    pub(super) fn thread(&self) -> Option<u32> {
        let number = self.thread.load(Ordering::Relaxed);
        (number != 0 && number != UNKNOWN).then_some(number)
    }

    /// The worker begins a poll. Whoever reads it twice learns whether the worker is in the same one still.
    #[inline(always)]
    pub(super) fn begin_poll(&self, tick: u32, task: &Runnable) {
        self.poll.store(Poll::new(tick, task.slot_number()).0, Ordering::Relaxed);
    }

    /// It begins polls of tasks that its executor does not know.
    pub(super) fn begin_polls(&self, tick: u32) {
        self.poll.store(Poll::new(tick, 0).0, Ordering::Relaxed);
    }

    /// Tasks wait for its next polls.
    pub(super) fn has_tasks(&self) -> bool {
        !self.ring.is_empty() || !self.lifo.is_empty()
    }

    pub(super) fn poll(&self) -> Poll {
        Poll(self.poll.load(Ordering::Relaxed))
    }

    /// A worker sits here.
    pub(super) fn is_seated(&self) -> bool {
        self.seated.load(Ordering::Relaxed)
    }

    /// Whatever it does, nobody waits for it.
    pub(super) fn is_away(&self) -> bool {
        !self.is_seated() || self.lent.load(Ordering::Relaxed)
    }

    /// A worker sits down, or gets up.
    pub(super) fn set_seated(&self, seated: bool) {
        self.seated.store(seated, Ordering::Relaxed);
    }

    /// Somebody stands in for it, or does not any more.
    pub(super) fn set_lent(&self, lent: bool) {
        self.lent.store(lent, Ordering::Relaxed);
    }
}

impl Remotes {
    pub(super) fn new(places: usize, event_interval: u32) -> Remotes {
        let places = (0..places).map(|_| OnceLock::new()).collect();
        Remotes { places, event_interval, used: AtomicUsize::new(0) }
    }

    /// What a worker in this place needs. The others find its ring there. Places are furnished in their order.
    pub(super) fn furnish(&self, place: usize) -> Queues {
        let (queues, ring, lifo) = Queues::new(place, self.event_interval);
        assert!(self.places[place].set(Remote::new(ring, lifo)).is_ok(), "a place is furnished once");
        self.used.fetch_max(place + 1, Ordering::Release);
        queues
    }

    #[inline(always)]
    pub(super) fn get(&self, place: usize) -> &Remote {
        self.places[place].get().expect("furnished before its worker began")
    }

    /// How many places were furnished. `Acquire` pairs with that.
    pub(super) fn len(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    /// All of them, beginning with this one.
    pub(super) fn from(&self, first: usize) -> impl Iterator<Item = (usize, &Remote)> {
        let places = (first..self.len()).chain(0..first);
        places.filter_map(|place| Some((place, self.places[place].get()?)))
    }
}
