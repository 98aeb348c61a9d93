//! The handle that waits for a task's outcome.

use super::abort::{AbortHandle, abort};
use super::cell::{self, Panicked};
use super::coop;
use super::current;
use super::error::JoinError;
use super::joinword::{self, Closed, Foreign, Joiner, Registered};
use super::meta::{Id, Meta};
use super::report::{self, Report, Trouble};
use super::schedule::Shared;
use super::slot::{Slot, TaskRef};
use super::ticket::{Place, Ticket};
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
    ticket: Ticket,
    output: PhantomData<T>,
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
        JoinHandle { ticket: Ticket::new(slot), output: PhantomData }
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        match self.ticket.place() {
            Place::Slot(slot, _) => slot.header().id(),
            Place::Taken(id, _) => id,
        }
    }

    /// The task's id, name and spawn site.
    pub fn meta(&self) -> Meta {
        match self.ticket.place() {
            // The handle pins the slot.
            Place::Slot(slot, _) => Meta::of(slot),
            Place::Taken(id, site) => Meta::new(id, site),
        }
    }

    /// Asks the task to stop: its future is dropped at its next `.await` that waits, or before its first
    /// poll, on a thread that may drop it. Awaiting the handle then gives a cancelled [`JoinError`], unless
    /// the task was done before.
    pub fn abort(&self) {
        if let Place::Slot(slot, _) = self.ticket.place() {
            abort(slot.header().place_of(slot.header().state.peek()));
        }
    }

    /// A handle that can only abort.
    pub fn abort_handle(&self) -> AbortHandle {
        match self.ticket.place() {
            // The handle pins the slot.
            Place::Slot(slot, _) => AbortHandle::of(slot),
            Place::Taken(id, _) => AbortHandle::of_ended(id),
        }
    }

    /// `true` if the outcome is there, so that awaiting the handle does not wait. (Aborting a task does not
    /// make it finished at once.)
    pub fn is_finished(&self) -> bool {
        match self.ticket.place() {
            Place::Slot(slot, _) => slot.header().join.is_closed(),
            Place::Taken(..) => true,
        }
    }

    /// Registers a waker, unless it is registered already. `Err` if the outcome came first.
    #[inline(always)]
    fn register(&mut self, slot: Slot, before: Registered, waker: &Waker) -> Result<(), Closed> {
        match waker::task_of(waker) {
            Some(Of::Plain(task)) if before == Registered::task(task) => Ok(()),
            Some(Of::Plain(task)) => self.put(slot, before, Registered::task(task)),
            Some(Of::Counted(task)) => self.register_counted(slot, before, task),
            None => self.register_foreign(slot, before, waker),
        }
    }

    #[cold]
    fn register_counted(&mut self, slot: Slot, before: Registered, task: TaskRef) -> Result<(), Closed> {
        let new = Registered::counted(task);
        if before == new {
            return Ok(());
        }
        waker::count_up(task);
        self.put(slot, before, new)
    }

    #[cold]
    fn register_foreign(&mut self, slot: Slot, before: Registered, waker: &Waker) -> Result<(), Closed> {
        // SAFETY: R2, the handle has not let it go.
        if unsafe { before.foreign_waker() }.is_some_and(|known| known.will_wake(waker)) {
            return Ok(());
        }
        // A foreign waker may panic when it is cloned: nothing has changed by then.
        let waker = current::while_joining(slot, || waker.clone());
        self.put(slot, before, Registered::foreign(Foreign { waker, awaits: self.meta() }))
    }

    #[inline(always)]
    fn put(&mut self, slot: Slot, before: Registered, new: Registered) -> Result<(), Closed> {
        // Foreign code may run when what was registered is let go: the handle is in order by then.
        self.ticket.set_registered(new);
        let registered = slot.header().join.register(before, new);
        // SAFETY: R2, the ticket has forgotten it.
        unsafe { before.let_go() };
        registered
    }

    /// Takes the outcome of a finished task and gives its slot back.
    #[inline(always)]
    fn take(&mut self, slot: Slot) -> Result<T, JoinError> {
        let Place::Slot(_, registered) = self.ticket.place() else { unreachable!("it is not taken yet") };
        let header = slot.header();
        let word = header.state.peek();
        self.ticket.set_taken(header.id_of(word), header.site());
        let result = if word.outcome() == Some(Outcome::Completed) {
            // SAFETY: R3, the join word is closed, so the slot is the handle's.
            Ok(unsafe { cell::take_output(slot) })
        } else {
            // SAFETY: R3, as above.
            Err(unsafe { self.take_error(slot) })
        };
        // SAFETY: R3, as above; the body is empty.
        unsafe { free(slot) };
        // SAFETY: R2, the ticket has forgotten it.
        unsafe { registered.let_go() };
        result
    }

    /// # Safety
    /// R3: the caller owns the finished slot, whose task did not complete.
    #[cold]
    unsafe fn take_error(&self, slot: Slot) -> JoinError {
        if slot.header().state.peek().outcome() == Some(Outcome::Panicked) {
            // SAFETY: R3.
            let Panicked { payload, hook } = unsafe { cell::take_panic(slot) };
            report::drop_caught(hook);
            JoinError::panicked(self.meta(), payload)
        } else {
            JoinError::cancelled(self.meta())
        }
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Place::Slot(slot, registered) = self.ticket.place() else { polled_again(self.meta()) };
        ready!(coop::poll_allowed(cx));
        if !slot.header().join.is_closed() && self.register(slot, registered, cx.waker()).is_ok() {
            return Poll::Pending;
        }
        coop::spend();
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
        let Place::Slot(slot, registered) = self.ticket.place() else { return };
        match slot.header().join.detach() {
            Joiner::Closed => {
                // SAFETY: R3, the task's owner came first, so the slot is ours.
                unsafe { cell::discard(slot) };
                // SAFETY: R3, as above; the body is empty.
                unsafe { free(slot) };
            }
            joiner => joinword::drop_joiner(joiner),
        }
        // SAFETY: R2, the handle is gone.
        unsafe { registered.let_go() };
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.id())
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
            waker::wake_with_number(task);
            waker::count_down(task);
        }
        Joiner::Foreign(foreign) => {
            let awaits = foreign.awaits;
            if let Some(payload) = report::caught(|| foreign.waker.wake_by_ref()) {
                let hook = shared.gate().hook.clone();
                Report::new(Trouble::JoinWaker, awaits).panic(hook.as_deref(), payload);
            }
            joinword::drop_joiner(Joiner::Foreign(foreign));
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
    let (counted, vtable) = (header.state.peek().is_counted(), header.vtable());
    // SAFETY: R3.
    unsafe { cell::release_body(slot, vtable) };
    match header.state.free() {
        // Ids are exact: a slot without a next generation is never used again.
        Free::Retire => {}
        Free::Reuse if counted => waker::release_counted(slot),
        Free::Reuse => crate::pool::give(slot, vtable.size()),
    }
}
