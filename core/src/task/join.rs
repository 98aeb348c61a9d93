//! The handle that waits for a task's outcome.

use super::abort::{AbortHandle, abort};
use super::cell;
use super::coop;
use super::error::JoinError;
use super::joinword::{self, Closed, Foreign, Joiner, Registered};
use super::meta::{Id, Meta, Site};
use super::report::{self, Report, Trouble};
use super::schedule::Shared;
use super::slot::Slot;
use super::waker::{self, Of};
use super::word::{Free, Outcome};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

/// A future for a task's outcome.
///
/// Dropping the handle detaches the task: it goes on, and its output is dropped when it is done. If it
/// panics then, the executor reports it.
///
/// Cancel safety: the handle can be polled by reference and left at any time; the outcome stays until it is
/// taken.
pub struct JoinHandle<T> {
    place: Place,
    id: Id,
    registered: Registered,
    /// A copy of the registered waker if it is none of ours, to compare with.
    foreign: Option<Box<Waker>>,
    output: PhantomData<T>,
}

enum Place {
    /// The outcome is not taken: the slot is pinned.
    Slot(Slot),
    /// The outcome was taken, and the slot given back.
    Taken(Site),
}

// SAFETY: R3, the handle moves the output to its own thread or drops it there, so `T: Send` is what it takes;
// it gives no access to the output by reference.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: R3, as above; `&JoinHandle` only looks at atomics.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> Unpin for JoinHandle<T> {}
impl<T> std::panic::UnwindSafe for JoinHandle<T> {}
impl<T> std::panic::RefUnwindSafe for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// # Safety
    /// R3: the slot holds a new task whose output is a `T`, and this is its only handle.
    #[inline(always)]
    pub(super) unsafe fn new(slot: Slot) -> JoinHandle<T> {
        JoinHandle {
            place: Place::Slot(slot),
            id: slot.header().id(),
            registered: Registered::NOBODY,
            foreign: None,
            output: PhantomData,
        }
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The task's id, name and spawn site.
    pub fn meta(&self) -> Meta {
        let site = match self.place {
            Place::Slot(slot) => slot.header().site(),
            Place::Taken(site) => site,
        };
        Meta { id: self.id, name: site.name(), location: site.location() }
    }

    /// Asks the task to stop: its future is dropped at its next `.await` that waits, or before its first
    /// poll, on a thread that may drop it. Awaiting the handle then gives a cancelled [`JoinError`], unless
    /// the task was done before.
    pub fn abort(&self) {
        abort(self.id);
    }

    /// A handle that can only abort.
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle::new(self.id)
    }

    /// `true` if the outcome is there, so that awaiting the handle does not wait. (Aborting a task does not
    /// make it finished at once.)
    pub fn is_finished(&self) -> bool {
        match self.place {
            Place::Slot(slot) => slot.header().join.is_closed(),
            Place::Taken(_) => true,
        }
    }

    /// Registers a waker, unless it is registered already. `Err` if the outcome came first.
    #[inline]
    fn register(&mut self, slot: Slot, waker: &Waker) -> Result<(), Closed> {
        let (task, counted) = match waker::task_of(waker) {
            Some(Of::Plain(task)) => (Registered::task(task), None),
            Some(Of::Counted(task)) => (Registered::counted(task), Some(task)),
            None => return self.register_foreign(slot, waker),
        };
        if task == self.registered {
            return Ok(());
        }
        if let Some(task) = counted {
            waker::count_up(task);
        }
        self.put(slot, task, None)
    }

    #[cold]
    fn register_foreign(&mut self, slot: Slot, waker: &Waker) -> Result<(), Closed> {
        if self.foreign.as_ref().is_some_and(|known| known.will_wake(waker)) {
            return Ok(());
        }
        // A foreign waker may panic when it is cloned: nothing has changed by then.
        let copy = Box::new(waker.clone());
        let new = Registered::foreign(Foreign { waker: waker.clone(), awaits: self.meta() });
        self.put(slot, new, Some(copy))
    }

    fn put(&mut self, slot: Slot, new: Registered, foreign: Option<Box<Waker>>) -> Result<(), Closed> {
        let old = slot.header().join.register(self.registered, new)?;
        self.registered = new;
        let copy = std::mem::replace(&mut self.foreign, foreign);
        // Foreign code may run in these drops; the handle is in order by now.
        joinword::drop_joiner(old);
        drop(copy);
        Ok(())
    }

    /// Takes the outcome of a finished task and gives its slot back.
    #[inline]
    fn take(&mut self, slot: Slot) -> Result<T, JoinError> {
        let header = slot.header();
        self.place = Place::Taken(header.site());
        let result = match header.state.peek().outcome() {
            // SAFETY: R3, the join word is closed, so the slot is the handle's.
            Some(Outcome::Completed) => Ok(unsafe { cell::take_output(slot) }),
            Some(Outcome::Panicked) => {
                // SAFETY: R3, as above.
                let panicked = unsafe { cell::take_panic(slot) };
                Err(JoinError::panicked(self.meta(), panicked.payload))
            }
            Some(Outcome::Cancelled) | None => Err(JoinError::cancelled(self.meta())),
        };
        // SAFETY: R3, as above; the body is empty.
        unsafe { free(slot) };
        result
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Place::Slot(slot) = self.place else { polled_again(self.meta()) };
        let spent = ready!(coop::poll_proceed(cx));
        if !slot.header().join.is_closed() && self.register(slot, cx.waker()).is_ok() {
            return Poll::Pending;
        }
        spent.made_progress();
        Poll::Ready(self.take(slot))
    }
}

#[cold]
#[track_caller]
fn polled_again(task: Meta) -> ! {
    panic!(
        "the `JoinHandle` of {task} was polled after it gave the outcome; await it once, or keep what it \
         returned"
    )
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let Place::Slot(slot) = self.place else { return };
        match slot.header().join.detach() {
            Joiner::Closed => {
                // SAFETY: R3, the task's owner came first, so the slot is ours.
                unsafe { cell::discard(slot) };
                // SAFETY: R3, as above; the body is empty.
                unsafe { free(slot) };
            }
            joiner => joinword::drop_joiner(joiner),
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.id)
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

/// The task's owner has stored the outcome: pass the slot on, or be its last user.
///
/// Nothing of the slot is touched after the swap, unless the handle is gone.
///
/// # Safety
/// R3: the caller owns the slot, whose state says `DONE`, and gives that up.
#[inline(always)]
pub(super) unsafe fn close(slot: Slot, shared: &'static Shared) {
    match slot.header().join.close() {
        Joiner::Nobody => {}
        Joiner::Task(task) => waker::wake(task),
        joiner => {
            // SAFETY: R3.
            unsafe { close_rarely(slot, joiner, shared) };
        }
    }
}

/// # Safety
/// R3: as [`close`], and `joiner` was swapped out by it.
unsafe fn close_rarely(slot: Slot, joiner: Joiner, shared: &'static Shared) {
    match joiner {
        Joiner::Detached => {
            // SAFETY: R3, the handle came first, so the slot is ours.
            unsafe { cell::discard(slot) };
            // SAFETY: R3, as above; the body is empty.
            unsafe { free(slot) };
        }
        Joiner::Counted(task) => {
            waker::wake(task);
            waker::count_down(task);
        }
        Joiner::Foreign(foreign) => {
            let Foreign { waker, awaits } = *foreign;
            if let Some(payload) = report::caught(|| waker.wake()) {
                let hook = shared.gate().hook.clone();
                Report::new(Trouble::JoinWaker, awaits).panic(hook.as_deref(), payload);
            }
        }
        Joiner::Nobody | Joiner::Task(_) | Joiner::Closed => {}
    }
}

/// Gives a slot back.
///
/// # Safety
/// R3: the caller owns the finished slot, its body is empty, and nobody else will touch it.
#[inline(always)]
pub(super) unsafe fn free(slot: Slot) {
    let header = slot.header();
    let counted = header.state.peek().is_counted();
    // SAFETY: R3.
    unsafe { cell::release_body(slot) };
    match header.state.free() {
        // Ids are exact: a slot without a next generation is never used again.
        Free::Retire => {}
        Free::Reuse if counted => waker::release_counted(slot),
        Free::Reuse => crate::pool::give(slot, slot.header().vtable().slot_bytes()),
    }
}
