//! The handle that can only abort, and what an abort is.

use super::meta::{Id, TaskInfo};
use super::runnable::Runnable;
use super::schedule;
use super::word::Wake;
use std::fmt;

/// A handle that can abort a task and tell whether it ended. It keeps nothing alive, and is as good as its
/// [`Id`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AbortHandle {
    id: Id,
}

impl AbortHandle {
    pub(super) fn new(id: Id) -> AbortHandle {
        AbortHandle { id }
    }

    /// Asks the task to stop, as [`JoinHandle::abort`](super::JoinHandle::abort) does. Nothing happens if it ended
    /// before.
    pub fn abort(&self) {
        abort(self.id);
    }

    /// `true` once the task is done.
    pub fn is_finished(&self) -> bool {
        crate::pool::find(self.id.index()).is_none_or(|slot| {
            let word = slot.header().state.observe();
            word.generation() != self.id.generation() || !word.is_live()
        })
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// One look at the task; `None` once it is gone.
    pub fn info(&self) -> Option<TaskInfo> {
        let slot = crate::pool::find(self.id.index())?;
        TaskInfo::look(slot).filter(|info| info.meta.id == self.id)
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AbortHandle({})", self.id)
    }
}

/// Asks a task to stop. Its executor drops the future; this thread never does.
pub(super) fn abort(id: Id) {
    let Some(slot) = crate::pool::find(id.index()) else { return };
    match slot.header().state.abort(id.generation()) {
        Wake::Stale | Wake::Noted => {}
        // SAFETY: R1, `Submit` made us the owner.
        Wake::Submit => schedule::submit(unsafe { Runnable::from_slot(slot) }),
    }
}
