//! Work that blocks its thread, on a thread of its own.

use super::JoinHandle;
use crate::context;
use crate::local::scheduler::Scheduler;
use crate::runtime::TryCurrentError;
use airmail_core::{Hook, Meta, Refused, Spawn, Trouble, dead_letter, report_panic};
use std::any::Any;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

/// Runs a function that blocks or computes for long, where it holds up no task.
///
/// It starts at once, also if the handle is not awaited. Inside, the thread is in the context of the current runtime:
/// [`spawn`](super::spawn) and [`Handle::current`](crate::runtime::Handle::current) work. While it runs, a
/// [paused](crate::time::pause) clock does not jump; so it must not wait for a timer of this runtime then. In a
/// [simulation](crate::sim) it is run as a task, on the one thread of all tasks; so it must not wait for any of them
/// there.
///
/// # Threads
/// For now, every call starts a thread of its own. A pool with a bound comes with the multi-thread runtime.
///
/// # Its end
/// The handle answers when the function has returned and a thread drives the runtime. A panic becomes the handle's
/// error, with its payload. An abort, or the end of the runtime, makes the handle answer `Cancelled` and has no effect
/// on the function, which runs on; the runtime's drop does not wait for it. A panic that comes after that is reported
/// ([`on_trouble`](crate::runtime::Builder::on_trouble)). If no thread can be started, the handle's error is a panic
/// that says so. If the runtime is gone already, the function is dropped instead.
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

#[track_caller]
pub(crate) fn spawn_blocking_at<F, R>(function: F, spawn: Spawn) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    match context::runtime(Arc::clone) {
        Ok(scheduler) => spawn_blocking_on(&scheduler, function, spawn),
        Err(missing) => panic!("`spawn_blocking`: {}", TryCurrentError::from(missing)),
    }
}

/// As [`spawn_blocking`], in another runtime's context.
pub(crate) fn spawn_blocking_on<F, R>(scheduler: &Arc<Scheduler>, function: F, spawn: Spawn) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    if scheduler.simulated {
        return scheduler.spawn_or_cancel(async move { function() }, spawn);
    }
    spawn_elsewhere(scheduler, function, spawn, |work| {
        thread::Builder::new().name("airmail-blocking".to_owned()).spawn(work).map(drop)
    })
}

/// A task that waits for the function, which runs where `start` lets it.
fn spawn_elsewhere<F, R>(
    scheduler: &Arc<Scheduler>,
    function: F,
    spawn: Spawn,
    start: impl FnOnce(Box<dyn FnOnce() + Send>) -> io::Result<()>,
) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let answer = Arc::new(Answer::<R>::new(scheduler.options.hook.clone()));
    let awaited = Arc::clone(&answer);
    let handle = match scheduler.spawn(poll_fn(move |cx| awaited.poll(cx)), spawn) {
        Ok(handle) => handle,
        Err(Refused(future)) => return dead_letter(future, spawn),
    };
    answer.state().task = Some(handle.meta());
    let hold = scheduler.hold_time();
    let (inside, given) = (Arc::clone(scheduler), Arc::clone(&answer));
    let started = start(Box::new(move || {
        let inside = move || {
            // Its drop panics if the function left a guard of its own behind: that is the function's panic then.
            let _entered = context::enter(inside, None);
            function()
        };
        given.give(catch_unwind(AssertUnwindSafe(inside)));
        // Not before the task is ready: the clock would jump over it.
        drop(hold);
    }));
    if let Err(error) = started {
        let message = format!("`spawn_blocking`: no thread could be started, so nothing was run: {error}");
        answer.give(Err(Box::new(message)));
    }
    handle
}

/// What a function answers, on its way from its thread to its task.
struct Answer<R> {
    state: Mutex<State<R>>,
    /// Who hears of a panic that does not arrive.
    hook: Option<Arc<Hook>>,
}

struct State<R> {
    result: Option<Result<R, Box<dyn Any + Send>>>,
    waker: Option<Waker>,
    task: Option<Meta>,
}

impl<R> Answer<R> {
    fn new(hook: Option<Arc<Hook>>) -> Answer<R> {
        Answer { state: Mutex::new(State { result: None, waker: None, task: None }), hook }
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
impl<R> Drop for Answer<R> {
    fn drop(&mut self) {
        let State { result, task, .. } = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (Some(result), Some(task)) = (result.take(), task.take()) else { return };
        let (trouble, panic) = match result {
            Ok(value) => (Trouble::OutputDrop, catch_unwind(AssertUnwindSafe(|| drop(value))).err()),
            Err(panic) => (Trouble::Unobserved, Some(panic)),
        };
        if let Some(panic) = panic {
            report_panic(trouble, task, self.hook.as_deref(), panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::spawn_elsewhere;
    use crate::context;
    use crate::runtime::Builder;
    use airmail_core::Spawn;
    use std::io;
    use std::sync::Arc;
    use std::thread;

    /// A thread that cannot be started is the handle's error, and does not hold the clock for ever.
    #[test]
    fn a_thread_that_cannot_start_is_the_handles_error() {
        let runtime = Builder::new_current_thread().start_paused(true).build().expect("valid");
        runtime.block_on(async {
            let scheduler = context::runtime(Arc::clone).expect("inside");
            let refuse = |_| Err(io::Error::other("no threads today"));
            let handle = spawn_elsewhere(&scheduler, || 1, Spawn::here(), refuse);
            let error = handle.await.expect_err("it did not run");
            assert!(error.is_panic());
            assert!(error.to_string().contains("no thread could be started"), "{error}");
            assert!(error.to_string().contains("no threads today"), "{error}");
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
