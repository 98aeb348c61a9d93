//! What an executor hears of troubles that nobody else would: a panic that no handle took, a task that
//! nobody can wake.

use super::meta::Meta;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The task panicked and its handle was dropped, so nobody saw it.
    Unobserved,
    /// The drop of the task's future panicked.
    FutureDrop,
    /// The drop of the task's output panicked; the output was nobody's any more.
    OutputDrop,
    /// The waker of whoever awaited the task's handle panicked.
    JoinWaker,
    /// The task was woken and queued, but what was to wake its executor panicked: the waker of its driver, or of
    /// whoever polls its local set.
    Unpark,
    /// The task waits, and nobody holds a waker of it: it can never run again.
    Orphan,
}

/// One trouble of one task, as an executor's hook sees it.
#[derive(Debug)]
pub struct Report<'a> {
    /// What happened.
    pub trouble: Trouble,
    /// To which task.
    pub task: Meta,
    /// The panic's message, or what else there is to say.
    pub message: &'a str,
    /// The panic's payload, if the trouble was one.
    pub payload: Option<&'a (dyn Any + Send)>,
}

/// What an executor does with a report. Called on the thread where the trouble happened, possibly inside a
/// drop: it must not block. Its own panics are caught and ignored.
pub type Hook = dyn Fn(&Report<'_>) + Send + Sync;

impl<'a> Report<'a> {
    pub(super) fn new(trouble: Trouble, task: Meta) -> Report<'a> {
        Report { trouble, task, message: "", payload: None }
    }

    /// Delivers the report of a panic, and gets rid of its payload.
    pub(super) fn panic(self, hook: Option<&Hook>, payload: Box<dyn Any + Send>) {
        Report { message: message(&*payload), payload: Some(&*payload), ..self }.deliver(hook);
        discard_payload(payload);
    }

    /// Without a hook, one line on stderr.
    pub(super) fn deliver(&self, hook: Option<&Hook>) {
        if let Some(second) = caught(|| match hook {
            Some(hook) => hook(self),
            None => eprintln!("airmail: {self}"),
        }) {
            discard_payload(second);
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { task, message, .. } = self;
        match self.trouble {
            Trouble::Unobserved => write!(f, "{task} panicked, and nobody awaited its handle: {message}"),
            Trouble::FutureDrop => write!(f, "{task}: dropping its future panicked: {message}"),
            Trouble::OutputDrop => write!(f, "{task}: dropping its output panicked: {message}"),
            Trouble::JoinWaker => write!(f, "{task}: the waker of its joiner panicked: {message}"),
            Trouble::Unpark => {
                write!(f, "{task} was queued, but the waker of its executor panicked: {message}")
            }
            Trouble::Orphan => write!(
                f,
                "{task} can never run again: it answered Pending and nobody holds a waker of it; \
                 its future must keep `cx.waker().clone()` where an event finds it"
            ),
        }
    }
}

/// Tells of a panic that nobody else would hear of, for an executor that does work of a task elsewhere. Without a hook,
/// one line on stderr.
pub fn report_panic(trouble: Trouble, task: Meta, hook: Option<&Hook>, payload: Box<dyn Any + Send>) {
    Report::new(trouble, task).panic(hook, payload);
}

/// Runs `code`; its panic, if any, as a value.
pub(super) fn caught(code: impl FnOnce()) -> Option<Box<dyn Any + Send>> {
    catch_unwind(AssertUnwindSafe(code)).err()
}

/// Drops what may be the last reference to something of somebody else's. Its panic is nobody's here.
pub(super) fn drop_caught<T>(value: T) {
    if let Some(payload) = caught(|| drop(value)) {
        discard_payload(payload);
    }
}

/// The text of a panic.
pub(super) fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "(a panic payload that is no text)"
    }
}

/// Drops a payload whose drop may panic; what that panic carries is leaked, since its drop may panic too.
pub(crate) fn discard_payload(payload: Box<dyn Any + Send>) {
    if let Some(second) = caught(|| drop(payload)) {
        std::mem::forget(second);
    }
}
