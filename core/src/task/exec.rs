//! An executor's side of the core: where tasks are made.

use super::abort::abort;
use super::cell::Plan;
use super::current;
use super::join::JoinHandle;
use super::meta::{Id, Site, TaskInfo};
use super::report::Hook;
use super::runnable::Runnable;
use super::schedule::{DEAD_LETTERS, Phase, Shared};
use super::seat::{Head, LAST_TENANCY, Seat, with_head};
use super::slot::{Slot, exec_word, is_of_tenancy};
use crate::names::Name;
use crate::pool;
use crate::sync::Arc;
use crate::sync::atomic::Ordering;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;

/// Where and under which name a task is spawned.
#[derive(Clone, Copy, Debug)]
pub struct Spawn {
    location: &'static Location<'static>,
    name: Name,
}

impl Spawn {
    /// The caller's line, no name.
    #[track_caller]
    pub fn here() -> Spawn {
        Spawn { location: Location::caller(), name: Name::NONE }
    }

    /// With a name. Names are kept for the life of the process: name kinds of tasks, not single requests.
    #[must_use]
    pub fn named(self, name: &str) -> Spawn {
        Spawn { name: Name::intern(name), ..self }
    }

    pub(super) fn site(self) -> Site {
        Site::new(self.location, self.name)
    }
}

/// What an executor chooses when it registers.
#[derive(Clone, Default)]
pub struct Options {
    /// Count the living wakers of each task, and report tasks that nobody can wake.
    pub count_wakers: bool,
    /// If it is not 0, tasks are numbered from this on in the order of their spawns, and that is their id, so that a
    /// program has the same ids each time. Only with `count_wakers`. Whoever has several such executors keeps their
    /// numbers apart.
    pub first_number: u32,
    /// Who hears of troubles; without one, stderr.
    pub hook: Option<Arc<Hook>>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("count_wakers", &self.count_wakers).finish_non_exhaustive()
    }
}

/// A spawn came too late: the executor takes no more tasks. The future comes back.
pub struct Refused<F>(pub F);

impl<F> fmt::Debug for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refused(the executor takes no more tasks)")
    }
}

/// An executor's registration: a number, `Copy`, which keeps nothing alive.
///
/// `T` is what only the thread in the seat may touch, such as the run queue.
pub struct Exec<T> {
    shared: &'static Shared,
    tenancy: u32,
    local: PhantomData<fn() -> T>,
}

impl<T> Clone for Exec<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Exec<T> {}

impl<T> fmt::Debug for Exec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exec({}.{})", self.shared.index, self.tenancy)
    }
}

/// How many tasks an executor had and has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// All that were ever spawned.
    pub spawned: u64,
    /// Those that have not ended.
    pub live: u64,
    /// Those that were cancelled: an abort, or the end of their executor, ended them. (One that just ends may count before
    /// it has ended.)
    pub cancelled: u64,
}

impl<T: 'static> Exec<T> {
    /// Registers an executor whose tasks are `Send`: any thread may take its seat, one at a time, and there may be
    /// [more seats](Exec::another_seat). It takes tasks once its scheduler is [installed](Seat::install).
    pub fn register(options: Options, local: T) -> (Exec<T>, Seat<T>) {
        Self::register_for(0, options, local)
    }

    /// Registers an executor for tasks that stay on the calling thread: only this thread may take the seat.
    pub fn register_local(options: Options, local: T) -> (Exec<T>, Seat<T>) {
        Self::register_for(current::thread(), options, local)
    }

    fn register_for(owner: u64, options: Options, local: T) -> (Exec<T>, Seat<T>) {
        let shared = pool::claim();
        let mut gate = shared.gate();
        gate.tenancy += 1;
        gate.phase = Phase::New;
        gate.hook = options.hook;
        let tenancy = gate.tenancy;
        shared.owner.store(owner, Ordering::Relaxed);
        shared.counting.store(options.count_wakers, Ordering::Relaxed);
        let first = if options.count_wakers { options.first_number } else { 0 };
        shared.next_in_sequence.store(first, Ordering::Relaxed);
        shared.closed.store(true, Ordering::Relaxed);
        let counts = gate.make_seat();
        drop(gate);
        (Exec { shared, tenancy, local: PhantomData }, Seat::new(shared, tenancy, counts, local))
    }

    /// One more seat, for one more worker: several threads run the tasks then, each in its own.
    ///
    /// # Errors
    /// The local data comes back if the executor is retired.
    ///
    /// # Panics
    /// If the executor was registered with [`register_local`](Exec::register_local): its tasks belong to one thread.
    pub fn another_seat(self, local: T) -> Result<Seat<T>, T> {
        let mut gate = self.shared.gate();
        if gate.tenancy != self.tenancy {
            return Err(local);
        }
        assert!(self.shared.may_drop_anywhere(), "a local executor has one seat");
        let counts = gate.make_seat();
        drop(gate);
        Ok(Seat::new(self.shared, self.tenancy, counts, local))
    }

    /// Calls `f` with the seat's local data if this thread sits in this executor's seat.
    #[inline(always)]
    pub fn here<R>(self, f: impl FnOnce(&T) -> R) -> Option<R> {
        self.here_with((), |local, ()| f(local)).ok()
    }

    /// As [`here`](Exec::here), with an argument that comes back if this thread does not sit there.
    ///
    /// # Errors
    /// The argument.
    #[inline(always)]
    pub fn here_with<A, R>(self, argument: A, f: impl FnOnce(&T, A) -> R) -> Result<R, A> {
        match current::seat_of(self.shared.index, self.tenancy) {
            // SAFETY: S3, the seat of this tenancy is a `Seat<T>`, and it stays where it is while it is taken.
            Some(seat) => Ok(f(unsafe { &*seat.cast::<Seat<T>>() }.local(), argument)),
            None => Err(argument),
        }
    }

    /// Makes a task. It runs when the `Runnable` does.
    ///
    /// # Errors
    /// The future comes back if the executor is closed.
    #[inline]
    pub fn spawn<F>(self, future: F, spawn: Spawn) -> Result<(Runnable, JoinHandle<F::Output>), Refused<F>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_any(future, spawn)
    }

    /// Makes a task that stays on this thread.
    ///
    /// # Errors
    /// The future comes back if the executor is closed.
    ///
    /// # Panics
    /// If the executor was not registered by this thread with [`register_local`](Exec::register_local).
    #[inline]
    pub fn spawn_local<F>(
        self,
        future: F,
        spawn: Spawn,
    ) -> Result<(Runnable, JoinHandle<F::Output>), Refused<F>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        if self.shared.owner.load(Ordering::Relaxed) != current::thread() {
            let retired = self.shared.gate().tenancy != self.tenancy;
            assert!(
                retired,
                "a local task is spawned on the thread of its executor (`Exec::register_local`)"
            );
            return Err(Refused(future));
        }
        self.spawn_any(future, spawn)
    }

    #[inline(always)]
    fn spawn_any<F>(self, future: F, spawn: Spawn) -> Result<(Runnable, JoinHandle<F::Output>), Refused<F>>
    where
        F: Future + 'static,
    {
        let plan = Plan::of::<F>(pool::boxes_bodies());
        let shared = self.shared;
        let slot = if current::seat_of(shared.index, self.tenancy).is_some() {
            if shared.closed.load(Ordering::Relaxed) {
                return Err(Refused(future));
            }
            let take = |head: &Head| {
                let slot = head.stash.take(shared, plan.size());
                head.counts.spawned();
                slot
            };
            with_head(shared.index, take).expect("we sit there")
        } else {
            let mut gate = shared.gate();
            if gate.phase != Phase::Open || gate.tenancy != self.tenancy {
                return Err(Refused(future));
            }
            // May panic, so before the count.
            let slot = gate.stock.take(shared, plan.size());
            shared.spawned_outside.fetch_add(1, Ordering::Release);
            slot
        };
        // SAFETY: A4, the slot is free, ours, and fits the plan.
        Ok(unsafe { create(slot, &plan, future, spawn.site(), (shared, self.tenancy)) })
    }

    /// Takes no more tasks from now on: later spawns are refused, those from outside the seats at once. A thread that
    /// sits in another seat may spawn until it hears of it, so its seat has to be [given up](Seat::retire) before all
    /// tasks are known to have ended.
    pub fn close(self) {
        let mut gate = self.shared.gate();
        if gate.tenancy == self.tenancy {
            gate.phase = Phase::Closed;
            self.shared.closed.store(true, Ordering::Relaxed);
        }
    }

    /// `true` if no task is taken: before there is a scheduler, and after [`close`](Exec::close). To be asked by who
    /// knows that the executor is not retired.
    pub fn is_closed(self) -> bool {
        self.shared.closed.load(Ordering::Relaxed)
    }

    /// Aborts every task.
    pub fn abort_all(self) {
        for slot in self.slots() {
            // The generation first: should the slot go to another task meanwhile, the abort is stale.
            let word = slot.header().state.observe();
            if word.is_live() && is_of_tenancy(slot, self.tenancy) {
                abort(Id::new(slot.header().index(), word.generation()));
            }
        }
    }

    /// Looks at every task, including those that are done and whose outcome nobody took yet.
    ///
    /// Tasks come and go meanwhile; each look is consistent in itself.
    pub fn for_each_task(self, mut f: impl FnMut(&TaskInfo)) {
        for slot in self.slots() {
            // A handle may still hold a finished task of the block's tenant before.
            if let Some(info) = TaskInfo::look(slot).filter(|_| is_of_tenancy(slot, self.tenancy)) {
                f(&info);
            }
        }
    }

    /// Looks at the task in the slot with this [number](Runnable::slot_number), if it is this executor's.
    pub fn task_in(self, slot: u32) -> Option<TaskInfo> {
        let slot = pool::find(slot)?;
        let ours = || slot.header().exec() == self.shared.index && is_of_tenancy(slot, self.tenancy);
        TaskInfo::look(slot).filter(|_| ours())
    }

    fn slots(self) -> Vec<Slot> {
        let mut slots = {
            let gate = self.shared.gate();
            if gate.tenancy == self.tenancy { gate.stock.slots() } else { Vec::new() }
        };
        if self.shared.next_in_sequence.load(Ordering::Relaxed) != 0 {
            // Who gives numbers wants the same order each time, wherever the tasks are.
            slots.sort_by_cached_key(|slot| slot.header().sequence());
        }
        slots
    }

    /// For tests: free slots skip to this generation, so that the last ones are reached in a test's time.
    /// Ids stay unique, since generations never go back.
    #[doc(hidden)]
    pub fn skip_generations(self, to: u32) {
        for slot in self.slots() {
            slot.header().state.skip_generations(to);
        }
    }

    /// For tests: the next tenant of this retired executor's block is its last one.
    #[doc(hidden)]
    pub fn skip_tenancies(self) {
        let mut gate = self.shared.gate();
        assert!(gate.phase == Phase::Closed && gate.tenancy > self.tenancy, "not retired");
        gate.tenancy = LAST_TENANCY - 2;
    }

    /// How many tasks there were and are. Zero once the executor is retired.
    pub fn counters(self) -> Counters {
        let gate = self.shared.gate();
        if gate.tenancy != self.tenancy {
            return Counters::default();
        }
        self.shared.count(&gate)
    }
}

/// Fills a free slot.
///
/// # Safety
/// A4: the slot is free, the caller's, of the size `plan.size()`, and `plan` is the plan for `F`.
#[inline(always)]
unsafe fn create<F: Future>(
    slot: Slot,
    plan: &Plan,
    future: F,
    site: Site,
    (shared, tenancy): (&'static Shared, u32),
) -> (Runnable, JoinHandle<F::Output>) {
    // SAFETY: A4.
    unsafe {
        plan.put(
            slot,
            future,
            site,
            exec_word(shared.index, tenancy),
            current::tick(),
            current::task_index(),
        );
    };
    let counting = shared.counting.load(Ordering::Relaxed);
    if counting {
        slot.header().give_sequence(shared);
        slot.header().note_woken_by(current::index_or_number(slot));
    }
    let _ = slot.header().state.spawn(counting);
    // SAFETY: R1 and R3, the task is new: these are its one `Runnable` and its one handle.
    unsafe { (Runnable::from_slot(slot), JoinHandle::new(slot)) }
}

/// A task that no executor takes: its future is dropped here and now, and the handle answers `Cancelled`.
pub fn dead_letter<F: Future + 'static>(future: F, spawn: Spawn) -> JoinHandle<F::Output> {
    let shared = pool::shared(DEAD_LETTERS);
    let plan = Plan::of::<F>(pool::boxes_bodies());
    let slot = shared.gate().stock.take(shared, plan.size());
    // SAFETY: A4, the slot is free, ours, and fits the plan.
    let (runnable, handle) = unsafe { create(slot, &plan, future, spawn.site(), (shared, 0)) };
    // Nobody else knows the task, so it is dropped by the thread that made it, `Send` or not.
    drop(runnable);
    handle
}
