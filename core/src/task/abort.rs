//! The handle that can only abort, and what an abort is.

use super::meta::{Id, TaskInfo};
use super::runnable::Runnable;
use super::schedule;
use super::slot::Slot;
use super::word::Wake;
use std::fmt;

/// A handle that can abort a task and tell whether it ended. It keeps nothing alive.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AbortHandle {
    /// Slot and generation.
    place: Id,
    id: Id,
}

impl AbortHandle {
    /// Of a slot that the caller keeps from being reused.
    pub(super) fn of(slot: Slot) -> AbortHandle {
        let word = slot.header().state.peek();
        AbortHandle { place: slot.header().place_of(word), id: slot.header().id_of(word) }
    }

    /// Of a task that has ended: an id finds it no more.
    pub(super) fn of_ended(id: Id) -> AbortHandle {
        AbortHandle { place: id, id }
    }

    /// Asks the task to stop, as [`JoinHandle::abort`](super::JoinHandle::abort) does. Nothing happens if it ended
    /// before.
    pub fn abort(&self) {
        abort(self.place);
    }

    /// `true` once the task is done.
    pub fn is_finished(&self) -> bool {
        crate::pool::find(self.place.index()).is_none_or(|slot| {
            let word = slot.header().state.observe();
            word.generation() != self.place.generation() || !word.is_live()
        })
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// One look at the task; `None` once it is gone.
    pub fn info(&self) -> Option<TaskInfo> {
        let slot = crate::pool::find(self.place.index())?;
        // The generation after the look: it never goes back, so it was the same then. The id does not tell: two
        // numbered tasks of one slot may have the same.
        let same = || slot.header().state.peek().generation() == self.place.generation();
        TaskInfo::look(slot).filter(|_| same())
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AbortHandle({})", self.id)
    }
}

/// Wakes the task of `handle` if it waits, although nothing happened: every future must bear that. For executors
/// that explore what may happen.
pub fn wake_for_nothing(handle: &AbortHandle) {
    let Some(slot) = crate::pool::find(handle.place.index()) else { return };
    match slot.header().state.wake(handle.place.generation() as u16) {
        Wake::Stale | Wake::Noted => {}
        // SAFETY: R1, `Submit` made us the owner.
        Wake::Submit => schedule::submit(unsafe { Runnable::from_slot(slot) }),
    }
}

/// Asks a task to stop. Its executor drops the future; this thread never does.
pub(super) fn abort(place: Id) {
    let Some(slot) = crate::pool::find(place.index()) else { return };
    match slot.header().state.abort(place.generation()) {
        Wake::Stale | Wake::Noted => {}
        // SAFETY: R1, `Submit` made us the owner.
        Wake::Submit => schedule::submit(unsafe { Runnable::from_slot(slot) }),
    }
}
