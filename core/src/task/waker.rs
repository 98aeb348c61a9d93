//! Wakers: a slot's address and a generation. Copying and dropping one costs nothing.
//!
//! There are two vtables. The plain one counts nothing. The counted one (debug builds, tests, simulation,
//! or when switched on) keeps the number of living wakers in the header, which pins the slot and lets the
//! runtime tell when nobody can wake a task any more.

use super::current;
use super::meta::Meta;
use super::report::{Hook, Report, Trouble};
use super::runnable::Runnable;
use super::schedule;
use super::slot::{Header, Slot, TaskRef};
use super::word::Wake;
use crate::sync::Arc;
use crate::sync::atomic::Ordering;
use std::mem::ManuallyDrop;
use std::task::{RawWaker, RawWakerVTable, Waker};

// Statics, not consts: a waker is recognised by the address of its vtable.
static PLAIN: RawWakerVTable = RawWakerVTable::new(clone_plain, wake_plain, wake_plain, drop_plain);
static COUNTED: RawWakerVTable =
    RawWakerVTable::new(clone_counted, wake_counted, wake_counted_by_ref, drop_counted);

/// The waker that a poll is given. It is borrowed for the poll, so it counts nothing itself.
#[inline(always)]
pub(super) fn for_poll(task: TaskRef, counted: bool) -> ManuallyDrop<Waker> {
    let vtable = if counted { &COUNTED } else { &PLAIN };
    // SAFETY: R4, the vtables below accept every task reference; a counted waker that is never dropped and
    // was never counted leaves the count as it is.
    ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(task.into_raw(), vtable)) })
}

/// A task, told from a waker.
pub(super) enum Of {
    Plain(TaskRef),
    Counted(TaskRef),
}

/// The task behind a waker, if it is one of ours.
#[inline(always)]
pub(super) fn task_of(waker: &Waker) -> Option<Of> {
    if std::ptr::eq(waker.vtable(), &raw const PLAIN) {
        // SAFETY: A3, our vtable goes with our data.
        Some(Of::Plain(unsafe { TaskRef::from_raw(waker.data()) }))
    } else if std::ptr::eq(waker.vtable(), &raw const COUNTED) {
        // SAFETY: A3, as above.
        Some(Of::Counted(unsafe { TaskRef::from_raw(waker.data()) }))
    } else {
        None
    }
}

/// It is the waker of a task, or of the future of a `block_on`, and not a foreign one.
pub fn is_of_task(waker: &Waker) -> bool {
    task_of(waker).is_some()
}

/// Wakes a task: if it waits, it goes to its executor's queue.
#[inline(always)]
pub(super) fn wake(task: TaskRef) {
    // The task that this thread is polling, or its `block_on`: they look at the note. No atomic operation.
    if !current::note_wake(task) {
        wake_waiting(task);
    }
}

/// As [`wake`], for a task whose wakers are counted. It may be numbered, and then notes the number of the task that
/// wakes it: that one's slot may be another's when somebody asks.
pub(super) fn wake_with_number(task: TaskRef) {
    if !current::note_wake(task) {
        wake_noting(task, current::index_or_number);
    }
}

#[inline(never)]
fn wake_waiting(task: TaskRef) {
    wake_noting(task, |_| current::task_index());
}

/// If the task waits, it goes to its executor's queue, with a note who woke it.
#[inline(always)]
fn wake_noting(task: TaskRef, by: impl FnOnce(Slot) -> u32) {
    let slot = task.slot();
    match slot.header().state.wake(task.generation()) {
        Wake::Stale | Wake::Noted => {}
        Wake::Submit => {
            slot.header().note_woken_by(by(slot));
            // SAFETY: R1, `Submit` made us the owner.
            schedule::submit(unsafe { Runnable::from_slot(slot) });
        }
    }
}

unsafe fn clone_plain(data: *const ()) -> RawWaker {
    RawWaker::new(data, &PLAIN)
}

unsafe fn wake_plain(data: *const ()) {
    // SAFETY: A3, our vtable goes with our data.
    wake(unsafe { TaskRef::from_raw(data) });
}

unsafe fn drop_plain(_: *const ()) {}

unsafe fn clone_counted(data: *const ()) -> RawWaker {
    // SAFETY: A3, our vtable goes with our data.
    count_up(unsafe { TaskRef::from_raw(data) });
    RawWaker::new(data, &COUNTED)
}

unsafe fn wake_counted(data: *const ()) {
    // SAFETY: A3, our vtable goes with our data.
    let task = unsafe { TaskRef::from_raw(data) };
    wake_with_number(task);
    // After the wake, so that a task is never without a count and without a queue entry in between.
    count_down(task);
}

unsafe fn wake_counted_by_ref(data: *const ()) {
    // SAFETY: A3, our vtable goes with our data.
    wake_with_number(unsafe { TaskRef::from_raw(data) });
}

unsafe fn drop_counted(data: *const ()) {
    // SAFETY: A3, our vtable goes with our data.
    count_down(unsafe { TaskRef::from_raw(data) });
}

/// The count's top bit: the slot's last user gave it back while wakers were alive; the last of them frees it.
const PINNED: u32 = 1 << 31;
/// The task was reported as an orphan. Its count is 0 and stays so.
const ORPHAN: u32 = 1 << 30;
const COUNT: u32 = ORPHAN - 1;
const MAX_WAKERS: u32 = COUNT / 2;

/// How many counted wakers are alive.
pub(super) fn count(header: &Header) -> u32 {
    header.wakers.load(Ordering::Relaxed) & COUNT
}

/// One more counted waker. `Relaxed`: whoever clones has one already, or polls the task.
pub(super) fn count_up(task: TaskRef) {
    let before = task.slot().header().wakers.fetch_add(1, Ordering::Relaxed);
    if before & COUNT >= MAX_WAKERS {
        // Nobody has that many wakers unless they are leaked in a loop; wrapping would free a used slot.
        eprintln!("airmail: more than {MAX_WAKERS} wakers of one task are alive");
        std::process::abort();
    }
}

/// One counted waker less. `AcqRel`: the one who frees the slot comes after all others.
pub(super) fn count_down(task: TaskRef) {
    let slot = task.slot();
    match slot.header().wakers.fetch_sub(1, Ordering::AcqRel) {
        1 => report_if_orphan(slot, schedule::hook_of),
        last if last & !ORPHAN == PINNED | 1 => {
            // Release: a late look for an orphan that finds this finds the generation that comes with it.
            slot.header().wakers.store(0, Ordering::Release);
            crate::pool::give(slot, slot.header().vtable().size());
        }
        _ => {}
    }
}

/// The slot's last user is done with it: free it now, or leave that to the last waker.
pub(super) fn release_counted(slot: Slot) {
    // AcqRel: pairs with `count_down` in both directions.
    if slot.header().wakers.fetch_or(PINNED, Ordering::AcqRel) & COUNT == 0 {
        // Release: a late look for an orphan that finds this finds the generation that comes with it.
        slot.header().wakers.store(0, Ordering::Release);
        crate::pool::give(slot, slot.header().vtable().size());
    }
}

/// Reports a task that waits while nobody holds a waker of it.
///
/// Called where that can begin: a poll ended in `Pending`, or the last waker was dropped. The task may be
/// woken, run and freed meanwhile, so everything is read twice: a task that is idle and has no waker can
/// change in no other way than by an abort.
#[cold]
pub(super) fn report_if_orphan(slot: Slot, hook: impl FnOnce(Slot) -> Option<Arc<Hook>>) {
    let header = slot.header();
    // Parking writes the state and then looks at the count; dropping a waker writes the count and then looks at
    // the state. The fence on both sides lets at least one of the two see both.
    crate::sync::atomic::fence(Ordering::SeqCst);
    let polls = header.polls();
    let word = header.state.observe();
    let idle = word.is_live() && !word.is_owned() && word.is_counted();
    if !idle || header.wakers.load(Ordering::Acquire) != 0 {
        return;
    }
    let meta = Meta::of(slot);
    let hook = hook(slot);
    let unchanged = header.state.observe() == word && header.polls() == polls;
    // The exchange is the second look at the count, and lets one of two reporters through: the poll that
    // parked, or whoever dropped the last waker.
    let exchange = || header.wakers.compare_exchange(0, ORPHAN, Ordering::AcqRel, Ordering::Relaxed).is_ok();
    if !unchanged || !exchange() {
        return;
    }
    if header.state.peek().generation() == word.generation() {
        Report::new(Trouble::Orphan, meta).deliver(hook.as_deref());
    } else {
        // Aborted meanwhile, and the slot went to another task: the mark is not for that one.
        header.wakers.fetch_and(!ORPHAN, Ordering::AcqRel);
    }
}
