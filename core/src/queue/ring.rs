//! A worker's own queue: a ring that one thread fills and empties, and from which others steal half.
//!
//! A bounded ring with two heads in one word, as Go's scheduler has one and tokio's has two: `real` is where the next
//! task is taken, `steal` trails behind it while a thief copies what it claimed, so that the owner does not overwrite
//! it. One thief at a time; a second one goes elsewhere. Positions are 32 bits and wrap; so a head that comes back (ABA)
//! would take four billion tasks between a load and its exchange.
//!
//! ```text
//!        steal          real                 tail
//!  ........|== claimed ==|===== to be run =====|........
//! ```

use super::chain::Chain;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::sync::{Arc, RING, UnsafeCell};
use crate::task::{Runnable, Slot};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

const MASK: u32 = RING as u32 - 1;
const _: () = assert!(RING.is_power_of_two() && RING >= 4);

/// What owner and thieves share.
struct Shared {
    heads: Padded<AtomicU64>,
    /// Written by the owner only.
    tail: Padded<AtomicU32>,
    places: [UnsafeCell<Option<Slot>>; RING],
}

/// A cache line (or two, which processors fetch together) of its own.
#[repr(align(128))]
pub(super) struct Padded<T>(pub(super) T);

// SAFETY: P6, a place is written by the owner while it is behind the tail, and read by whoever claimed it.
unsafe impl Sync for Shared {}
// SAFETY: P6, as above; tasks may go to other threads.
unsafe impl Send for Shared {}

/// The two heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Heads {
    steal: u32,
    real: u32,
}

impl Heads {
    #[inline(always)]
    const fn both(at: u32) -> Heads {
        Heads { steal: at, real: at }
    }

    #[inline(always)]
    const fn unpack(bits: u64) -> Heads {
        Heads { steal: (bits >> 32) as u32, real: bits as u32 }
    }

    #[inline(always)]
    const fn pack(self) -> u64 {
        (self.steal as u64) << 32 | self.real as u64
    }

    /// A thief is copying what it claimed.
    #[inline(always)]
    const fn is_stolen_from(self) -> bool {
        self.steal != self.real
    }

    /// `count` tasks are taken from the front, by the owner.
    #[inline(always)]
    const fn taken(self, count: u32) -> Heads {
        let real = self.real.wrapping_add(count);
        Heads { steal: if self.is_stolen_from() { self.steal } else { real }, real }
    }
}

impl Shared {
    #[inline(always)]
    fn place(&self, at: u32) -> &UnsafeCell<Option<Slot>> {
        &self.places[(at & MASK) as usize]
    }

    /// # Safety
    /// P6: the caller claimed this place, and takes it once.
    #[inline(always)]
    unsafe fn read(&self, at: u32) -> Runnable {
        // SAFETY: P6, nobody writes a place that is claimed.
        let slot = self.place(at).with(|place| unsafe { *place });
        // SAFETY: R1 and P6, `push` gave the task up, and it is taken once.
        unsafe { Runnable::from_slot(slot.unwrap_unchecked()) }
    }
}

/// The owner's side of a ring: puts tasks in at the back and takes them out at the front.
///
/// ```
/// # use airmail_core::{Exec, Inbox, Options, Ring, Runnable, Schedule, Spawn};
/// # use std::sync::Arc;
/// # struct Mailbox(Inbox);
/// # impl Schedule for Mailbox { fn schedule(&self, task: Runnable) { self.0.put(task); } }
/// # let (exec, seat) = Exec::register(Options::default(), ());
/// # seat.install(Arc::new(Mailbox(Inbox::new())));
/// let (ring, thief) = Ring::new();
/// for n in 0..5 {
///     let (task, _) = exec.spawn(async move { n }, Spawn::here()).expect("not closed");
///     ring.push(task).expect("room for more");
/// }
/// let (mine, others) = Ring::new();
/// let first = thief.steal_into(&mine).expect("half of five, rounded up: three");
/// assert_eq!((ring.len(), mine.len()), (2, 2));
/// # drop((ring, mine, first, others));
/// ```
pub struct Ring {
    shared: Arc<Shared>,
    /// The owner's copy of the tail.
    tail: Cell<u32>,
    /// Where `steal` was at least: while this leaves room, a push need not look at the heads.
    known: Cell<u32>,
    /// One thread at a time.
    not_sync: PhantomData<Cell<()>>,
}

/// The others' side of a ring.
#[derive(Clone)]
pub struct Thief(Arc<Shared>);

impl Ring {
    /// An empty ring, and who may steal from it.
    #[must_use]
    pub fn new() -> (Ring, Thief) {
        Ring::starting_at(0)
    }

    /// For tests: positions begin there, so that they wrap in a test's time.
    #[doc(hidden)]
    #[must_use]
    pub fn starting_at(start: u32) -> (Ring, Thief) {
        let shared = Arc::new(Shared {
            heads: Padded(AtomicU64::new(Heads::both(start).pack())),
            tail: Padded(AtomicU32::new(start)),
            places: std::array::from_fn(|_| UnsafeCell::new(None)),
        });
        let thief = Thief(Arc::clone(&shared));
        (Ring { shared, tail: Cell::new(start), known: Cell::new(start), not_sync: PhantomData }, thief)
    }

    /// `Relaxed`: who then relies on the heads does an exchange on them.
    #[inline(always)]
    fn heads(&self) -> Heads {
        Heads::unpack(self.shared.heads.0.load(Ordering::Relaxed))
    }

    /// How many more tasks fit at least. `Acquire` pairs with the end of a theft: the thief has read the places
    /// that are free now.
    #[inline(always)]
    fn room(&self) -> u32 {
        let used = self.tail.get().wrapping_sub(self.known.get());
        if used < RING as u32 {
            return RING as u32 - used;
        }
        self.exact_room()
    }

    /// The same, for who wants to know exactly.
    fn exact_room(&self) -> u32 {
        self.known.set(Heads::unpack(self.shared.heads.0.load(Ordering::Acquire)).steal);
        RING as u32 - self.tail.get().wrapping_sub(self.known.get())
    }

    /// Puts a task at the back, without any read-modify-write.
    ///
    /// `Release` pairs with the `Acquire` of thieves: they find the task in its place.
    ///
    /// # Errors
    /// The task comes back if the ring is full.
    #[inline(always)]
    pub fn push(&self, task: Runnable) -> Result<(), Runnable> {
        if self.room() == 0 {
            return Err(task);
        }
        self.put(task);
        self.shared.tail.0.store(self.tail.get(), Ordering::Release);
        Ok(())
    }

    /// Puts a task behind the tail that others see; there is room.
    #[inline(always)]
    fn put(&self, task: Runnable) {
        let tail = self.tail.get();
        // SAFETY: P6, the place is behind the tail and not claimed, since there was room.
        self.shared.place(tail).with_mut(|place| unsafe { *place = Some(task.into_slot()) });
        self.tail.set(tail.wrapping_add(1));
    }

    /// Puts as many tasks of a chain at the back as fit: one store for all.
    pub fn extend(&self, chain: &mut Chain) {
        for _ in 0..self.exact_room() {
            let Some(task) = chain.pop() else { break };
            self.put(task);
        }
        self.shared.tail.0.store(self.tail.get(), Ordering::Release);
    }

    /// Takes the task at the front: one exchange.
    #[inline(always)]
    pub fn pop(&self) -> Option<Runnable> {
        let at = self.claim(|waiting| (waiting != 0).then_some(1))?;
        // SAFETY: P6, claimed.
        Some(unsafe { self.shared.read(at) })
    }

    /// Claims as many tasks at the front as `count` says, and tells where they begin.
    ///
    /// `AcqRel`, for thieves: what comes later is seen by who sees the new heads.
    #[inline(always)]
    fn claim(&self, count: impl Fn(u32) -> Option<u32>) -> Option<u32> {
        let mut heads = self.heads();
        loop {
            let count = count(self.tail.get().wrapping_sub(heads.real))?;
            let (now, next) = (heads.pack(), heads.taken(count).pack());
            match self.shared.heads.0.compare_exchange(now, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Some(heads.real),
                Err(now) => heads = Heads::unpack(now),
            }
        }
    }

    /// Makes room: takes the older half out. `None` if a thief is doing so.
    pub fn split(&self) -> Option<Chain> {
        let half = RING as u32 / 2;
        if self.heads().is_stolen_from() {
            return None;
        }
        let at = self.claim(|waiting| (waiting >= half).then_some(half))?;
        // SAFETY: P6, claimed.
        Some((0..half).map(|n| unsafe { self.shared.read(at.wrapping_add(n)) }).collect())
    }

    /// How many tasks are in it. Others may steal them at any moment.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.tail.get().wrapping_sub(self.heads().real) as usize
    }

    /// `true` if there is none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Thief {
    /// Takes half of the tasks, rounded up: the oldest is the answer, the others go to the back of `into`, which is the
    /// thief's own ring. `None` if there was nothing, or somebody else is stealing.
    pub fn steal_into(&self, into: &Ring) -> Option<Runnable> {
        self.steal_each_into(into, |_| {})
    }

    /// As [`steal_into`](Thief::steal_into), and says of each task that it was stolen.
    pub fn steal_each_into(&self, into: &Ring, mut stolen: impl FnMut(&Runnable)) -> Option<Runnable> {
        let ring = &*self.0;
        let (at, count) = self.claim(into)?;
        // SAFETY: P6, claimed.
        let first = unsafe { ring.read(at) };
        stolen(&first);
        for n in 1..count {
            // SAFETY: P6, claimed.
            let task = unsafe { ring.read(at.wrapping_add(n)) };
            stolen(&task);
            into.put(task);
        }
        self.give_places_back();
        into.shared.tail.0.store(into.tail.get(), Ordering::Release);
        Some(first)
    }

    /// Claims half of the tasks, but no more than fit into `into` and one: where they begin, and how many.
    ///
    /// The tail is read after the heads (`Acquire`), so it is not behind them; it may be far ahead if the owner went on
    /// meanwhile, but then the heads have changed too. The exchange is `AcqRel`: `Acquire` for the places.
    fn claim(&self, into: &Ring) -> Option<(u32, u32)> {
        let mut bits = self.0.heads.0.load(Ordering::Acquire);
        loop {
            let heads = Heads::unpack(bits);
            // `Acquire` pairs with the owner's push.
            let waiting = self.0.tail.0.load(Ordering::Acquire).wrapping_sub(heads.real);
            if waiting == 0 || heads.is_stolen_from() {
                return None;
            }
            let count = (waiting - waiting / 2).min(into.exact_room() + 1).min(RING as u32 / 2);
            let next = Heads { steal: heads.steal, real: heads.real.wrapping_add(count) }.pack();
            match self.0.heads.0.compare_exchange(bits, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some((heads.real, count)),
                Err(now) => bits = now,
            }
        }
    }

    /// The theft is over: the places are the owner's again. `Release` pairs with [`Ring::room`].
    fn give_places_back(&self) {
        let mut bits = self.0.heads.0.load(Ordering::Relaxed);
        loop {
            let next = Heads::both(Heads::unpack(bits).real).pack();
            match self.0.heads.0.compare_exchange(bits, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => bits = now,
            }
        }
    }

    /// `true` if there was nothing to take a moment ago: two loads. Before parking, after a full fence.
    pub fn is_empty(&self) -> bool {
        let heads = Heads::unpack(self.0.heads.0.load(Ordering::Acquire));
        self.0.tail.0.load(Ordering::Acquire) == heads.real
    }
}

impl Drop for Ring {
    /// Tasks that nobody took are cancelled, each where it may be.
    fn drop(&mut self) {
        while let Some(task) = self.pop() {
            drop(task);
        }
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Thief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thief").field("empty", &self.is_empty()).finish_non_exhaustive()
    }
}
