//! The executors that the suite runs on.

use crate::common;
use airmail::runtime::{Builder, Handle, Runtime};
use airmail::task::{self, JoinHandle, LocalSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

/// An executor.
pub(crate) trait Subject: 'static {
    type Spawner: Spawner;

    /// Makes an executor, runs `body` on it, drops it.
    fn run<T, F>(body: impl FnOnce(Self::Spawner) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static;
}

/// Makes tasks, also from inside of tasks.
pub(crate) trait Spawner: Clone + Send + Sync + 'static {
    type Handle<T: Send + 'static>: Future<Output = T> + Send + Unpin + 'static;

    fn spawn<F>(&self, future: F) -> Self::Handle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;
}

/// An executor whose tasks have airmail's handles.
pub(crate) trait Real: Subject<Spawner: Tasks> {}

impl<S: Subject<Spawner: Tasks>> Real for S {}

/// Makes tasks with airmail's handles.
pub(crate) trait Tasks: Spawner {
    fn task<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;
}

/// Lets the tasks run until `it` has happened, in whatever order they are polled.
pub(crate) async fn until<P: Spawner>(spawner: &P, it: impl Fn() -> bool + Send) {
    for _ in 0..10_000 {
        if it() {
            return;
        }
        spawner.spawn(common::yield_now()).await;
    }
    panic!("it does not happen");
}

/// A handle whose task answers.
pub(crate) struct Answers<T>(JoinHandle<T>);

impl<T> Future for Answers<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(cx).map(|outcome| outcome.expect("the task answers"))
    }
}

// ---- The lesson ----

pub(crate) struct Lesson;

impl Subject for Lesson {
    type Spawner = airmail_lesson::Spawner;

    fn run<T, F>(body: impl FnOnce(Self::Spawner) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let executor = airmail_lesson::Executor::new();
        let body = body(executor.handle());
        executor.block_on(body)
    }
}

impl Spawner for airmail_lesson::Spawner {
    type Handle<T: Send + 'static> = airmail_lesson::JoinHandle<T>;

    fn spawn<F>(&self, future: F) -> Self::Handle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        airmail_lesson::Spawner::spawn(self, future)
    }
}

// ---- The current-thread runtime ----

pub(crate) struct CurrentThread;

impl Subject for CurrentThread {
    type Spawner = OnHandle;

    fn run<T, F>(body: impl FnOnce(OnHandle) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let runtime = common::runtime();
        let handle = runtime.handle().clone();
        let output = runtime.block_on(body(OnHandle(handle.clone())));
        drop(runtime);
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
        output
    }
}

// ---- The multi-thread runtime ----

/// So many workers; the body is the future of a `block_on`, beside them.
pub(crate) struct Beside<const N: usize>;

/// So many workers; the body is a task of one of them.
pub(crate) struct On<const N: usize>;

/// Runs the body with so many workers; no task and no thread may be left.
fn with_workers<T>(workers: usize, body: impl FnOnce(&Runtime) -> T) -> T {
    let threads = Arc::new(AtomicUsize::new(0));
    let (more, less) = (Arc::clone(&threads), Arc::clone(&threads));
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(workers)
        .on_trouble(|_| {})
        .on_thread_start(move || {
            more.fetch_add(1, Ordering::SeqCst);
        })
        .on_thread_stop(move || {
            less.fetch_sub(1, Ordering::SeqCst);
        });
    let runtime = builder.build().expect("valid");
    let handle = runtime.handle().clone();
    let output = body(&runtime);
    drop(runtime);
    assert_eq!(handle.metrics().num_alive_tasks(), 0);
    assert_eq!(threads.load(Ordering::SeqCst), 0, "threads that are left");
    output
}

impl<const N: usize> Subject for Beside<N> {
    type Spawner = OnHandle;

    fn run<T, F>(body: impl FnOnce(OnHandle) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        with_workers(N, |runtime| runtime.block_on(body(OnHandle(runtime.handle().clone()))))
    }
}

impl<const N: usize> Subject for On<N> {
    type Spawner = OnHandle;

    fn run<T, F>(body: impl FnOnce(OnHandle) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        with_workers(N, |runtime| {
            let task = runtime.spawn(body(OnHandle(runtime.handle().clone())));
            match runtime.block_on(task) {
                Ok(output) => output,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        })
    }
}

macro_rules! workers {
    ($($name:ident = $type:ty),*) => {$(pub(crate) type $name = $type;)*};
}

workers!(Beside1 = Beside<1>, Beside2 = Beside<2>, Beside8 = Beside<8>);
workers!(On1 = On<1>, On2 = On<2>, On8 = On<8>);

/// Spawns with a runtime's handle.
#[derive(Clone)]
pub(crate) struct OnHandle(pub(crate) Handle);

impl Tasks for OnHandle {
    fn task<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.spawn(future)
    }
}

// ---- The local runtime and the local set ----

pub(crate) struct Local;

impl Subject for Local {
    type Spawner = OnThisThread;

    fn run<T, F>(body: impl FnOnce(OnThisThread) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let runtime = common::local_runtime();
        runtime.block_on(async { body(OnThisThread).await })
    }
}

pub(crate) struct Set;

impl Subject for Set {
    type Spawner = OnThisThread;

    fn run<T, F>(body: impl FnOnce(OnThisThread) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (runtime, set) = (common::runtime(), LocalSet::new());
        let output = set.block_on(&runtime, async { body(OnThisThread).await });
        drop(set);
        common::end(runtime);
        output
    }
}

/// Spawns with `spawn_local`, so only on the thread of the executor.
#[derive(Clone)]
pub(crate) struct OnThisThread;

impl Tasks for OnThisThread {
    fn task<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        task::spawn_local(future)
    }
}

macro_rules! spawns_tasks {
    ($($type:ty),*) => {$(
        impl Spawner for $type {
            type Handle<T: Send + 'static> = Answers<T>;

            fn spawn<F>(&self, future: F) -> Answers<F::Output>
            where
                F: Future + Send + 'static,
                F::Output: Send + 'static,
            {
                Answers(self.task(future))
            }
        }
    )*};
}

spawns_tasks!(OnHandle, OnThisThread);
