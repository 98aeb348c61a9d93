//! A child of a scope, and the handle that waits for it.

use super::children::{Children, Leave};
use crate::sync::{Arc, Mutex};
use crate::task::{AbortHandle, Id, JoinError, JoinHandle, Meta, current_meta};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, ready};

/// The future of a child's task. L1: its fields are dropped in this order.
pub(super) struct Child<F: Future> {
    /// L2: never moved once the child is pinned.
    future: F,
    place: Arc<Place<F::Output>>,
    #[allow(dead_code, reason = "its drop says that the child is gone")]
    leave: Leave,
}

/// Where a child's output lies until its handle takes it. Whoever drops the last reference drops what lies here: the child,
/// before it leaves, or the handle, which cannot outlive the scope.
pub(super) struct Place<T> {
    found: Mutex<Found<T>>,
    children: Arc<Children>,
}

struct Found<T> {
    output: Option<T>,
    /// The child, if it panicked and its handle has not told anybody.
    panicked: Option<Meta>,
}

impl<T> Place<T> {
    fn with<R>(&self, f: impl FnOnce(&mut Found<T>) -> R) -> R {
        f(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        if let Some(child) = self.with(|found| found.panicked.take()) {
            self.children.fail(child);
        }
    }
}

impl<F: Future> Child<F> {
    pub(super) fn new(future: F, children: &Arc<Children>) -> (Child<F>, Arc<Place<F::Output>>) {
        let found = Mutex::new(Found { output: None, panicked: None });
        let place = Arc::new(Place { found, children: Arc::clone(children) });
        let child = Child { future, place: Arc::clone(&place), leave: Children::enter(children) };
        (child, place)
    }
}

impl<F: Future> Future for Child<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: L2, of the future only a pinned reference is made, and the other fields are not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: L2, it is pinned with the child.
        let future = unsafe { Pin::new_unchecked(&mut this.future) };
        let unwinding = Unwinding(&this.place);
        let poll = future.poll(cx);
        std::mem::forget(unwinding);
        let output = ready!(poll);
        this.place.with(|found| found.output = Some(output));
        Poll::Ready(())
    }
}

/// Dropped by a panic of the child's future, in its task.
struct Unwinding<'a, T>(&'a Place<T>);

impl<T> Drop for Unwinding<'_, T> {
    fn drop(&mut self) {
        self.0.with(|found| found.panicked = current_meta());
    }
}

/// A future for the outcome of a task that a [`StackScope`](super::StackScope) spawned. As
/// [`JoinHandle`](crate::JoinHandle); it cannot leave the scope.
pub struct ScopedJoinHandle<'scope, T> {
    handle: JoinHandle<()>,
    place: Arc<Place<T>>,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    pub(super) fn new(handle: JoinHandle<()>, place: Arc<Place<T>>) -> Self {
        ScopedJoinHandle { handle, place, scope: PhantomData }
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.handle.id()
    }

    /// The task's id, name and spawn site.
    pub fn meta(&self) -> Meta {
        self.handle.meta()
    }

    /// [`JoinHandle::abort`](crate::JoinHandle::abort).
    pub fn abort(&self) {
        self.handle.abort();
    }

    /// A handle that can only abort. It may leave the scope.
    pub fn abort_handle(&self) -> AbortHandle {
        self.handle.abort_handle()
    }

    /// `true` once the outcome is there.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }
}

impl<T> Future for ScopedJoinHandle<'_, T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(Pin::new(&mut self.handle).poll(cx));
        Poll::Ready(self.place.with(|found| {
            found.panicked = None;
            ended.map(|()| found.output.take().expect("a child that ended has left its output"))
        }))
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle")
            .field("id", &self.id())
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}
