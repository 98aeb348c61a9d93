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
use std::ptr::{NonNull, null};

pub(super) struct Current {
    /// The task being polled here, or null.
    task: Cell<*const ()>,
    /// How that poll goes.
    pub(super) poll: Cell<PollState>,
    /// The future of this thread's innermost `block_on`, or null; and whether it was woken on this thread.
    root: Cell<*const ()>,
    root_due: Cell<bool>,
    /// The executor in whose seat this thread sits: number, tenancy, and the seat itself.
    exec: Cell<u32>,
    tenancy: Cell<u32>,
    seat: Cell<*const ()>,
    tick: Cell<u32>,
    /// The slot of the task that is being given back to its executor, or null.
    giving_back: Cell<*const ()>,
    /// The slot of the task whose join handle registers a foreign waker here, or null.
    joining: Cell<*const ()>,
    /// A number for this thread, given at the first question.
    thread: Cell<u64>,
}

/// What a poll has left and what it did, packed into one word, so that a nested poll saves and restores it in one
/// move: the budget in the lower half, flags above.
#[derive(Clone, Copy, Debug)]
pub(super) struct PollState(u32);

/// The task woke itself on this thread: it goes to the back of the queue after the poll.
const YIELDED: u32 = 1 << 16;
/// The poll is over; the task is still current while its end is told to who awaits it.
const OVER: u32 = 1 << 17;

impl PollState {
    /// No poll.
    const NONE: PollState = PollState(Budget::UNLIMITED.bits() as u32);
    /// A poll begins.
    const FRESH: PollState = PollState(Budget::FULL.bits() as u32);

    #[inline(always)]
    pub(super) fn budget(self) -> Budget {
        Budget::from_bits(self.0 as u16)
    }

    #[inline(always)]
    fn with_budget(self, budget: Budget) -> PollState {
        PollState(self.0 & !u32::from(u16::MAX) | u32::from(budget.bits()))
    }

    #[inline(always)]
    fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    #[inline(always)]
    fn with(self, flag: u32) -> PollState {
        PollState(self.0 | flag)
    }
}

/// No executor has this number.
const NO_EXEC: u32 = u32::MAX;

impl Current {
    const fn new() -> Current {
        Current {
            task: Cell::new(null()),
            poll: Cell::new(PollState::NONE),
            root: Cell::new(null()),
            root_due: Cell::new(false),
            exec: Cell::new(NO_EXEC),
            tenancy: Cell::new(0),
            seat: Cell::new(null()),
            tick: Cell::new(0),
            giving_back: Cell::new(null()),
            joining: Cell::new(null()),
            thread: Cell::new(0),
        }
    }

    /// Replaces what is left of the budget, and tells what it was.
    #[inline(always)]
    pub(super) fn replace_budget(&self, budget: Budget) -> Budget {
        let poll = self.poll.get();
        self.poll.set(poll.with_budget(budget));
        poll.budget()
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
    poll: PollState,
}

/// This thread polls `task` from now on.
#[inline(always)]
pub(super) fn polling(task: TaskRef) -> Polling {
    with(|c| Polling { task: c.task.replace(task.into_raw()), poll: c.poll.replace(PollState::FRESH) })
}

impl Polling {
    /// The task woke itself since the poll began.
    #[inline(always)]
    #[allow(clippy::unused_self, reason = "only while a poll is going on is there an answer")]
    pub(super) fn yielded(&self) -> bool {
        with(|c| c.poll.get().has(YIELDED))
    }

    /// The future is gone. Its task stays the current one, so that what follows from its end is told of it; but a
    /// wake-up is for the slot's next task from now on, if the joiner took the outcome already.
    #[inline(always)]
    #[allow(clippy::unused_self, reason = "only a poll that is going on can be over")]
    pub(super) fn over(&self) {
        with(|c| c.poll.set(c.poll.get().with(OVER)));
    }
}

impl Drop for Polling {
    #[inline(always)]
    fn drop(&mut self) {
        with(|c| {
            c.task.set(self.task);
            c.poll.set(self.poll);
        });
    }
}

/// If `task` is the one being polled here, or the `block_on` of this thread, then that it was woken is noted and
/// nothing else is to be done.
///
/// The address and the generation both count: a nested poll hides the outer task, and a stale waker of an
/// earlier task in the slot is not the current one.
#[inline(always)]
pub(super) fn note_wake(task: TaskRef) -> bool {
    with(|c| {
        let poll = c.poll.get();
        if c.task.get() == task.into_raw() && !poll.has(OVER) {
            c.poll.set(poll.with(YIELDED));
            return true;
        }
        let is_root = c.root.get() == task.into_raw();
        if is_root {
            c.root_due.set(true);
        }
        is_root
    })
}

/// The `block_on` around the innermost one: what its end brings back.
pub(super) struct OuterRoot {
    root: *const (),
    due: bool,
}

/// `task` is this thread's innermost `block_on` from now on; `None` hides the outer ones.
pub(super) fn enter_root(task: Option<TaskRef>) -> OuterRoot {
    let root = task.map_or(null(), TaskRef::into_raw);
    with(|c| OuterRoot { root: c.root.replace(root), due: c.root_due.replace(false) })
}

/// The `block_on` of `task` is over. If it is not the innermost, somebody keeps roots in another order than a
/// stack's: then the inner one brings back a root that is gone, whose wake-ups are noted for nobody.
pub(super) fn leave_root(task: Option<TaskRef>, outer: &OuterRoot) {
    with(|c| {
        if c.root.get() == task.map_or(null(), TaskRef::into_raw) {
            c.root.set(outer.root);
            c.root_due.set(outer.due);
        }
    });
}

/// `true` if the `block_on` of `task` was woken on this thread.
#[inline(always)]
pub(super) fn is_root_due(task: TaskRef) -> bool {
    with(|c| c.root_due.get() && c.root.get() == task.into_raw())
}

/// That wake-up is answered by the poll that begins now.
#[inline(always)]
pub(super) fn answer_root(task: TaskRef) -> bool {
    let due = is_root_due(task);
    if due {
        with(|c| c.root_due.set(false));
    }
    due
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

/// As [`task_index`], for a note in `noted`, whose executor may number its tasks: then the number of the task being
/// polled here, if that has one.
pub(super) fn index_or_number(noted: Slot) -> u32 {
    match noted.header().sequence() {
        0 => task_index(),
        _ => task()
            .filter(|slot| slot.header().exec() != super::schedule::ROOTS)
            .map_or(0, |slot| slot.header().sequence()),
    }
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
    (slot.header().state.peek().generation() as u16 == generation).then(|| Meta::of(slot))
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

/// Calls `f` while this thread sits in no seat: tasks that it makes or wakes go the way from outside, so that they do
/// not wait for what `f` waits for.
pub fn outside<R>(f: impl FnOnce() -> R) -> R {
    let _standing = sit(NO_EXEC, 0, null());
    f()
}

/// What is woken now is woken by the end of the task that this thread runs.
#[inline(always)]
pub fn is_ending() -> bool {
    with(|c| c.poll.get().has(OVER))
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
#[inline(always)]
pub fn thread() -> u64 {
    with(|c| match c.thread.get() {
        0 => number_thread(c),
        number => number,
    })
}

#[cold]
fn number_thread(c: &Current) -> u64 {
    static NEXT: note::AtomicU64 = note::AtomicU64::new(1);
    c.thread.set(NEXT.fetch_add(1, Ordering::Relaxed));
    c.thread.get()
}

/// This thread gives a task back to its executor, until the guard is dropped.
pub(super) struct GivingBack {
    before: *const (),
}

/// `None` if it is doing so with this very slot already.
pub(super) fn give_back(slot: Slot) -> Option<GivingBack> {
    let slot = slot.as_ptr().cast_const().cast::<()>();
    with(|c| {
        let before = c.giving_back.get();
        (before != slot).then(|| {
            c.giving_back.set(slot);
            GivingBack { before }
        })
    })
}

impl Drop for GivingBack {
    fn drop(&mut self) {
        with(|c| c.giving_back.set(self.before));
    }
}

/// Calls `register` while this thread is said to register with the join handle of the task in `slot`.
pub(super) fn while_joining<R>(slot: Slot, register: impl FnOnce() -> R) -> R {
    let slot = slot.as_ptr().cast_const().cast::<()>();
    let _joining = Joining { before: with(|c| c.joining.replace(slot)) };
    register()
}

struct Joining {
    before: *const (),
}

impl Drop for Joining {
    fn drop(&mut self) {
        with(|c| c.joining.set(self.before));
    }
}

/// The task whose [`JoinHandle`](super::JoinHandle) is cloning the current waker right now, if one is: for wakers that
/// note who keeps them.
pub fn joined_meta() -> Option<Meta> {
    let slot = NonNull::new(with(|c| c.joining.get()).cast_mut())?;
    // SAFETY: A2, `while_joining` put a slot's address there.
    Some(Meta::of(unsafe { Slot::new(slot.cast()) }))
}
