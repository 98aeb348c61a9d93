//! What a program needs of the runtime that it runs on.

use futures::future::{Either, select};
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A runtime, as a program sees it: it makes tasks, and has a clock.
pub(crate) trait World: Clone + Send + Sync + 'static {
    type Task<T: Send + 'static>: Task<T>;

    /// Starts a task.
    fn spawn<F>(&self, name: &'static str, future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send + 'static;

    fn yield_now(&self) -> impl Future<Output = ()> + Send + 'static;

    /// What `future` gives, or nothing if that takes longer than `limit`.
    fn timeout<F>(&self, limit: Duration, future: F) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        let over = self.sleep(limit);
        async move {
            match select(pin!(future), pin!(over)).await {
                Either::Left((output, _)) => Some(output),
                Either::Right(_) => None,
            }
        }
    }
}

/// A task's handle. A panic of the task goes on in whoever awaits it.
pub(crate) trait Task<T>: Future<Output = Result<T, Lost>> + Send + Unpin + 'static {}

impl<T, H: Future<Output = Result<T, Lost>> + Send + Unpin + 'static> Task<T> for H {}

/// The task was dropped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

/// Which twin of a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    Planted,
    Mended,
}

/// What a runtime may do, and a test usually does not. All of it is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Tasks are polled though nobody woke them.
    Spurious,
    /// Each poll has a new waker, and the wakers of earlier polls do nothing.
    FreshWakers,
    /// A wake-up arrives some milliseconds late.
    LateWakes,
    /// Wake-ups arrive in another order.
    Reorder,
    /// A task is dropped where it waits.
    Dropped,
}

/// How a bug shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symptom {
    /// Nothing is ready, nobody sleeps, and the program has not ended.
    Deadlock,
    /// A panic whose text contains this.
    Panic(&'static str),
}

/// What a run came to that did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// As [`Symptom::Deadlock`].
    Deadlock,
    /// So many tasks are left.
    Leaked(usize),
    /// With this text.
    Panic(String),
}

impl Seen {
    /// Whether the bug shows so.
    pub(crate) fn is(&self, symptom: Symptom) -> bool {
        match (self, symptom) {
            (Seen::Deadlock, Symptom::Deadlock) => true,
            (Seen::Panic(text), Symptom::Panic(part)) => text.contains(part),
            _ => false,
        }
    }
}

/// Locks, also after a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stretch of work that takes `steps` polls more.
pub(crate) async fn work(world: &impl World, steps: u32) {
    for _ in 0..steps {
        world.yield_now().await;
    }
}
