//! Why a join handle has no output to give.

use super::meta::{Id, Meta};
use super::report;
use std::any::Any;
use std::fmt;
use std::panic::Location;
use std::sync::Mutex;

/// A task ended without an output: it was cancelled, or it panicked.
///
/// It names the task and the line that spawned it.
pub struct JoinError(Box<Repr>);

struct Repr {
    task: Meta,
    kind: Kind,
}

enum Kind {
    Cancelled,
    /// A payload is `Send` but not `Sync`; the lock makes the error both, as error types should be.
    Panicked(Mutex<Box<dyn Any + Send>>),
}

impl JoinError {
    pub(super) fn cancelled(task: Meta) -> JoinError {
        JoinError(Box::new(Repr { task, kind: Kind::Cancelled }))
    }

    pub(super) fn panicked(task: Meta, payload: Box<dyn Any + Send>) -> JoinError {
        JoinError(Box::new(Repr { task, kind: Kind::Panicked(Mutex::new(payload)) }))
    }

    /// The task was aborted, or its runtime shut down before it was done.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.kind, Kind::Cancelled)
    }

    /// The task panicked.
    pub fn is_panic(&self) -> bool {
        !self.is_cancelled()
    }

    /// The panic's payload, as for [`std::panic::resume_unwind`].
    ///
    /// # Panics
    /// If the task was cancelled; see [`try_into_panic`](JoinError::try_into_panic).
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(error) => panic!("`JoinError::into_panic` of an error that is no panic: {error}"),
        }
    }

    /// The panic's payload.
    ///
    /// # Errors
    /// The error itself, if the task was cancelled.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, JoinError> {
        match *self.0 {
            Repr { kind: Kind::Panicked(payload), .. } => {
                Ok(payload.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
            }
            cancelled @ Repr { kind: Kind::Cancelled, .. } => Err(JoinError(Box::new(cancelled))),
        }
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.0.task.id
    }

    /// The task's name, if it was given one.
    pub fn name(&self) -> Option<&'static str> {
        self.0.task.name
    }

    /// The line that spawned the task.
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.0.task.location
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = &self.0.task;
        match &self.0.kind {
            Kind::Cancelled => write!(f, "{task} was cancelled"),
            Kind::Panicked(payload) => match payload.try_lock() {
                Ok(payload) => write!(f, "{task} panicked: {}", report::message(&**payload)),
                Err(_) => write!(f, "{task} panicked"),
            },
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl std::error::Error for JoinError {}

/// So that `?` works on a join in a function whose errors are those of `io`.
impl From<JoinError> for std::io::Error {
    fn from(error: JoinError) -> std::io::Error {
        std::io::Error::other(error)
    }
}
