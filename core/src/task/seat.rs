//! The seats of an executor: the places from which its tasks are run.

use super::current;
use super::schedule::{Counts, Phase, Schedule, Scheduler, Shared};
use crate::pool::{self, Stash};
use crate::sync::Arc;
use crate::sync::atomic::Ordering;
use std::fmt;
use std::marker::PhantomData;

/// A block whose tenancies are used up serves nobody any more, so that an [`Exec`](super::Exec) never means a later
/// tenant. (Each tenant takes two numbers.)
pub(super) const LAST_TENANCY: u32 = u32::MAX - 1;

/// What every seat begins with.
#[derive(Debug)]
pub(crate) struct Head {
    shared: &'static Shared,
    tenancy: u32,
    pub(super) counts: &'static Counts,
    pub(crate) stash: Stash,
}

impl Head {
    #[inline(always)]
    pub(crate) fn shared(&self) -> &'static Shared {
        self.shared
    }
}

/// Calls `f` with the head of the seat of block `exec`, if this thread sits in it.
#[inline(always)]
pub(crate) fn with_head<R>(exec: u32, f: impl FnOnce(&Head) -> R) -> Option<R> {
    let seat = current::any_seat_of(exec)?;
    // SAFETY: S3, every seat begins with its head, and it stays where it is while it is taken.
    Some(f(unsafe { &*seat.cast::<Head>() }))
}

/// A place from which an executor's tasks are run, by one thread at a time. An executor has one for each of its
/// workers; whoever holds it decides which thread sits in it.
///
/// A seat that is dropped without [`retire`](Seat::retire) leaves its registration, and its tasks, behind for
/// good.
#[derive(Debug)]
#[repr(C)]
pub struct Seat<T> {
    head: Head,
    local: T,
}

/// This is the executor's last seat, and it has tasks, or may still get some: it cannot retire. The seat comes back.
pub struct Busy<T>(pub Seat<T>);

impl<T> fmt::Debug for Busy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Busy(the executor is not closed, or has tasks)")
    }
}

impl<T> Seat<T> {
    pub(super) fn new(shared: &'static Shared, tenancy: u32, counts: &'static Counts, local: T) -> Seat<T> {
        Seat { head: Head { shared, tenancy, counts, stash: Stash::new() }, local }
    }

    /// Names the scheduler that wakes go to, and opens the executor: spawns before this are refused.
    ///
    /// # Panics
    /// If the executor has a scheduler.
    pub fn install<S: Schedule>(&self, scheduler: Arc<S>) {
        let shared = self.head.shared;
        let scheduler = Scheduler::new(scheduler);
        let mut gate = shared.gate();
        assert!(gate.phase == Phase::New, "`Seat::install` on an executor that has a scheduler");
        // SAFETY: S1, no task was ever spawned in this tenancy, and the lock keeps spawns out.
        let before = unsafe { shared.set_scheduler(Some(scheduler)) };
        gate.phase = Phase::Open;
        shared.closed.store(false, Ordering::Relaxed);
        drop(gate);
        debug_assert!(before.is_none(), "the tenant before let go of its scheduler");
    }

    /// This thread sits down, and tasks may be run, for the length of `f`. Nests.
    ///
    /// # Panics
    /// If the executor's tasks belong to another thread.
    pub fn enter<R>(&self, f: impl FnOnce(&Seated<'_>) -> R) -> R {
        let owner = self.head.shared.owner.load(Ordering::Relaxed);
        assert!(
            owner == 0 || owner == current::thread(),
            "the seat of a local executor is taken by the thread that registered it"
        );
        // A closure, not a guard: a guard can be leaked or dropped out of order, and would leave a thread
        // behind that believes to sit here.
        let seat = std::ptr::from_ref(self).cast::<()>();
        let sitting = current::sit(self.head.shared.index, self.head.tenancy, seat);
        let output = f(&Seated { seat: PhantomData });
        drop(sitting);
        output
    }

    /// The local data.
    #[inline(always)]
    pub fn local(&self) -> &T {
        &self.local
    }

    /// Gives the seat up. The last one ends the registration: the scheduler is let go, and the block serves another
    /// executor.
    ///
    /// # Errors
    /// The last seat comes back unless the executor is [closed](super::Exec::close) and all its tasks have ended.
    #[allow(clippy::result_large_err, reason = "rare, and the seat has to come back")]
    pub fn retire(self) -> Result<T, Busy<T>> {
        let shared = self.head.shared;
        let mut gate = shared.gate();
        if gate.seats > 1 {
            gate.give_seat_up(self.head.counts);
            self.head.stash.empty_into(&mut gate.stock);
            return Ok(self.local);
        }
        if gate.phase != Phase::Closed || shared.count(&gate).live != 0 {
            drop(gate);
            return Err(Busy(self));
        }
        self.head.stash.empty_into(&mut gate.stock);
        gate.tenancy += 1;
        let hook = gate.hook.take();
        gate.give_seat_up(self.head.counts);
        gate.reset_counts();
        shared.spawned_outside.store(0, Ordering::Relaxed);
        shared.cancelled_outside.store(0, Ordering::Relaxed);
        shared.done_outside.store(0, Ordering::Relaxed);
        // SAFETY: S1, closed and without live tasks, nobody sits in a seat; the lock keeps other tenants out.
        let scheduler = unsafe { shared.set_scheduler(None) };
        let used_up = gate.tenancy >= LAST_TENANCY;
        drop(gate);
        if !used_up {
            pool::unclaim(shared);
        }
        // Foreign code, so after everything else.
        drop((scheduler, hook));
        Ok(self.local)
    }
}

/// This thread sits in a seat.
#[derive(Debug)]
pub struct Seated<'a> {
    /// Neither `Send` nor `Sync`: it speaks of this thread.
    seat: PhantomData<(&'a (), *const ())>,
}

impl Seated<'_> {
    /// Sets the time that polls are noted with from now on, in whatever unit the executor chose.
    #[inline(always)]
    pub fn set_tick(&self, tick: u32) {
        current::set_tick(tick);
    }

    /// The time that polls are noted with.
    #[inline(always)]
    pub fn tick(&self) -> u32 {
        current::tick()
    }
}
