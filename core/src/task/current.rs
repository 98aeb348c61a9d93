//! What this thread is doing: whose seat it sits in, which task it polls, whether that task woke itself.
//!
//! The one thread-local of the crate. Each entry is set by a guard, saved and restored when polls or seats
//! nest, and needs no destructor, so it can be asked at any time, also while the thread ends.

use super::coop::Budget;
use super::meta::{Id, Meta};
use super::slot::{Slot, TaskRef};
use crate::sync::atomic::Ordering;
use crate::sync::note;
use std::cell::Cell;
use std::ptr::null;

pub(super) struct Current {
    /// The task being polled here, or null.
    task: Cell<*const ()>,
    /// That task woke itself on this thread: it goes to the back of the queue after the poll.
    yielded: Cell<bool>,
    /// What is left of that task's cooperative budget.
    pub(super) budget: Cell<Budget>,
    /// The executor in whose seat this thread sits: number, tenancy, and the seat itself.
    exec: Cell<u32>,
    tenancy: Cell<u32>,
    seat: Cell<*const ()>,
    tick: Cell<u32>,
    /// A task is being given back to its executor.
    giving_back: Cell<bool>,
    /// A number for this thread, given at the first question.
    thread: Cell<u64>,
}

/// No executor has this number.
const NO_EXEC: u32 = u32::MAX;

impl Current {
    const fn new() -> Current {
        Current {
            task: Cell::new(null()),
            yielded: Cell::new(false),
            budget: Cell::new(Budget::UNLIMITED),
            exec: Cell::new(NO_EXEC),
            tenancy: Cell::new(0),
            seat: Cell::new(null()),
            tick: Cell::new(0),
            giving_back: Cell::new(false),
            thread: Cell::new(0),
        }
    }
}

crate::sync::per_thread!(CURRENT: Current = Current::new());

#[inline(always)]
pub(super) fn with<R>(f: impl FnOnce(&Current) -> R) -> R {
    CURRENT.with(f)
}

/// A poll is going on. Ends with the guard, also by a panic.
pub(super) struct Polling {
    task: *const (),
    yielded: bool,
    budget: Budget,
}

/// This thread polls `task` from now on.
#[inline(always)]
pub(super) fn polling(task: TaskRef) -> Polling {
    with(|c| Polling {
        task: c.task.replace(task.into_raw()),
        yielded: c.yielded.replace(false),
        budget: c.budget.replace(Budget::FULL),
    })
}

impl Polling {
    /// The task woke itself since the poll began.
    #[inline(always)]
    #[allow(clippy::unused_self, reason = "only while a poll is going on is there an answer")]
    pub(super) fn yielded(&self) -> bool {
        with(|c| c.yielded.get())
    }
}

impl Drop for Polling {
    #[inline(always)]
    fn drop(&mut self) {
        with(|c| {
            c.task.set(self.task);
            c.yielded.set(self.yielded);
            c.budget.set(self.budget);
        });
    }
}

/// If `task` is the one being polled here, its self-wake is noted and nothing else is to be done.
///
/// The address and the generation both count: a nested poll hides the outer task, and a stale waker of an
/// earlier task in the slot is not the current one.
#[inline(always)]
pub(super) fn note_self_wake(task: TaskRef) -> bool {
    with(|c| {
        let current = c.task.get() == task.into_raw();
        if current {
            c.yielded.set(true);
        }
        current
    })
}

#[inline(always)]
fn task() -> Option<Slot> {
    let task = with(|c| c.task.get());
    // SAFETY: A3, only `polling` puts task references there.
    (!task.is_null()).then(|| unsafe { TaskRef::from_raw(task) }.slot())
}

/// The slot number of the task being polled here, or 0.
#[inline(always)]
pub(super) fn task_index() -> u32 {
    task().map_or(0, |slot| slot.header().index())
}

/// The task that is being polled (or dropped) on this thread; `None` outside of tasks, and in the future
/// that a `block_on` polls.
pub fn id() -> Option<Id> {
    meta().map(|meta| meta.id)
}

/// Id, name and spawn site of the [current](id) task.
pub fn meta() -> Option<Meta> {
    let generation = with(|c| TaskRef::generation_of(c.task.get()));
    let slot = task().filter(|slot| slot.header().exec() != super::schedule::ROOTS)?;
    // While an ended task wakes its joiner, its handle may have given the slot back: then it is nobody's.
    Some(Meta::of(slot)).filter(|meta| meta.id.generation() as u16 == generation)
}

/// This thread sits in a seat. Ends with the guard.
#[derive(Debug)]
pub(super) struct Sitting {
    exec: u32,
    tenancy: u32,
    seat: *const (),
}

pub(super) fn sit(exec: u32, tenancy: u32, seat: *const ()) -> Sitting {
    with(|c| Sitting {
        exec: c.exec.replace(exec),
        tenancy: c.tenancy.replace(tenancy),
        seat: c.seat.replace(seat),
    })
}

impl Drop for Sitting {
    fn drop(&mut self) {
        with(|c| {
            c.exec.set(self.exec);
            c.tenancy.set(self.tenancy);
            c.seat.set(self.seat);
        });
    }
}

/// The seat of executor `exec` that this thread sits in.
#[inline(always)]
pub(super) fn seat_of(exec: u32, tenancy: u32) -> Option<*const ()> {
    with(|c| (c.exec.get() == exec && c.tenancy.get() == tenancy).then(|| c.seat.get()))
}

/// The seat of block `exec`, whoever its tenant is.
#[inline(always)]
pub(super) fn any_seat_of(exec: u32) -> Option<*const ()> {
    with(|c| (c.exec.get() == exec).then(|| c.seat.get()))
}

/// `true` if this thread sits in the (or a) seat of executor `exec`.
#[inline(always)]
pub(super) fn sits_in(exec: u32) -> bool {
    with(|c| c.exec.get() == exec)
}

/// The time that polls on this thread are noted with, in the executor's own unit.
#[inline(always)]
pub(super) fn tick() -> u32 {
    with(|c| c.tick.get())
}

#[inline(always)]
pub(super) fn set_tick(tick: u32) {
    with(|c| c.tick.set(tick));
}

/// A number that no other thread of the process has or had.
pub(super) fn thread() -> u64 {
    static NEXT: note::AtomicU64 = note::AtomicU64::new(1);
    with(|c| {
        if c.thread.get() == 0 {
            c.thread.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        c.thread.get()
    })
}

/// This thread gives a task back to its executor, until the guard is dropped.
pub(super) struct GivingBack(());

/// `None` if it is doing so already.
pub(super) fn give_back() -> Option<GivingBack> {
    (!with(|c| c.giving_back.replace(true))).then(|| GivingBack(()))
}

impl Drop for GivingBack {
    fn drop(&mut self) {
        with(|c| c.giving_back.set(false));
    }
}
