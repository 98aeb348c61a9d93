//! The local runtime.

use super::handle::{EnterGuard, Handle};
use super::nested::NestedBlockOn;
use super::seat::Turns;
use crate::blocking::Wait;
use crate::context;
use crate::local::scheduler::Scheduler;
use crate::task::JoinHandle;
use airmail_core::Spawn;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

/// Runs tasks on the thread that made it; they need not be `Send`.
///
/// Made by [`Builder::build_local`](super::Builder::build_local). It cannot change threads:
///
/// ```compile_fail
/// let runtime = airmail::runtime::Builder::new_current_thread().build_local(Default::default()).unwrap();
/// std::thread::spawn(move || drop(runtime));
/// ```
///
/// Its [`Handle`] can: other threads may spawn `Send` futures onto it and wake its tasks. Dropping it is as
/// for [`Runtime`](super::Runtime); local futures are dropped on this thread.
#[derive(Debug)]
pub struct LocalRuntime {
    handle: Handle,
    scheduler: Arc<Scheduler>,
    turns: Turns,
    not_send: PhantomData<*const ()>,
}

impl LocalRuntime {
    pub(super) fn new(scheduler: Arc<Scheduler>, turns: Turns) -> LocalRuntime {
        let handle = Handle::new(Arc::clone(&scheduler).into());
        LocalRuntime { handle, scheduler, turns, not_send: PhantomData }
    }

    /// Runs a future, and meanwhile the runtime's tasks, on this thread. As
    /// [`Runtime::block_on`](super::Runtime::block_on).
    ///
    /// # Panics
    /// If this thread is inside a `block_on` of this same runtime already: the message names both places. And if the runtime
    /// is shut down for a panic ([`Builder::unhandled_panic`](super::Builder::unhandled_panic)).
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.try_block_on(future).unwrap_or_else(|nested| nested.panic())
    }

    /// As [`block_on`](LocalRuntime::block_on), and an error where that panics since this thread is inside one already.
    ///
    /// # Errors
    /// If this thread is inside a `block_on` of this same runtime. The future was not polled, and is dropped.
    ///
    /// # Panics
    /// If the runtime is shut down for a panic.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build_local(Default::default())?;
    /// runtime.block_on(async { assert!(runtime.try_block_on(async {}).is_err()) });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn try_block_on<F: Future>(&self, future: F) -> Result<F::Output, NestedBlockOn> {
        let (caller, spawn) = (Location::caller(), Spawn::here());
        context::block_in_place(|| self.turns.block_on(&self.scheduler, true, future, caller, spawn))
    }

    /// Spawns a task that stays on this thread.
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().build_local(Default::default())?;
    /// let shared = Rc::new(41);
    /// let task = runtime.spawn_local({
    ///     let shared = Rc::clone(&shared);
    ///     async move { *shared + 1 }
    /// });
    /// assert_eq!(runtime.block_on(task).unwrap(), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let spawn = Spawn::here();
        self.scheduler.spawn_local_or_cancel(future, spawn)
    }

    /// Runs a function that blocks on another thread, as
    /// [`task::spawn_blocking`](crate::task::spawn_blocking) does.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build_local(Default::default())?;
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

    /// A handle, to spawn `Send` futures from other threads.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Makes this the thread's current runtime until the guard is dropped; `spawn_local` goes to it too.
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard::new(context::enter(Arc::clone(&self.scheduler), Some(Arc::clone(&self.scheduler))))
    }
}

impl Drop for LocalRuntime {
    fn drop(&mut self) {
        self.scheduler.company.notices.give();
        let Some(worker) = self.turns.end() else { return };
        let local = Some(Arc::clone(&self.scheduler));
        let _entered = context::enter(Arc::clone(&self.scheduler), local);
        worker.shut_down(&self.scheduler);
        // Afterwards, so that a function which waits for a task hears of its end.
        context::block_in_place(|| self.scheduler.company.blocking.shutdown(Wait::Forever));
    }
}
