//! Tasks that stay on one worker of a multi-thread runtime.

use super::JoinHandle;
use crate::context;
use crate::local::scheduler::Scheduler as Single;
use crate::multi::scheduler::Scheduler as Multi;
use crate::runtime::{TryCurrentError, send_to_worker};
use crate::scheduler::Scheduler;
use crate::sync::{Arc, Mutex, lock};
use airmail_core::{Refused, Spawn, dead_letter};
use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Calls an asynchronous closure on one of the current runtime's workers, and runs its future there, and nowhere else: so
/// it need not be `Send`. The closure has to be, since it travels, and so has the answer.
///
/// Each call takes another worker; [`Handle::spawn_pinned_on`](crate::runtime::Handle::spawn_pinned_on) says which. Inside,
/// [`spawn_local`](super::spawn_local) makes more tasks on the same worker. A worker runs pinned tasks in turns with the
/// others; while it is blocked they wait, since nobody can take them over.
///
/// # Panics
/// If the thread is in no runtime, or in one without workers: there, use [`spawn_local`](super::spawn_local).
///
/// ```
/// use std::rc::Rc;
///
/// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
/// runtime.block_on(async {
///     let letter = airmail::task::spawn_pinned(async || {
///         let shared = Rc::new(40);
///         airmail::task::yield_now().await;
///         *shared + 2
///     });
///     assert_eq!(letter.await.unwrap(), 42);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn spawn_pinned<F, T>(function: F) -> JoinHandle<T>
where
    F: AsyncFnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    match context::runtime(Scheduler::clone) {
        Ok(scheduler) => spawn_pinned_at(&scheduler, None, function, Spawn::here()),
        Err(missing) => panic!("`spawn_pinned`: {}", TryCurrentError::from(missing)),
    }
}

/// On this worker, or on another one each time.
#[track_caller]
pub(crate) fn spawn_pinned_at<F, T>(
    scheduler: &Scheduler,
    worker: Option<usize>,
    function: F,
    spawn: Spawn,
) -> JoinHandle<T>
where
    F: AsyncFnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let Scheduler::Multi(scheduler) = scheduler else {
        panic!(
            "`spawn_pinned` needs a multi-thread runtime (`Builder::new_multi_thread`), and this one has no workers; a \
             `LocalRuntime` or a `LocalSet` runs futures that are not `Send` with `spawn_local`"
        );
    };
    let workers = scheduler.workers();
    let worker = worker.unwrap_or_else(|| scheduler.next_worker());
    assert!(
        worker < workers,
        "`spawn_pinned_on`: there is no worker {worker}; they are numbered from 0 to {}",
        workers - 1
    );
    send(scheduler, worker, function, spawn)
}

fn send<F, T>(scheduler: &Arc<Multi>, worker: usize, function: F, spawn: Spawn) -> JoinHandle<T>
where
    F: AsyncFnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let arrival = Arc::new(Arrival::default());
    let awaited = Awaited { arrival: Arc::clone(&arrival), task: None };
    let handle = match scheduler.spawn(awaited, spawn) {
        Ok(handle) => handle,
        Err(Refused(future)) => return dead_letter(future, spawn),
    };
    let letter = move |pinned: &Single| {
        if !arrival.is_unwanted() {
            let make = || pinned.spawn_local_or_cancel(async move { function().await }, spawn);
            arrival.arrive(catch_unwind(AssertUnwindSafe(make)));
        }
    };
    send_to_worker(scheduler, worker, Box::new(letter));
    handle
}

/// The handle of a pinned task, on its way from the worker.
struct Arrival<T>(Mutex<State<T>>);

struct State<T> {
    task: Option<Result<JoinHandle<T>, Box<dyn Any + Send>>>,
    waker: Option<Waker>,
    unwanted: bool,
}

impl<T> Default for Arrival<T> {
    fn default() -> Arrival<T> {
        Arrival(Mutex::new(State { task: None, waker: None, unwanted: false }))
    }
}

impl<T> Arrival<T> {
    fn is_unwanted(&self) -> bool {
        lock(&self.0).unwanted
    }

    fn arrive(&self, task: Result<JoinHandle<T>, Box<dyn Any + Send>>) {
        let mut state = lock(&self.0);
        if state.unwanted {
            drop(state);
            return abort(task);
        }
        state.task = Some(task);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn take(&self, cx: &Context<'_>) -> Option<Result<JoinHandle<T>, Box<dyn Any + Send>>> {
        // Foreign code, as is the drop of the one before: outside of the lock.
        let mut waker = Some(cx.waker().clone());
        let mut state = lock(&self.0);
        let task = state.task.take();
        std::mem::swap(&mut state.waker, &mut waker);
        drop(state);
        drop(waker);
        task
    }
}

fn abort<T>(task: Result<JoinHandle<T>, Box<dyn Any + Send>>) {
    if let Ok(task) = task {
        task.abort();
    }
}

/// The task that stands for a pinned one: any worker may poll it.
struct Awaited<T> {
    arrival: Arc<Arrival<T>>,
    task: Option<JoinHandle<T>>,
}

impl<T> Future for Awaited<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if self.task.is_none() {
            match self.arrival.take(cx) {
                None => return Poll::Pending,
                Some(Ok(task)) => self.task = Some(task),
                Some(Err(panic)) => resume_unwind(panic),
            }
        }
        let Some(task) = &mut self.task else { return Poll::Pending };
        match Pin::new(task).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(answer) => {
                self.task = None;
                match answer.map_err(super::JoinError::try_into_panic) {
                    Ok(value) => Poll::Ready(value),
                    Err(Ok(panic)) => resume_unwind(panic),
                    // It was cancelled, as its worker ends: so will this one be.
                    Err(Err(_)) => Poll::Pending,
                }
            }
        }
    }
}

impl<T> Drop for Awaited<T> {
    /// Nobody wants the answer.
    fn drop(&mut self) {
        let task = {
            let mut state = lock(&self.arrival.0);
            state.unwanted = true;
            state.task.take()
        };
        task.or_else(|| self.task.take().map(Ok)).into_iter().for_each(abort);
    }
}
