//! The seat of an executor: the place from which its tasks are run.

use super::current::{self, Sitting};
use super::schedule::Shared;
use crate::pool::{self, Stash};
use crate::sync::atomic::Ordering;
use std::fmt;
use std::marker::PhantomData;

/// What every seat begins with.
#[derive(Debug)]
pub(crate) struct Head {
    shared: &'static Shared,
    tenancy: u32,
    pub(crate) stash: Stash,
}

/// Calls `f` with the head of the seat of block `exec`, if this thread sits in it.
#[inline(always)]
pub(crate) fn with_head<R>(exec: u32, f: impl FnOnce(&Head) -> R) -> Option<R> {
    let seat = current::any_seat_of(exec)?;
    // SAFETY: S3, every seat begins with its head, and it stays where it is while it is taken.
    Some(f(unsafe { &*seat.cast::<Head>() }))
}

/// The place from which an executor's tasks are run. There is one; whoever holds it decides which thread
/// sits in it.
///
/// A seat that is dropped without [`retire`](Seat::retire) leaves its registration, and its tasks, behind for
/// good.
#[derive(Debug)]
#[repr(C)]
pub struct Seat<T> {
    head: Head,
    local: T,
}

/// The executor has tasks, or may still get some: it cannot retire. The seat comes back.
pub struct Busy<T>(pub Seat<T>);

impl<T> fmt::Debug for Busy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Busy(the executor is not closed, or has tasks)")
    }
}

impl<T> Seat<T> {
    pub(super) fn new(shared: &'static Shared, tenancy: u32, local: T) -> Seat<T> {
        Seat { head: Head { shared, tenancy, stash: Stash::new() }, local }
    }

    /// This thread sits down: tasks may be run until the guard is dropped. Nests.
    ///
    /// # Panics
    /// If the executor's tasks belong to another thread.
    pub fn enter(&self) -> Seated<'_> {
        let owner = self.head.shared.owner.load(Ordering::Relaxed);
        assert!(
            owner == 0 || owner == current::thread(),
            "the seat of a local executor is taken by the thread that registered it"
        );
        let seat = std::ptr::from_ref(self).cast::<()>();
        Seated {
            sitting: current::sit(self.head.shared.index, self.head.tenancy, seat),
            seat: PhantomData,
            not_send: PhantomData,
        }
    }

    /// The local data.
    #[inline(always)]
    pub fn local(&self) -> &T {
        &self.local
    }

    /// Ends the registration: the scheduler is let go, and the block serves another executor.
    ///
    /// # Errors
    /// The seat comes back unless the executor is [closed](Exec::close) and all its tasks have ended.
    pub fn retire(self) -> Result<T, Busy<T>> {
        let shared = self.head.shared;
        let mut gate = shared.gate();
        if !gate.closed || shared.live() != 0 {
            drop(gate);
            return Err(Busy(self));
        }
        self.head.stash.empty_into(&mut gate.stock);
        gate.tenancy += 1;
        let hook = gate.hook.take();
        for counter in [&shared.spawned, &shared.done] {
            counter.store(0, Ordering::Relaxed);
        }
        shared.spawned_outside.store(0, Ordering::Relaxed);
        shared.done_outside.store(0, Ordering::Relaxed);
        // SAFETY: S1, closed and without live tasks; the lock keeps other tenants out.
        let scheduler = unsafe { shared.set_scheduler(None) };
        drop(gate);
        pool::unclaim(shared);
        // Foreign code, so after everything else.
        drop((scheduler, hook));
        Ok(self.local)
    }
}

/// This thread sits in a seat until the guard is dropped.
#[derive(Debug)]
#[must_use = "tasks can be run only while this lives"]
pub struct Seated<'a> {
    #[allow(dead_code, reason = "its drop stands up")]
    sitting: Sitting,
    seat: PhantomData<&'a ()>,
    not_send: PhantomData<*const ()>,
}

impl Seated<'_> {
    /// Sets the time that polls are noted with from now on, in whatever unit the executor chose.
    #[inline]
    pub fn set_tick(&self, tick: u32) {
        current::set_tick(tick);
    }
}
