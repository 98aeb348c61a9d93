//! The right to poll a task once.

use super::abort::AbortHandle;
use super::current;
use super::join;
use super::meta::{Id, Meta, TaskInfo};
use super::report::drop_caught;
use super::schedule;
use super::seat::with_head;
use super::slot::Slot;
use super::waker;
use super::word::{Idle, Outcome, Word};
use std::task::{Context, Poll, Waker};

/// A task that has something to do, and the right to poll it once. There is at most one for a task.
///
/// Dropping it cancels the task: its future is dropped on the spot, or, if it may not be dropped on this
/// thread, when its executor takes it from [`Schedule::schedule`](super::Schedule::schedule) again.
#[derive(Debug)]
#[must_use = "dropping a `Runnable` cancels its task"]
pub struct Runnable {
    slot: Slot,
}

/// What came of a poll.
#[derive(Debug)]
#[must_use = "`Yielded` hands the task back; dropping it cancels the task"]
pub enum Ran {
    /// It was woken during its poll: it belongs at the back of the queue.
    Yielded(Runnable),
    /// It waits for a wake-up.
    Pending,
    /// It is done.
    Done(Outcome),
}

/// What a poll answered, while the task still belongs to its poller: nobody else has heard of it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// `Pending`. Somebody else may have woken the task meanwhile; [`Ran`] tells.
    Pending,
    /// `Pending`, and the task woke itself during the poll.
    Yielded,
    /// The task is done: it answered, panicked, or was cancelled instead of being polled.
    Done(Outcome),
}

/// What an executor does around a poll, besides.
pub trait Around {
    /// The waker that the poll gets; `None`: the task's own, which is `own`. Another one has to wake `own`, sooner
    /// or later. If this panics, the task is cancelled; a panic of that waker's drop is nobody's.
    #[inline(always)]
    fn waker(&mut self, own: &Waker) -> Option<Waker> {
        let _ = own;
        None
    }

    /// Hears what the poll answered before anybody else can act on it: before the task can be woken again, or its
    /// joiner hears of the end. Called twice at most: a task that is aborted during its poll answers `Pending` and is
    /// then done. Must not panic.
    fn answered(&mut self, answered: Answered);
}

impl<F: FnMut(Answered)> Around for F {
    #[inline(always)]
    fn answered(&mut self, answered: Answered) {
        self(answered);
    }
}

impl Runnable {
    /// # Safety
    /// R1: the caller owns the live task in `slot`, and gives that up.
    #[inline(always)]
    pub(crate) unsafe fn from_slot(slot: Slot) -> Runnable {
        Runnable { slot }
    }

    #[inline(always)]
    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    /// For a list; [`from_slot`](Runnable::from_slot) brings the task back.
    #[inline(always)]
    pub(crate) fn into_slot(self) -> Slot {
        let slot = self.slot;
        std::mem::forget(self);
        slot
    }

    /// For a list that is linked through the header.
    pub(crate) fn into_index(self) -> u32 {
        self.into_slot().header().index()
    }

    /// # Safety
    /// R1: `index` came from [`into_index`](Runnable::into_index), once.
    pub(crate) unsafe fn from_index(index: u32) -> Option<Runnable> {
        crate::pool::find(index).map(|slot| Runnable { slot })
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.slot.header().id()
    }

    /// The number of the slot that the task lies in, the first part of what its id is called if ids are no sequence
    /// numbers: it costs less than the id, and [`Exec::task_in`](crate::Exec::task_in) finds the task by it.
    #[inline(always)]
    pub fn slot_number(&self) -> u32 {
        self.slot.header().index()
    }

    /// What finds the task later, and keeps nothing alive.
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle::of(self.slot)
    }

    /// The task's id, name and spawn site.
    pub fn meta(&self) -> Meta {
        Meta::of(self.slot)
    }

    /// All that is noted of the task.
    pub fn info(&self) -> TaskInfo {
        let Some(info) = TaskInfo::look(self.slot) else { unreachable!("an owned task is in its slot") };
        info
    }

    /// Polls the task once, or, if it was aborted, drops its future.
    ///
    /// A panic of the future is caught and becomes the task's outcome.
    ///
    /// # Panics
    /// If this thread does not sit in a seat of the task's executor.
    #[inline(always)]
    pub fn run(self) -> Ran {
        self.run_with(|_: Answered| {})
    }

    /// As [`run`](Runnable::run), with somebody [around](Around) the poll, such as a closure that hears of the answer.
    ///
    /// # Panics
    /// As [`run`](Runnable::run).
    #[inline(always)]
    pub fn run_with(self, mut around: impl Around) -> Ran {
        let slot = self.slot;
        let header = slot.header();
        assert!(
            current::sits_in(header.exec()),
            "a task is run by a thread that sits in a seat of its executor; enter the `Seat` first"
        );
        let Some(word) = header.state.start() else {
            std::mem::forget(self);
            // SAFETY: R1, the `Runnable` made us the owner.
            unsafe { cancel(slot, &mut around) };
            return Ran::Done(Outcome::Cancelled);
        };
        header.note_poll(current::tick());
        let task = super::slot::TaskRef::new(slot, word.generation());
        let waker = waker::for_poll(task, word.is_counted());
        let other = around.waker(&waker);
        // Not before: should `around` panic, the task is cancelled, not lost.
        std::mem::forget(self);
        let polling = current::polling(task);
        let mut context = Context::from_waker(other.as_ref().unwrap_or(&waker));
        // SAFETY: R1, the `Runnable` made us the owner.
        let poll = unsafe { (header.vtable().poll)(slot, &mut context) };
        if let Some(other) = other {
            // Before the task is looked at: whether it has a waker left.
            drop_caught(other);
        }
        match poll {
            Poll::Pending if polling.yielded() => {
                // Made first: should `around` panic, the task is cancelled, not lost.
                let again = Runnable { slot };
                drop(polling);
                around.answered(Answered::Yielded);
                Ran::Yielded(again)
            }
            Poll::Pending => {
                drop(polling);
                around.answered(Answered::Pending);
                // SAFETY: R1, as above.
                unsafe { park(slot, word, &mut around) }
            }
            Poll::Ready(outcome) => {
                polling.over();
                around.answered(Answered::Done(outcome));
                // SAFETY: R1, as above; the outcome is in the body.
                unsafe { finish(slot, outcome) };
                Ran::Done(outcome)
            }
        }
    }

    /// Drops the task's future without polling it. Its handle answers `Cancelled`.
    ///
    /// # Panics
    /// As [`run`](Runnable::run).
    pub fn cancel(self) {
        assert!(
            current::sits_in(self.slot.header().exec()),
            "a task is cancelled by a thread that sits in a seat of its executor; enter the `Seat` first"
        );
        // SAFETY: R1, the `Runnable` made us the owner.
        unsafe { cancel(self.into_slot(), &mut |_: Answered| {}) };
    }
}

/// The poll answered `Pending` and the task did not wake itself.
///
/// # Safety
/// R1: the caller owns the task, and gives that up.
#[inline(always)]
unsafe fn park(slot: Slot, word: Word, around: &mut impl Around) -> Ran {
    match slot.header().state.idle(word) {
        Idle::Parked => {
            if word.is_counted() {
                waker::report_if_orphan(slot, schedule::hook_of);
            }
            Ran::Pending
        }
        Idle::Requeue => Ran::Yielded(Runnable { slot }),
        Idle::Cancel => {
            // SAFETY: R1, `Cancel` leaves the task with us.
            unsafe { cancel(slot, around) };
            Ran::Done(Outcome::Cancelled)
        }
    }
}

/// Drops the future, with its task as the current one, so that whatever the drop reports is named.
///
/// # Safety
/// R1: the caller owns the task and may drop its future on this thread, and gives the task up.
#[cold]
unsafe fn cancel(slot: Slot, around: &mut impl Around) {
    let header = slot.header();
    let task = super::slot::TaskRef::new(slot, header.state.peek().generation());
    let polling = current::polling(task);
    // SAFETY: R1.
    unsafe { (header.vtable().drop_future)(slot) };
    polling.over();
    around.answered(Answered::Done(Outcome::Cancelled));
    let exec = header.exec();
    if with_head(exec, |head| head.counts.cancelled()).is_none() {
        crate::pool::shared(exec).count_cancelled_outside();
    }
    // SAFETY: R1, and `Cancelled` needs nothing in the body.
    unsafe { finish(slot, Outcome::Cancelled) };
    drop(polling);
}

/// The future is gone and the outcome is in the body: close the task and wake its joiner.
///
/// # Safety
/// R1: the caller owns the task, and gives that up.
#[inline(always)]
unsafe fn finish(slot: Slot, outcome: Outcome) {
    let exec = slot.header().exec();
    // In the seat the count goes first, so that whoever learns of the end finds it counted.
    let counted = with_head(exec, |head| {
        head.counts.done();
        head.shared()
    });
    if let Some(shared) = counted {
        slot.header().state.finish(outcome);
        // SAFETY: R1, the state says that the task is done.
        unsafe { join::close(slot, shared) };
    } else {
        // SAFETY: R1, as here.
        unsafe { finish_outside(slot, exec, outcome) };
    }
}

/// As [`finish`], on a thread that does not sit there: the count is what keeps the executor from retiring, and
/// goes last.
///
/// # Safety
/// R1: as [`finish`].
#[cold]
unsafe fn finish_outside(slot: Slot, exec: u32, outcome: Outcome) {
    let shared = crate::pool::shared(exec);
    slot.header().state.finish(outcome);
    // SAFETY: R1, the state says that the task is done.
    unsafe { join::close(slot, shared) };
    shared.count_done_outside();
}

impl Drop for Runnable {
    fn drop(&mut self) {
        let slot = self.slot;
        let shared = crate::pool::shared(slot.header().exec());
        if current::sits_in(shared.index) || shared.may_drop_anywhere() {
            // SAFETY: R1, the `Runnable` made us the owner, and the future may be dropped here.
            unsafe { cancel(slot, &mut |_: Answered| {}) };
        } else if let Some(_giving_back) = current::give_back(slot) {
            // A local future on a foreign thread. Its executor gets it back and will cancel it.
            let _ = slot.header().state.abort(slot.header().state.peek().generation());
            schedule::submit(Runnable { slot });
        }
        // Otherwise its executor dropped what it was just given back: it does not keep tasks. Leak this one
        // rather than drop a local future on the wrong thread.
    }
}
