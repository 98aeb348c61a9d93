//! The executors that the suite runs on.

use crate::common;
use airmail::runtime::Handle;
use airmail::task::{self, JoinHandle, LocalSet};
use std::future::Future;
use std::pin::Pin;
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
