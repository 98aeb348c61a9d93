//! Handles: a runtime seen from outside.

use super::metrics::RuntimeMetrics;
use super::multi_thread::MultiThread;
use crate::context::{self, Entered, Missing};
use crate::driver::Parker;
use crate::notice::ShutdownNotice;
use crate::scheduler::Scheduler;
use crate::stalls::StallSite;
use crate::task::{JoinHandle, spawn_blocking_on, spawn_pinned_at};
use airmail_core::coop;
use airmail_core::{Spawn, TaskInfo};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A runtime seen from outside: spawns onto it from any thread, at any time, also after it is gone.
///
/// Cheap to clone. It does not keep the runtime running: once the [`Runtime`](super::Runtime) is dropped, a
/// spawn drops its future at once and the join handle answers
/// [`is_cancelled`](crate::task::JoinError::is_cancelled).
#[derive(Clone, Debug)]
pub struct Handle {
    scheduler: Scheduler,
}

/// Which kind of runtime a [`Handle`] belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeFlavor {
    /// Tasks run on the thread that is in `block_on`.
    CurrentThread,
    /// Tasks run on one thread and need not be `Send`.
    Local,
    /// Tasks run on workers, threads of the runtime's own.
    MultiThread,
}

/// This thread is in a runtime's context until the guard is dropped.
///
/// Guards of one thread must be dropped in the opposite order of their creation; otherwise the drop panics.
#[derive(Debug)]
#[must_use = "the context is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    #[allow(dead_code, reason = "its drop leaves the context")]
    entered: Entered,
    handle: PhantomData<&'a Handle>,
}

impl<'a> EnterGuard<'a> {
    pub(super) fn new(entered: Entered) -> EnterGuard<'a> {
        EnterGuard { entered, handle: PhantomData }
    }
}

/// There is no current runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryCurrentError(Missing);

impl From<Missing> for TryCurrentError {
    fn from(missing: Missing) -> TryCurrentError {
        TryCurrentError(missing)
    }
}

impl TryCurrentError {
    /// The thread is in no runtime.
    pub fn is_missing_context(&self) -> bool {
        self.0 == Missing::NoContext
    }

    /// The thread is ending and its thread-locals are gone.
    pub fn is_thread_local_destroyed(&self) -> bool {
        self.0 == Missing::Destroyed
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Missing::NoContext => {
                "no airmail runtime here: call this inside `Runtime::block_on`, inside a task, or after \
                 `Handle::enter`"
            }
            Missing::Destroyed => "no airmail runtime here: this thread is ending",
        })
    }
}

impl std::error::Error for TryCurrentError {}

impl Handle {
    pub(crate) fn new(scheduler: Scheduler) -> Handle {
        Handle { scheduler }
    }

    pub(super) fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// The runtime that this thread is in.
    ///
    /// # Panics
    /// If it is in none; see [`try_current`](Handle::try_current).
    #[track_caller]
    pub fn current() -> Handle {
        match Handle::try_current() {
            Ok(handle) => handle,
            Err(error) => panic!("{error}"),
        }
    }

    /// The runtime that this thread is in.
    ///
    /// # Errors
    /// If it is in none.
    pub fn try_current() -> Result<Handle, TryCurrentError> {
        context::runtime(|scheduler| Handle::new(scheduler.clone())).map_err(TryCurrentError)
    }

    /// Makes this the thread's current runtime until the guard is dropped.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let task = {
    ///     let _guard = runtime.handle().enter();
    ///     airmail::spawn(async { "queued until somebody drives the runtime" })
    /// };
    /// println!("{}", runtime.block_on(task).unwrap());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard::new(context::enter(self.scheduler.clone(), None))
    }

    /// Spawns a task onto the runtime, from any thread.
    ///
    /// It runs on a worker, or, without workers, when a thread drives the runtime. If the runtime is gone, the future is
    /// dropped at once and the handle answers `Cancelled`.
    #[inline]
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_at(future, Spawn::here())
    }

    #[inline(always)]
    pub(crate) fn spawn_at<F>(&self, future: F, spawn: Spawn) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.scheduler.spawn_or_cancel(future, spawn)
    }

    /// Spawns tasks onto the runtime, as [`task::spawn_many`](crate::task::spawn_many) does onto the current one.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// let letters = runtime.handle().spawn_many((0..100).map(|n| async move { n }));
    /// assert_eq!(letters.len(), 100);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_many<F>(&self, futures: impl IntoIterator<Item = F>) -> Vec<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.scheduler.spawn_many(futures, Spawn::here())
    }

    /// Calls an asynchronous closure on one of the runtime's workers, as
    /// [`task::spawn_pinned`](crate::task::spawn_pinned) does, on the one with this number.
    ///
    /// # Panics
    /// If there is no such worker: see [`RuntimeMetrics::num_workers`]. On a runtime without workers, in any case.
    ///
    /// ```
    /// use std::thread;
    ///
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// let on = |worker| runtime.block_on(runtime.handle().spawn_pinned_on(worker, async || thread::current().id()));
    /// assert_eq!(on(1).unwrap(), on(1).unwrap());
    /// assert_ne!(on(0).unwrap(), on(1).unwrap());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_pinned_on<F, T>(&self, worker: usize, function: F) -> JoinHandle<T>
    where
        F: AsyncFnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        spawn_pinned_at(&self.scheduler, Some(worker), function, Spawn::here())
    }

    /// Runs a function that blocks on another thread, as
    /// [`task::spawn_blocking`](crate::task::spawn_blocking) does.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let sum = runtime.handle().spawn_blocking(|| (1..=100).sum::<u32>());
    /// assert_eq!(runtime.block_on(sum).unwrap(), 5050);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, function: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.spawn_blocking_at(function, Spawn::here())
    }

    pub(crate) fn spawn_blocking_at<F, R>(&self, function: F, spawn: Spawn) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        spawn_blocking_on(&self.scheduler, function, spawn)
    }

    /// Runs a future on this thread, in the context of the runtime but without driving it. On a runtime without workers,
    /// tasks that the future waits for need another thread in [`Runtime::block_on`](super::Runtime::block_on), and so do
    /// its [timers](crate::time). If this thread is a worker, of any runtime, another one stands in for it meanwhile.
    ///
    /// # Panics
    /// If the runtime is shut down for a panic ([`Builder::unhandled_panic`](super::Builder::unhandled_panic)).
    ///
    /// In a [simulation](crate::sim), if it would have to wait: all tasks run on this one thread, also the functions of
    /// [`spawn_blocking`](Handle::spawn_blocking), so nobody would end that. The message says what to do instead.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        if let Scheduler::Multi(scheduler) = &self.scheduler {
            return MultiThread::block_on(scheduler, future, Spawn::here());
        }
        context::block_in_place(|| self.block_here(future))
    }

    #[track_caller]
    fn block_here<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.enter();
        let parker = Parker::new();
        let waker = Waker::from(Arc::clone(&parker));
        let mut future = pin!(future);
        loop {
            // A budget of its own: inside a task, the task's would never be refilled.
            let fresh = coop::fresh();
            let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
            drop(fresh);
            match poll {
                Poll::Ready(output) => return output,
                Poll::Pending => {
                    self.check_wait(&parker);
                    parker.park(None);
                }
            }
        }
    }

    /// Panics if this thread is the only one that could wake itself.
    #[track_caller]
    fn check_wait(&self, parker: &Parker) {
        let alone = self.scheduler.company().simulated && self.scheduler.is_here();
        assert!(
            !alone || parker.is_called(),
            "`Handle::block_on` in a simulation would wait for ever: its future waits, and this thread is the one that \
             runs all tasks, also the functions of `spawn_blocking`. Await the future in a task instead"
        );
    }

    /// Which kind of runtime this is.
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        match &self.scheduler {
            Scheduler::Multi(_) => RuntimeFlavor::MultiThread,
            Scheduler::Single(_) if self.scheduler.is_bound() => RuntimeFlavor::Local,
            Scheduler::Single(_) => RuntimeFlavor::CurrentThread,
        }
    }

    /// How many tasks there were and are.
    pub fn metrics(&self) -> RuntimeMetrics {
        let rescues = self.scheduler.company().stalls.rescues();
        RuntimeMetrics::new(self.scheduler.workers(), self.scheduler.counters(), rescues)
    }

    /// Tells whoever holds it when the runtime is to end, which then waits for it: [`ShutdownNotice`].
    pub fn shutdown_notice(&self) -> ShutdownNotice {
        ShutdownNotice::new(&self.scheduler.company().notices)
    }

    /// Where tasks were spawned whose polls took longer than
    /// [`Builder::report_stalls_after`](super::Builder::report_stalls_after) says, in the order in which they were first
    /// seen. Empty without workers.
    pub fn stalls(&self) -> Vec<StallSite> {
        self.scheduler.company().stalls.sites()
    }

    /// One look at each task of the runtime: what it is called, where it was spawned, what it is doing, how
    /// often it was polled, who woke it last.
    ///
    /// Each entry is consistent in itself; tasks come and go while they are looked at. Nothing is stopped and
    /// no task is polled.
    pub fn tasks(&self) -> Vec<TaskInfo> {
        let mut tasks = Vec::new();
        self.scheduler.for_each_task(|task| tasks.push(*task));
        tasks
    }
}
