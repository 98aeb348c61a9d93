//! All that a task knows of the world: the number of its executor, and that it can be handed to it.

use super::exec::Counters;
use super::meta::Meta;
use super::report::{self, Hook, Report, Trouble};
use super::runnable::Runnable;
use super::seat::Head;
use super::slot::{Slot, is_of_tenancy, tenant_of};
use crate::pool::{Depot, Stock};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Arc, Mutex, MutexGuard, UnsafeCell, note};

/// Takes tasks that have something to do. An executor, seen from a task.
///
/// `schedule` is called once for every wake-up that needs it, on whatever thread the wake happened, also in
/// drops and while threads end. It must keep the task until it can be run (or cancelled) by a thread that
/// sits in a seat of the executor, must not run it there and then, and must not panic.
pub trait Schedule: Send + Sync + 'static {
    /// Puts `task` where it will be run.
    fn schedule(&self, task: Runnable);
}

/// The block of tasks that were refused: their executor was closed. Nobody runs them.
pub(crate) const DEAD_LETTERS: u32 = 0;
/// The block of `block_on`'s futures, which stay on their callers' stacks.
pub(crate) const ROOTS: u32 = 1;
/// Blocks below this number belong to no executor.
pub(crate) const FIRST_EXEC: u32 = 2;

/// What the tasks of one executor share. Blocks are found by number, are never freed, and serve one executor
/// after another; the slots cut for a block stay with it.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) index: u32,
    gate: Mutex<Gate>,
    /// Slots given back by threads that sit elsewhere.
    pub(crate) depot: Depot,
    scheduler: UnsafeCell<Option<Scheduler>>,
    pub(super) spawned_outside: AtomicU64,
    pub(super) done_outside: AtomicU64,
    pub(super) cancelled_outside: note::AtomicU64,
    pub(super) counting: note::AtomicBool,
    /// The sequence number of the next task; 0: the executor gives none.
    pub(super) next_in_sequence: note::AtomicU32,
    /// The one thread that may poll and drop this executor's tasks; 0: any that sits in its seat.
    pub(super) owner: note::AtomicU64,
    /// Mirrors `Gate::phase` for the threads in the seats: `true` unless open.
    pub(super) closed: AtomicBool,
}

/// Whether the tenant takes tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not yet: it has no scheduler.
    New,
    /// It does.
    Open,
    /// No longer.
    Closed,
}

/// What needs the block's lock: spawns from outside the seat, and who the tenant is.
pub(crate) struct Gate {
    pub(super) tenancy: u32,
    pub(super) phase: Phase,
    /// How many seats there are.
    pub(super) seats: usize,
    /// What each seat counts, or counted. They stay for later seats, and for the next tenants'.
    counts: Vec<&'static Counts>,
    /// Those that no seat has: a seat that takes one counts on.
    vacant: Vec<&'static Counts>,
    pub(super) hook: Option<Arc<Hook>>,
    pub(crate) stock: Stock,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate")
            .field("tenancy", &self.tenancy)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

/// What the thread in one seat counts: two plain moves each, since no other thread writes these words.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Counts {
    spawned: AtomicU64,
    done: AtomicU64,
    cancelled: note::AtomicU64,
}

impl Counts {
    fn new() -> Counts {
        Counts { spawned: AtomicU64::new(0), done: AtomicU64::new(0), cancelled: note::AtomicU64::new(0) }
    }

    /// A task was made.
    #[inline(always)]
    pub(super) fn spawned(&self) {
        self.spawned.store(self.spawned.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// A task ended.
    #[inline(always)]
    pub(super) fn done(&self) {
        self.done.store(self.done.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// A task ended, or ends at once, since it was cancelled.
    pub(super) fn cancelled(&self) {
        self.cancelled.store(self.cancelled.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    fn reset(&self) {
        self.cancelled.store(0, Ordering::Relaxed);
        self.spawned.store(0, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
    }
}

impl Gate {
    /// One more seat.
    pub(super) fn make_seat(&mut self) -> &'static Counts {
        self.seats += 1;
        self.vacant.pop().unwrap_or_else(|| {
            let counts = crate::pool::leak(Counts::new());
            self.counts.push(counts);
            counts
        })
    }

    /// One seat less.
    pub(super) fn give_seat_up(&mut self, counts: &'static Counts) {
        self.seats -= 1;
        self.vacant.push(counts);
    }

    /// The tenant is gone.
    pub(super) fn reset_counts(&mut self) {
        self.counts.iter().for_each(|counts| counts.reset());
    }
}

// SAFETY: S1, `scheduler` is written only by a tenant without live tasks and read only by owners of live
// tasks; everything else is atomic or locked.
unsafe impl Sync for Shared {}
// SAFETY: S1, the pointer in `scheduler` is an `Arc` of a `Send + Sync` type.
unsafe impl Send for Shared {}

impl Shared {
    pub(crate) fn new(index: u32) -> Shared {
        Shared {
            index,
            gate: Mutex::new(Gate {
                tenancy: 0,
                phase: Phase::Closed,
                seats: 0,
                counts: Vec::new(),
                vacant: Vec::new(),
                hook: None,
                stock: Stock::new(),
            }),
            depot: Depot::new(),
            scheduler: UnsafeCell::new(None),
            spawned_outside: AtomicU64::new(0),
            done_outside: AtomicU64::new(0),
            cancelled_outside: note::AtomicU64::new(0),
            counting: note::AtomicBool::new(false),
            next_in_sequence: note::AtomicU32::new(0),
            owner: note::AtomicU64::new(0),
            closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn gate(&self) -> MutexGuard<'_, Gate> {
        // Nothing under this lock leaves it half changed.
        self.gate.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A task ended on a thread that sits elsewhere, which touches nothing of the executor afterwards. `Release` pairs
    /// with the `Acquire` in [`count`](Shared::count).
    pub(super) fn count_done_outside(&self) {
        self.done_outside.fetch_add(1, Ordering::Release);
    }

    /// A task is cancelled on a thread that sits elsewhere.
    #[cold]
    pub(super) fn count_cancelled_outside(&self) {
        self.cancelled_outside.fetch_add(1, Ordering::Relaxed);
    }

    /// How many tasks were spawned, and how many of them have not ended. All ends are read before all spawns, and each
    /// end comes with the spawn before it (`Acquire` pairs with the counting stores), so the second is never too low.
    pub(super) fn count(&self, gate: &Gate) -> Counters {
        let sum = |outside: &AtomicU64, seat: fn(&Counts) -> &AtomicU64| {
            let seats = gate.counts.iter().map(|counts| seat(counts).load(Ordering::Acquire));
            outside.load(Ordering::Acquire) + seats.sum::<u64>()
        };
        let done = sum(&self.done_outside, |counts| &counts.done);
        let cancelled = gate.counts.iter().map(|counts| counts.cancelled.load(Ordering::Relaxed));
        let cancelled = self.cancelled_outside.load(Ordering::Relaxed) + cancelled.sum::<u64>();
        let spawned = sum(&self.spawned_outside, |counts| &counts.spawned);
        Counters { spawned, live: spawned.saturating_sub(done), cancelled }
    }

    /// The futures of this block's tasks are `Send`.
    pub(super) fn may_drop_anywhere(&self) -> bool {
        self.owner.load(Ordering::Relaxed) == 0
    }

    /// # Safety
    /// S1: the block has no live task, and no other thread changes its scheduler.
    pub(super) unsafe fn set_scheduler(&self, new: Option<Scheduler>) -> Option<Scheduler> {
        // SAFETY: S1.
        self.scheduler.with_mut(|cell| unsafe { std::mem::replace(&mut *cell, new) })
    }

    /// # Safety
    /// S1: the caller owns a live task of this block.
    #[inline(always)]
    unsafe fn scheduler(&self) -> Option<Raw> {
        // SAFETY: S1.
        self.scheduler.with(|cell| unsafe { (*cell).as_ref().map(|s| s.0) })
    }
}

/// An `Arc<S>` whose type is forgotten, thin.
#[derive(Clone, Copy, Debug)]
struct Raw {
    data: *const (),
    schedule: unsafe fn(*const (), Runnable),
    retain: unsafe fn(*const ()),
    release: unsafe fn(*const ()),
}

/// One reference to a scheduler.
#[derive(Debug)]
pub(super) struct Scheduler(Raw);

impl Scheduler {
    pub(super) fn new<S: Schedule>(scheduler: Arc<S>) -> Scheduler {
        /// # Safety
        /// S2: `data` is a living `Arc<S>`.
        unsafe fn schedule<S: Schedule>(data: *const (), task: Runnable) {
            // SAFETY: S2.
            unsafe { &*data.cast::<S>() }.schedule(task);
        }
        /// # Safety
        /// S2: `data` is a living `Arc<S>`.
        unsafe fn retain<S>(data: *const ()) {
            // SAFETY: S2.
            unsafe { Arc::increment_strong_count(data.cast::<S>()) };
        }
        /// # Safety
        /// S2: `data` is a living `Arc<S>`, and the caller gives up one reference.
        unsafe fn release<S>(data: *const ()) {
            // SAFETY: S2.
            drop(unsafe { Arc::from_raw(data.cast::<S>()) });
        }
        Scheduler(Raw {
            data: Arc::into_raw(scheduler).cast(),
            schedule: schedule::<S>,
            retain: retain::<S>,
            release: release::<S>,
        })
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        // SAFETY: S2, this was one reference.
        unsafe { (self.0.release)(self.0.data) };
    }
}

/// Hands a task to its executor.
///
/// The caller owns the task, so the task is live, so its executor has not retired: its scheduler can be
/// reached.
#[inline(always)]
pub(super) fn submit(task: Runnable) {
    match super::with_head(task.slot().header().exec(), Head::shared) {
        Some(shared) => {
            // SAFETY: S1, we own the task.
            let Some(raw) = (unsafe { shared.scheduler() }) else { return drop(task) };
            // SAFETY: S2, an executor does not retire while somebody sits in its seat.
            unsafe { (raw.schedule)(raw.data, task) };
        }
        None => submit_from_outside(task),
    }
}

/// Outside the executor's seat, the task may run, end, and let the executor go once it was pushed; so the
/// scheduler is kept for the rest of the call (its driver is what the push is about to unpark).
#[cold]
fn submit_from_outside(task: Runnable) {
    let exec = task.slot().header().exec();
    if exec == ROOTS {
        return super::root::deliver(task);
    }
    let shared = crate::pool::shared(exec);
    // SAFETY: S1, we own the task.
    let Some(raw) = (unsafe { shared.scheduler() }) else { return drop(task) };
    // SAFETY: S2, the block's own reference is alive as long as the task is ours.
    unsafe { (raw.retain)(raw.data) };
    let keep = Scheduler(raw);
    let header = task.slot().header();
    let (id, site, tenant) = (header.id(), header.site(), header.tenant());
    // Whoever wakes is not to be hit by a panic of what the executor wakes in turn: a driver's waker, or a poller's.
    // SAFETY: S2, we have a reference of our own now.
    if let Some(payload) = report::caught(|| unsafe { (raw.schedule)(raw.data, task) }) {
        let gate = shared.gate();
        let hook = if tenant == tenant_of(gate.tenancy) { gate.hook.clone() } else { None };
        drop(gate);
        Report::new(Trouble::Unpark, Meta::new(id, site)).panic(hook.as_deref(), payload);
    }
    // It may be the last reference, and what it holds is foreign too.
    report::drop_caught(keep);
}

/// Who hears of troubles of the task in `slot`: its executor's hook, as long as that has not retired.
///
/// If the slot may have changed hands this can be another executor's hook: the caller checks.
pub(super) fn hook_of(slot: Slot) -> Option<Arc<Hook>> {
    if slot.header().exec() == ROOTS {
        return super::root::hook_of(slot);
    }
    let gate = crate::pool::shared(slot.header().exec()).gate();
    if is_of_tenancy(slot, gate.tenancy) { gate.hook.clone() } else { None }
}
