//! Work that blocks its thread, on a thread that may be blocked.

use super::JoinHandle;
use crate::blocking::Job;
use crate::context;
use crate::runtime::TryCurrentError;
use crate::scheduler::{Hold, Scheduler};
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};
use airmail_core::{AbortHandle, Hook, Meta, Refused, Spawn, Trouble, dead_letter, report_panic};
use std::any::Any;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Runs a function that blocks or computes for long, where it holds up no task.
///
/// It starts at once, also if the handle is not awaited. Inside, the thread is in the context of the current runtime:
/// [`spawn`](super::spawn) and [`Handle::current`](crate::runtime::Handle::current) work. Until it has run, a
/// [paused](crate::time::pause) clock does not jump; so it must not wait for a timer of this runtime then. In a
/// [simulation](crate::sim) it is run as a task, on the one thread of all tasks; so it must not wait for any of them
/// there.
///
/// # Threads
/// They are started as they are needed, up to
/// [`max_blocking_threads`](crate::runtime::Builder::max_blocking_threads); beyond that, functions wait in a queue,
/// first in, first out. A thread that had nothing to do for
/// [a while](crate::runtime::Builder::thread_keep_alive) ends. If one cannot be started, the function waits for the
/// others; if there is no other, the handle's error is a panic that says so, and nothing is run.
///
/// # Its end
/// The handle answers when the function has returned and a thread drives the runtime. A panic becomes the handle's
/// error, with its payload. An abort makes the handle answer `Cancelled`. If no thread has begun the function, it is
/// dropped then; otherwise it runs on, and a panic that comes after that is reported
/// ([`on_trouble`](crate::runtime::Builder::on_trouble)). The end of the runtime aborts all of them, and the runtime's
/// drop waits for those that run. If the runtime is gone already, the function is dropped.
///
/// # Panics
/// If the thread is in no runtime.
///
/// ```
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     let sum = airmail::task::spawn_blocking(|| (1..=1000).sum::<u64>());
///     assert_eq!(sum.await.unwrap(), 500_500);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(function: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    spawn_blocking_at(function, Spawn::here())
}

/// Runs a function that blocks or computes for long, on this thread, while another one stands in for it as a worker.
///
/// The function may borrow, and its answer is there at once; but the task that calls this makes no progress meanwhile, and
/// neither do futures that are polled with it, such as the other branches of a `select!`. Inside the function, tasks can be
/// spawned, and [`Handle::block_on`](crate::runtime::Handle::block_on) waits for others.
///
/// On a worker of a multi-thread runtime, tasks that are queued there can be taken by the other workers meanwhile, and a
/// spare begins to work; there are at least 24 spares. If there is none left, or no thread can be started, the function
/// runs all the same. Elsewhere, such as in a runtime without workers or in a task that is
/// [pinned](super::spawn_pinned), the function is called, and nothing else: there it
/// holds up the other tasks.
///
/// ```
/// use airmail::task;
///
/// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
/// let answer = runtime.block_on(runtime.spawn(async {
///     let (letter, waits) = std::sync::mpsc::channel();
///     airmail::spawn(async move { letter.send(42) });
///     // The only worker waits here for a task that another one runs.
///     task::block_in_place(|| waits.recv())
/// }));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn block_in_place<R>(function: impl FnOnce() -> R) -> R {
    context::block_in_place(function)
}

#[track_caller]
pub(crate) fn spawn_blocking_at<F, R>(function: F, spawn: Spawn) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    match context::runtime(Scheduler::clone) {
        Ok(scheduler) => spawn_blocking_on(&scheduler, function, spawn),
        Err(missing) => panic!("`spawn_blocking`: {}", TryCurrentError::from(missing)),
    }
}

/// As [`spawn_blocking`], in another runtime's context.
pub(crate) fn spawn_blocking_on<F, R>(scheduler: &Scheduler, function: F, spawn: Spawn) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    if scheduler.company().simulated {
        return scheduler.spawn_or_cancel(async move { function() }, spawn);
    }
    spawn_elsewhere(scheduler, function, spawn, |job| scheduler.company().blocking.submit(job))
}

/// A task that waits for the function, which runs where `submit` lets it.
fn spawn_elsewhere<F, R>(
    scheduler: &Scheduler,
    function: F,
    spawn: Spawn,
    submit: impl FnOnce(Box<dyn Job>),
) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let hold = scheduler.hold_time();
    let answer = Arc::new(Answer::new(function, hold, scheduler.options().hook.clone()));
    let handle = match scheduler.spawn(Awaited(Arc::clone(&answer)), spawn) {
        Ok(handle) => handle,
        Err(Refused(future)) => return dead_letter(future, spawn),
    };
    answer.state().task = Some((handle.meta(), handle.abort_handle()));
    submit(Box::new(Errand { answer, scheduler: scheduler.clone() }));
    handle
}

/// A function on its way to a thread, and what it answers on its way back to its task.
struct Answer<F, R> {
    state: Mutex<State<F, R>>,
    /// Who hears of a panic that does not arrive.
    hook: Option<Arc<Hook>>,
}

struct State<F, R> {
    /// Until a thread begins it, or nobody wants it any more. While there is one, a paused clock does not jump.
    function: Option<(F, Hold)>,
    result: Option<Result<R, Box<dyn Any + Send>>>,
    waker: Option<Waker>,
    task: Option<(Meta, AbortHandle)>,
}

impl<F, R> Answer<F, R> {
    fn new(function: F, hold: Hold, hook: Option<Arc<Hook>>) -> Answer<F, R> {
        let state = State { function: Some((function, hold)), result: None, waker: None, task: None };
        Answer { state: Mutex::new(state), hook }
    }

    fn state(&self) -> MutexGuard<'_, State<F, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever gets it may run it or drop it.
    fn take_function(&self) -> Option<(F, Hold)> {
        self.state().function.take()
    }

    fn give(&self, result: Result<R, Box<dyn Any + Send>>) {
        let waker = {
            let mut state = self.state();
            state.result = Some(result);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// A panic goes on in the task that asks.
    fn poll(&self, cx: &mut Context<'_>) -> Poll<R> {
        // Foreign code, as is the drop of the one before: outside of the lock.
        let mut waker = Some(cx.waker().clone());
        let mut state = self.state();
        match state.result.take() {
            None => {
                std::mem::swap(&mut state.waker, &mut waker);
                drop(state);
                drop(waker);
                Poll::Pending
            }
            Some(Ok(value)) => Poll::Ready(value),
            Some(Err(payload)) => {
                drop(state);
                resume_unwind(payload)
            }
        }
    }
}

/// What did not arrive, since the task was aborted meanwhile or its runtime is gone.
impl<F, R> Drop for Answer<F, R> {
    fn drop(&mut self) {
        let State { result, task, .. } = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (Some(result), Some((task, _))) = (result.take(), task.take()) else { return };
        let (trouble, panic) = match result {
            Ok(value) => (Trouble::OutputDrop, catch_unwind(AssertUnwindSafe(|| drop(value))).err()),
            Err(panic) => (Trouble::Unobserved, Some(panic)),
        };
        if let Some(panic) = panic {
            report_panic(trouble, task, self.hook.as_deref(), panic);
        }
    }
}

/// The task's future.
struct Awaited<F, R>(Arc<Answer<F, R>>);

impl<F, R> Future for Awaited<F, R> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        self.0.poll(cx)
    }
}

/// Aborted before a thread began the function: nobody will.
impl<F, R> Drop for Awaited<F, R> {
    fn drop(&mut self) {
        drop(self.0.take_function());
    }
}

/// The pool's side.
struct Errand<F, R> {
    answer: Arc<Answer<F, R>>,
    scheduler: Scheduler,
}

impl<F, R> Job for Errand<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    fn meta(&self) -> Option<Meta> {
        self.answer.state().task.as_ref().map(|(meta, _)| *meta)
    }

    fn run(self: Box<Self>) {
        let Some((function, hold)) = self.answer.take_function() else { return };
        let inside = || {
            // Its drop panics if the function left a guard of its own behind: that is the function's panic then.
            let _entered = context::enter(self.scheduler.clone(), None);
            function()
        };
        self.answer.give(catch_unwind(AssertUnwindSafe(inside)));
        // Not before the task is ready: the clock would jump over it.
        drop(hold);
    }

    fn fail(self: Box<Self>, error: &io::Error) {
        let Some((function, hold)) = self.answer.take_function() else { return };
        let message = format!("`spawn_blocking`: no thread could be started, so nothing was run: {error}");
        self.answer.give(Err(Box::new(message)));
        drop(hold);
        // Its drop may panic.
        drop(function);
    }
}

/// Not run, since the pool was shut down: the task ends too.
impl<F, R> Drop for Errand<F, R> {
    fn drop(&mut self) {
        let Some(function) = self.answer.take_function() else { return };
        let task = self.answer.state().task.as_ref().map(|(_, task)| *task);
        if let Some(task) = task {
            task.abort();
        }
        drop(function);
    }
}

#[cfg(test)]
mod tests {
    use super::spawn_elsewhere;
    use crate::context;
    use crate::runtime::Builder;
    use crate::scheduler::Scheduler;
    use airmail_core::Spawn;
    use std::thread;

    /// A function that the pool does not want cancels its task, also if the runtime goes on.
    #[test]
    fn a_job_that_is_dropped_cancels_its_task() {
        let runtime = Builder::new_current_thread().start_paused(true).build().expect("valid");
        runtime.block_on(async {
            let scheduler = context::runtime(Scheduler::clone).expect("inside");
            let handle = spawn_elsewhere(&scheduler, || 1, Spawn::here(), drop);
            assert!(handle.await.expect_err("it did not run").is_cancelled());
            // And does not hold the clock.
            crate::time::sleep(crate::time::Duration::from_hours(1)).await;
        });
    }

    /// In a simulation the function runs as a task, on the same thread.
    #[test]
    fn in_a_simulation_the_function_is_a_task() {
        let runtime = Builder::new_simulated(1).build().expect("valid");
        runtime.block_on(async {
            let here = thread::current().id();
            let handle = super::spawn_blocking(move || thread::current().id() == here);
            assert!(handle.await.expect("no panic"));
            let error = super::spawn_blocking(|| panic!("on purpose")).await.expect_err("it panics");
            assert_eq!(*error.into_panic().downcast::<&str>().expect("text"), "on purpose");
        });
    }
}
