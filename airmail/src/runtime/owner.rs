//! A runtime, as its owner holds it.

use super::current_thread::CurrentThread;
use super::handle::{EnterGuard, Handle};
use super::multi_thread::MultiThread;
use super::nested::NestedBlockOn;
use super::shutdown::{Ended, HoldersGone};
use crate::blocking::{RunningFunction, Wait};
use crate::context;
use crate::task::JoinHandle;
use airmail_core::{Counters, Spawn};
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::time::{Duration, Instant};

/// Runs `Send` tasks.
///
/// One from [`Builder::new_multi_thread`](super::Builder::new_multi_thread) has workers, threads of its own, which run
/// its tasks at any time. One from [`Builder::new_current_thread`](super::Builder::new_current_thread) has none: its tasks
/// run on whichever thread is in [`block_on`](Runtime::block_on). Several threads may be in `block_on` at once: one of them
/// runs the tasks, the others wait for their own futures, and take over when it is done.
///
/// # Dropping
/// Dropping the runtime, anywhere, also in asynchronous code, cancels every task that has not ended: each
/// future is dropped once, and handles answer `Cancelled`. It never panics. Functions of
/// [`spawn_blocking`](crate::task::spawn_blocking) that no thread has begun are dropped; for those that run, it waits, and
/// so it does for workers to end the polls that they are in. It never waits for the thread that it is dropped on: on a
/// worker it waits for nothing, and that worker finishes the work when its poll has ended. See
/// [`shutdown_timeout`](Runtime::shutdown_timeout) and [`shutdown_background`](Runtime::shutdown_background) for less
/// patience, and [`shutdown`](Runtime::shutdown) to let tasks end by themselves, and to hear what was left.
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    kind: Kind,
    /// How long its drop waits; `None`: for ever.
    patience: Option<Instant>,
}

/// Who runs the tasks.
#[derive(Debug)]
enum Kind {
    CurrentThread(CurrentThread),
    MultiThread(MultiThread),
}

impl Runtime {
    pub(super) fn of_current_thread(handle: Handle, runtime: CurrentThread) -> Runtime {
        Runtime { handle, kind: Kind::CurrentThread(runtime), patience: None }
    }

    pub(super) fn of_workers(handle: Handle, runtime: MultiThread) -> Runtime {
        Runtime { handle, kind: Kind::MultiThread(runtime), patience: None }
    }

    /// Runs a future on this thread. A runtime without workers runs its tasks meanwhile; those that have not ended when
    /// the future has wait for the next call.
    ///
    /// A panic of the future goes to the caller; the runtime stays usable. A panic of a task goes to its join
    /// handle.
    ///
    /// # Panics
    /// If the runtime has no workers, and this thread is inside a `block_on` of it already: the message names both
    /// places. Anywhere else it works: it blocks the thread, and if that is a worker, another one stands in for it (at most
    /// some twenty at a time, and not for what is pinned to the worker). And if the runtime is shut down for a panic
    /// ([`Builder::unhandled_panic`](super::Builder::unhandled_panic)).
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.try_block_on(future).unwrap_or_else(|nested| nested.panic())
    }

    /// As [`block_on`](Runtime::block_on), and an error where that panics since this thread is inside one already.
    ///
    /// # Errors
    /// If the runtime has no workers, and this thread is inside a `block_on` of it. The future was not polled, and is
    /// dropped.
    ///
    /// # Panics
    /// If the runtime is shut down for a panic.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let error = runtime.try_block_on(async { "never" }).unwrap_err();
    ///     assert_eq!(error.inner().line(), error.outer().line() + 1);
    /// });
    /// assert_eq!(runtime.try_block_on(async { 42 }).unwrap(), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn try_block_on<F: Future>(&self, future: F) -> Result<F::Output, NestedBlockOn> {
        self.block_on_at(future, Location::caller(), Spawn::here())
    }

    pub(super) fn block_on_at<F: Future>(
        &self,
        future: F,
        caller: &'static Location<'static>,
        spawn: Spawn,
    ) -> Result<F::Output, NestedBlockOn> {
        match &self.kind {
            Kind::CurrentThread(runtime) => {
                context::block_in_place(|| runtime.block_on(future, caller, spawn))
            }
            Kind::MultiThread(runtime) => Ok(MultiThread::block_on(runtime.scheduler(), future, spawn)),
        }
    }

    /// Spawns a task. Without workers, it runs while some thread is in [`block_on`](Runtime::block_on).
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

    /// Runs a function that blocks on another thread, as
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

    /// As dropping the runtime, but waits no longer than this. Workers that are still in a poll then, and functions that
    /// block, are left to themselves; the workers cancel what is left when their poll has ended.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// runtime.spawn(async { std::thread::sleep(Duration::from_millis(50)) });
    /// runtime.shutdown_timeout(Duration::from_millis(1));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_timeout(mut self, timeout: Duration) {
        // A time too far away to be said is for ever.
        self.patience = Instant::now().checked_add(timeout);
    }

    /// As dropping the runtime, but waits for nothing: [`shutdown_timeout`](Runtime::shutdown_timeout) with no time.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// runtime.shutdown_background();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_background(self) {
        self.shutdown_timeout(Duration::ZERO);
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

impl Runtime {
    /// How many tasks there were and are, also if it was shut down for a panic.
    pub(super) fn counters(&self) -> Counters {
        match &self.kind {
            Kind::MultiThread(runtime) => runtime.scheduler().counters_to_the_end(),
            Kind::CurrentThread(_) => self.handle.scheduler().counters(),
        }
    }

    /// Waits until nobody holds a notice any more, or the grace is over. (A panic for which the runtime is shut down ends it
    /// too.)
    pub(super) fn wait_for_holders(&self, grace: Duration) {
        let scheduler = self.handle.scheduler();
        let notices = &scheduler.company().notices;
        match &self.kind {
            // Its timers are fired by its workers, and they may be in polls.
            Kind::MultiThread(runtime) => {
                runtime.wait(Instant::now().checked_add(grace), |cx| notices.poll_all_gone(cx));
            }
            Kind::CurrentThread(_) => {
                let gone = HoldersGone::new(scheduler, grace);
                drop(catch_unwind(AssertUnwindSafe(|| self.block_on(gone))));
            }
        }
    }

    /// Cancels every task, and waits until the deadline.
    pub(super) fn end_tasks(&self, until: Option<Instant>) -> Ended {
        // Also where nobody is waited for.
        self.handle.scheduler().company().notices.give();
        match &self.kind {
            // On one of its own workers nothing can be waited for.
            Kind::MultiThread(runtime) if runtime.is_here() => {
                let running = runtime.abandon();
                Ended { counters: self.counters(), running }
            }
            Kind::MultiThread(runtime) => {
                let running = context::block_in_place(|| runtime.shut_down(until));
                Ended { counters: self.counters(), running }
            }
            Kind::CurrentThread(runtime) => {
                let counters = context::block_in_place(|| runtime.shut_down());
                let counters = counters.unwrap_or_else(|| self.counters());
                Ended { counters, running: Vec::new() }
            }
        }
    }

    /// Waits for the functions that block until the deadline, after the tasks: one which waits for a task hears of its
    /// end. Answers which of them run still.
    pub(super) fn end_functions(&self, until: Option<Instant>) -> Vec<RunningFunction> {
        let blocking = &self.handle.scheduler().company().blocking;
        match &self.kind {
            Kind::MultiThread(runtime) if runtime.is_here() => blocking.shutdown(Wait::No),
            _ => context::block_in_place(|| blocking.shutdown(until.map_or(Wait::Forever, Wait::Until))),
        };
        blocking.running()
    }

    pub(super) fn set_patience(&mut self, until: Option<Instant>) {
        self.patience = until;
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.end_tasks(self.patience);
        self.end_functions(self.patience);
    }
}
