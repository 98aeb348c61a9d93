//! The free functions that make tasks.

use super::{Id, JoinHandle};
use crate::context::{self, Missing};
use crate::runtime::TryCurrentError;
use crate::scheduler::{LARGE, Scheduler};
use airmail_core::{Refused, Spawn, dead_letter};
use std::future::Future;

/// Spawns a task onto the current runtime.
///
/// The task starts running without being awaited. Dropping the handle detaches it; awaiting the handle gives
/// its output, or says that it panicked or was cancelled.
///
/// # Panics
/// If the thread is in no runtime: inside `block_on`, inside a task and after
/// [`Handle::enter`](crate::runtime::Handle::enter) it is.
///
/// ```
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     let handle = airmail::spawn(async { "delivered" });
///     assert_eq!(handle.await.unwrap(), "delivered");
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[inline]
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawn_at(future, Spawn::here())
}

#[inline(always)]
#[track_caller]
pub(crate) fn spawn_at<F>(future: F, spawn: Spawn) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    if size_of::<F>() > LARGE { spawn_small(Box::pin(future), spawn) } else { spawn_small(future, spawn) }
}

#[track_caller]
fn spawn_small<F>(future: F, spawn: Spawn) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match context::runtime(|scheduler| scheduler.spawn(future, spawn)) {
        Ok(Ok(handle)) => handle,
        Ok(Err(Refused(future))) => dead_letter(future, spawn),
        Err(missing) => panic!("`spawn`: {}", TryCurrentError::from(missing)),
    }
}

/// Spawns many tasks onto the current runtime, which hears of them once: workers that sleep are woken for all of them,
/// not for each. The handles come in the order of the futures.
///
/// A future that cannot be made, since the iterator panics, takes those before it with it: they are cancelled.
///
/// # Panics
/// If the thread is in no runtime.
///
/// ```
/// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
/// runtime.block_on(async {
///     let letters = airmail::task::spawn_many((0..100).map(|n| async move { n }));
///     let mut sum = 0;
///     for letter in letters {
///         sum += letter.await.unwrap();
///     }
///     assert_eq!(sum, 4950);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn spawn_many<F>(futures: impl IntoIterator<Item = F>) -> Vec<JoinHandle<F::Output>>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match context::runtime(Scheduler::clone) {
        Ok(scheduler) => scheduler.spawn_many(futures, Spawn::here()),
        Err(missing) => panic!("`spawn_many`: {}", TryCurrentError::from(missing)),
    }
}

/// Spawns a task that stays on this thread, onto the current [`LocalSet`](super::LocalSet) or
/// [`LocalRuntime`](crate::runtime::LocalRuntime). Its future need not be `Send`.
///
/// # Panics
/// If this code runs in neither: a future that is not `Send` could otherwise change threads with its runtime.
#[inline]
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    spawn_local_at(future, Spawn::here())
}

#[inline(always)]
#[track_caller]
pub(crate) fn spawn_local_at<F>(future: F, spawn: Spawn) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    if size_of::<F>() > LARGE {
        spawn_small_local(Box::pin(future), spawn)
    } else {
        spawn_small_local(future, spawn)
    }
}

#[track_caller]
fn spawn_small_local<F>(future: F, spawn: Spawn) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    match context::local(|scheduler| scheduler.spawn_local(future, spawn)) {
        Ok(Ok(handle)) => handle,
        Ok(Err(Refused(future))) => dead_letter(future, spawn),
        Err(Missing::Destroyed) => panic!("`spawn_local`: {}", TryCurrentError::from(Missing::Destroyed)),
        Err(Missing::NoContext) => panic!(
            "`spawn_local` needs a `LocalSet` or a `LocalRuntime`: call it inside `LocalSet::run_until`, \
             inside a local task, or inside `LocalRuntime::block_on`; a `Send` future can be given to `spawn`"
        ),
    }
}

/// The id of the task that this code runs in.
///
/// # Panics
/// Outside of tasks, which includes the future that `block_on` itself was given; see [`try_id`].
#[track_caller]
pub fn id() -> Id {
    try_id().expect(
        "`task::id` was called outside of a task; the future of a `block_on` is none (see `task::try_id`)",
    )
}

/// The id of the task that this code runs in, if it runs in one.
pub fn try_id() -> Option<Id> {
    airmail_core::current_id()
}
