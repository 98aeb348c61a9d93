//! The current-thread runtime.

use super::handle::{EnterGuard, Handle};
use super::seat::Turns;
use crate::context;
use crate::local::scheduler::Scheduler;
use crate::task::JoinHandle;
use airmail_core::Spawn;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

/// Runs `Send` tasks on whichever thread is in [`block_on`](Runtime::block_on).
///
/// Made by [`Builder::new_current_thread`](super::Builder::new_current_thread). Several threads may be in
/// `block_on` at once: one of them runs the tasks, the others wait for their own futures, and take over when
/// it is done.
///
/// # Dropping
/// Dropping the runtime, anywhere, also in asynchronous code, cancels every task that has not ended: each
/// future is dropped once, and handles answer `Cancelled`. It never panics and starts no thread. It waits
/// only for other threads that are inside a wake-up or a spawn of this runtime at that moment.
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    scheduler: Arc<Scheduler>,
    turns: Turns,
}

impl Runtime {
    pub(super) fn new(scheduler: Arc<Scheduler>, turns: Turns) -> Runtime {
        Runtime { handle: Handle::new(Arc::clone(&scheduler)), scheduler, turns }
    }

    /// Runs a future, and meanwhile the runtime's tasks, on this thread. Tasks that have not ended when the
    /// future has wait for the next call.
    ///
    /// A panic of the future goes to the caller; the runtime stays usable. A panic of a task goes to its join
    /// handle.
    ///
    /// # Panics
    /// If this thread is inside a `block_on` of this same runtime already: the message names both places.
    /// Inside another runtime it works, and blocks that runtime's thread.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.turns.block_on(&self.scheduler, false, future, Location::caller(), Spawn::here())
    }

    /// Spawns a task, which runs while some thread is in [`block_on`](Runtime::block_on).
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let task = runtime.spawn(async { 6 * 7 });
    /// assert_eq!(runtime.block_on(task).unwrap(), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn_at(future, Spawn::here())
    }

    /// Runs a function that blocks on a thread of its own, as
    /// [`task::spawn_blocking`](crate::task::spawn_blocking) does.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let sum = runtime.spawn_blocking(|| (1..=100).sum::<u32>());
    /// assert_eq!(runtime.block_on(sum).unwrap(), 5050);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, function: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(function)
    }

    /// A handle, to spawn from elsewhere.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Makes this the thread's current runtime until the guard is dropped.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let Some(worker) = self.turns.end() else { return };
        let _entered = context::enter(Arc::clone(&self.scheduler), None);
        worker.shut_down(&self.scheduler);
    }
}
