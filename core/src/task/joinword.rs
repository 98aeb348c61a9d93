//! The join word: who waits for a task's outcome, and who owns the finished slot.
//!
//! Two parties write it, each with a read-modify-write: the task's owner, once ([`close`](JoinWord::close)),
//! and the one join handle. Whoever comes second owns the slot.

use super::meta::Meta;
use super::report::{self, Report, Trouble};
use super::slot::TaskRef;
use super::waker::count_down;
use crate::sync::Arc;
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
    Foreign(Arc<Foreign>),
}

/// A waker that is none of ours, with the task it waits for: whoever wakes it can name that task when the slot
/// may be gone. The word has a reference, and so has the handle, to compare with.
#[derive(Debug)]
pub(super) struct Foreign {
    pub(super) waker: Waker,
    pub(super) awaits: Meta,
}

/// What the handle last put into the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Registered(*mut ());

/// Takes apart what was in the word.
///
/// # Safety
/// R2: `raw` was swapped out of a join word by the caller, or never put in.
#[inline(always)]
unsafe fn decode(raw: *mut ()) -> Joiner {
    let untagged = || raw.map_addr(|address| address & !TAGS);
    let tag = raw.addr() & TAGS;
    // The common ones first, without a jump table.
    if tag == 0 {
        // SAFETY: R2; tag 0 is what `Registered::task` made.
        return if raw.is_null() { Joiner::Nobody } else { Joiner::Task(unsafe { TaskRef::from_raw(raw) }) };
    }
    match tag {
        DETACHED => Joiner::Detached,
        CLOSED => Joiner::Closed,
        // SAFETY: R2; this tag is a reference that `Registered::foreign` gave up, and the caller alone took it out.
        BOXED => Joiner::Foreign(unsafe { Arc::from_raw(untagged().cast::<Foreign>()) }),
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

    /// Any other waker: one reference for the word, and one for the handle, which [`let_go`](Registered::let_go)
    /// gives up.
    pub(super) fn foreign(foreign: Foreign) -> Registered {
        let own = Arc::new(foreign);
        let word = Arc::into_raw(Arc::clone(&own)).cast_mut();
        std::mem::forget(own);
        Registered(word.cast::<()>().map_addr(|address| address | BOXED))
    }

    fn is_foreign(self) -> bool {
        self.0.addr() & TAGS == BOXED
    }

    /// The handle's own reference, if the waker is none of ours.
    ///
    /// # Safety
    /// R2: the caller has the handle, and has not let this go.
    pub(super) unsafe fn foreign_waker<'a>(self) -> Option<&'a Waker> {
        // SAFETY: R2, the handle's reference keeps it alive.
        self.is_foreign()
            .then(|| unsafe { &(*self.0.map_addr(|address| address & !TAGS).cast::<Foreign>()).waker })
    }

    /// Gives the handle's own reference up. Should the waker's drop panic, that is reported and goes no further.
    ///
    /// # Safety
    /// R2: the caller has the handle, and forgets this.
    #[inline(always)]
    pub(super) unsafe fn let_go(self) {
        if self.is_foreign() {
            // SAFETY: R2, the reference that was forgotten in `foreign`.
            drop_foreign(unsafe { decode(self.0) });
        }
    }

    /// # Safety
    /// R2: it came out of the word, or never went in.
    #[cold]
    unsafe fn drop_words_part(self) {
        // SAFETY: R2.
        drop_joiner(unsafe { decode(self.0) });
    }

    #[inline(always)]
    pub(super) fn into_raw(self) -> *mut () {
        self.0
    }

    #[inline(always)]
    pub(super) fn from_raw(raw: *mut ()) -> Registered {
        Registered(raw)
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
    #[inline(always)]
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

    /// The handle puts `new` in place of `before`, which it put there, and lets go of the word's part in that.
    /// `Err` once the outcome is stored; then the word's part in `new` is let go.
    ///
    /// `Release` pairs with [`close`](JoinWord::close), so that the task's owner finds the waker written; the
    /// failure's `Acquire` reads the outcome.
    #[inline(always)]
    pub(super) fn register(&self, before: Registered, new: Registered) -> Result<(), Closed> {
        let exchanged = self.0.compare_exchange(before.0, new.0, Ordering::AcqRel, Ordering::Acquire);
        let gone = if exchanged.is_ok() { before } else { new };
        if gone.0.addr() & TAGS != 0 {
            // SAFETY: R2, this exchange took it out, or it never went in.
            unsafe { gone.drop_words_part() };
        }
        exchanged.map(drop).map_err(|_| Closed)
    }
}

/// The task's outcome is stored; nothing can be registered any more.
#[derive(Debug)]
pub(super) struct Closed;

#[cold]
fn drop_foreign(joiner: Joiner) {
    let Joiner::Foreign(foreign) = joiner else { return };
    let awaits = foreign.awaits;
    if let Some(payload) = report::caught(|| drop(foreign)) {
        Report::new(Trouble::JoinWaker, awaits).panic(None, payload);
    }
}

/// Lets go of a joiner that will not be woken.
pub(super) fn drop_joiner(joiner: Joiner) {
    match joiner {
        Joiner::Counted(task) => count_down(task),
        foreign @ Joiner::Foreign(_) => drop_foreign(foreign),
        Joiner::Nobody | Joiner::Detached | Joiner::Closed | Joiner::Task(_) => {}
    }
}
