//! The join word: who waits for a task's outcome, and who owns the finished slot.
//!
//! Two parties write it, each with a read-modify-write: the task's owner, once ([`close`](JoinWord::close)),
//! and the one join handle. Whoever comes second owns the slot.

use super::meta::Meta;
use super::slot::TaskRef;
use super::waker::count_down;
use crate::sync::atomic::{AtomicPtr, Ordering};
use std::task::Waker;

/// The atomic word. Zero, as in fresh memory, means that nobody waits yet.
#[derive(Debug)]
pub(super) struct JoinWord(AtomicPtr<()>);

/// The handle was dropped: the task's owner gets rid of the outcome.
const DETACHED: usize = 1;
/// The outcome is stored: the handle owns the slot.
const CLOSED: usize = 2;
/// Tags in the low bits of an address.
const BOXED: usize = 3;
const COUNTED: usize = 4;
const TAGS: usize = 7;

/// Who waits, as the one who took it out of the word owns it.
#[derive(Debug)]
pub(super) enum Joiner {
    /// Nobody yet.
    Nobody,
    /// Nobody ever: the handle is gone.
    Detached,
    /// The outcome was stored before; there was nobody to take out.
    Closed,
    /// A task of this crate.
    Task(TaskRef),
    /// A task of this crate whose wakers are counted; this one counts.
    Counted(TaskRef),
    /// A waker of somebody else's.
    Foreign(Box<Foreign>),
}

/// A waker that is none of ours, boxed for the word, with the task it waits for: whoever wakes it can name
/// that task when the slot may be gone.
#[derive(Debug)]
pub(super) struct Foreign {
    pub(super) waker: Waker,
    pub(super) awaits: Meta,
}

/// What the handle last put into the word: an address and a tag to compare with, never to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Registered(*mut ());

/// Takes apart what was in the word.
///
/// # Safety
/// R2: `raw` was swapped out of a join word by the caller, or never put in.
#[inline(always)]
unsafe fn decode(raw: *mut ()) -> Joiner {
    let untagged = || raw.map_addr(|address| address & !TAGS);
    match raw.addr() & TAGS {
        0 if raw.is_null() => Joiner::Nobody,
        // SAFETY: R2; tag 0 is what `Registered::task` made.
        0 => Joiner::Task(unsafe { TaskRef::from_raw(raw) }),
        DETACHED => Joiner::Detached,
        CLOSED => Joiner::Closed,
        // SAFETY: R2; this tag is a box that `Registered::foreign` gave up, and the caller alone took it out.
        BOXED => Joiner::Foreign(unsafe { Box::from_raw(untagged().cast::<Foreign>()) }),
        // SAFETY: R2; as above, with its tag.
        COUNTED => Joiner::Counted(unsafe { TaskRef::from_raw(untagged()) }),
        _ => unreachable!("no such tag is ever stored"),
    }
}

impl Registered {
    pub(super) const NOBODY: Registered = Registered(std::ptr::null_mut());

    /// A task whose wakers are not counted.
    #[inline(always)]
    pub(super) fn task(task: TaskRef) -> Registered {
        Registered(task.into_raw().cast_mut())
    }

    /// A task whose wakers are counted; whoever puts this into a word has counted it.
    pub(super) fn counted(task: TaskRef) -> Registered {
        Registered(task.into_raw().cast_mut().map_addr(|address| address | COUNTED))
    }

    /// Any other waker.
    pub(super) fn foreign(foreign: Foreign) -> Registered {
        let own = Box::into_raw(Box::new(foreign));
        Registered(own.cast::<()>().map_addr(|address| address | BOXED))
    }
}

impl JoinWord {
    #[allow(dead_code, reason = "slots start as zeroed memory; the models construct theirs")]
    pub(super) fn new() -> JoinWord {
        JoinWord(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// For a new task in a free slot.
    #[inline(always)]
    pub(super) fn reset(&self) {
        self.0.store(std::ptr::null_mut(), Ordering::Relaxed);
    }

    /// `true` once the outcome is stored; the handle then owns the slot. `Acquire` pairs with
    /// [`close`](JoinWord::close).
    #[inline(always)]
    pub(super) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire).addr() == CLOSED
    }

    /// The task's owner has stored the outcome. `Release` pairs with the handle's `Acquire`, which then reads
    /// the outcome; `Acquire` with the handle's registration, whose waker is woken next.
    #[inline]
    pub(super) fn close(&self) -> Joiner {
        let before = self.0.swap(std::ptr::without_provenance_mut(CLOSED), Ordering::AcqRel);
        // SAFETY: R2, this swap took it out.
        unsafe { decode(before) }
    }

    /// The handle is dropped. Orderings as [`close`](JoinWord::close), in the other direction.
    #[inline]
    pub(super) fn detach(&self) -> Joiner {
        let before = self.0.swap(std::ptr::without_provenance_mut(DETACHED), Ordering::AcqRel);
        // SAFETY: R2, this swap took it out.
        unsafe { decode(before) }
    }

    /// The handle puts `new` in place of what it put there before, and gets that back. `Err` once the outcome
    /// is stored.
    ///
    /// `Release` pairs with [`close`](JoinWord::close), so that the task's owner finds the boxed waker
    /// written; the failure's `Acquire` reads the outcome.
    #[inline]
    pub(super) fn register(&self, before: Registered, new: Registered) -> Result<Joiner, Closed> {
        let exchanged = self.0.compare_exchange(before.0, new.0, Ordering::AcqRel, Ordering::Acquire);
        if let Ok(old) = exchanged {
            // SAFETY: R2, this exchange took it out.
            return Ok(unsafe { decode(old) });
        }
        // SAFETY: R2, it never went in.
        drop_joiner(unsafe { decode(new.0) });
        Err(Closed)
    }
}

/// The task's outcome is stored; nothing can be registered any more.
#[derive(Debug)]
pub(super) struct Closed;

/// Lets go of a joiner that will not be woken.
pub(super) fn drop_joiner(joiner: Joiner) {
    match joiner {
        Joiner::Counted(task) => count_down(task),
        Joiner::Foreign(foreign) => drop(foreign),
        Joiner::Nobody | Joiner::Detached | Joiner::Closed | Joiner::Task(_) => {}
    }
}
