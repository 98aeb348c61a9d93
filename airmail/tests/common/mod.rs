//! What the fault tests share: drop counters, gates, troubles that were reported, child processes.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod child;
pub(crate) mod foreign;
pub(crate) mod held;

use airmail::runtime::{Builder, LocalOptions, LocalRuntime, Runtime, Trouble};
use airmail::task::JoinHandle;
use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

/// Locks, also after a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// ---- Runtimes and what must be left of them ----

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().on_trouble(|_| {}).build().expect("the defaults make sense")
}

pub(crate) fn local_runtime() -> LocalRuntime {
    let mut builder = Builder::new_current_thread();
    builder.on_trouble(|_| {}).build_local(LocalOptions::default()).expect("the defaults make sense")
}

/// Nothing is alive; then the runtime is dropped, and still nothing is.
#[track_caller]
pub(crate) fn end(runtime: Runtime) {
    let handle = runtime.handle().clone();
    assert_eq!(handle.metrics().num_alive_tasks(), 0, "tasks are left over");
    drop(runtime);
    assert_eq!(handle.metrics().num_alive_tasks(), 0);
}

/// Runs `body` in a new runtime, at whose end no task may be left.
#[track_caller]
pub(crate) fn run<F: Future>(body: F) -> F::Output {
    let runtime = runtime();
    let output = runtime.block_on(body);
    end(runtime);
    output
}

/// As [`run`], in a local runtime.
#[track_caller]
pub(crate) fn run_local<F: Future>(body: F) -> F::Output {
    let runtime = local_runtime();
    let output = runtime.block_on(body);
    assert_eq!(runtime.handle().metrics().num_alive_tasks(), 0, "tasks are left over");
    output
}

/// Troubles that a runtime reported: kind, the task as it is displayed, message.
#[derive(Clone, Default)]
pub(crate) struct Troubles(Arc<Mutex<Vec<(Trouble, String, String)>>>);

impl Troubles {
    /// A runtime that reports here, with or without counted wakers.
    pub(crate) fn runtime(&self, count_wakers: bool) -> Runtime {
        self.builder(count_wakers).build().expect("the defaults make sense")
    }

    pub(crate) fn builder(&self, count_wakers: bool) -> Builder {
        let own = self.clone();
        let mut builder = Builder::new_current_thread();
        builder.count_wakers(count_wakers).on_trouble(move |report| {
            let entry = (report.trouble, report.task.to_string(), report.message.to_owned());
            lock(&own.0).push(entry);
        });
        builder
    }

    pub(crate) fn all(&self) -> Vec<(Trouble, String, String)> {
        lock(&self.0).clone()
    }

    pub(crate) fn kinds(&self) -> Vec<Trouble> {
        self.all().into_iter().map(|(trouble, ..)| trouble).collect()
    }
}

// ---- Exactly one drop ----

/// Hands out guards and knows how often each was dropped, and on which thread.
#[derive(Clone, Default)]
pub(crate) struct Drops(Arc<Mutex<Vec<Vec<thread::ThreadId>>>>);

/// Counts its drop. Future and output of many tests carry one.
pub(crate) struct Guard {
    drops: Drops,
    number: usize,
}

impl Drop for Guard {
    fn drop(&mut self) {
        lock(&self.drops.0)[self.number].push(thread::current().id());
    }
}

impl Drops {
    pub(crate) fn new() -> Drops {
        Drops::default()
    }

    pub(crate) fn guard(&self) -> Guard {
        let mut all = lock(&self.0);
        all.push(Vec::new());
        Guard { drops: self.clone(), number: all.len() - 1 }
    }

    /// `future`, counted.
    pub(crate) fn wrap<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let guard = self.guard();
        async move {
            let _guard = guard;
            future.await
        }
    }

    /// How many drops there were.
    pub(crate) fn count(&self) -> usize {
        lock(&self.0).iter().map(Vec::len).sum()
    }

    /// Every guard was dropped exactly once.
    #[track_caller]
    pub(crate) fn assert_each_once(&self, guards: usize) {
        let drops: Vec<usize> = lock(&self.0).iter().map(Vec::len).collect();
        assert_eq!(drops.len(), guards, "guards that were made");
        let wrong = drops.iter().enumerate().find(|(_, drops)| **drops != 1);
        assert_eq!(wrong, None, "(guard, drops): each must be dropped exactly once");
    }

    /// Every guard was dropped by this thread.
    #[track_caller]
    pub(crate) fn assert_all_here(&self) {
        let here = thread::current().id();
        assert!(lock(&self.0).iter().flatten().all(|thread| *thread == here), "dropped on another thread");
    }
}

// ---- Waiting ----

/// An event that tasks can wait for, and that keeps their wakers.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<GateState>>);

#[derive(Default)]
struct GateState {
    open: bool,
    wakers: Vec<Waker>,
    polls: usize,
}

impl Gate {
    pub(crate) fn new() -> Gate {
        Gate::default()
    }

    /// Ready once the gate is open.
    pub(crate) fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let own = self.clone();
        poll_fn(move |cx| own.poll(cx))
    }

    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0);
        state.polls += 1;
        if state.open {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        state.wakers.push(waker);
        Poll::Pending
    }

    /// How often the gate was polled.
    pub(crate) fn polls(&self) -> usize {
        lock(&self.0).polls
    }

    /// Opens the gate and wakes whoever waits.
    pub(crate) fn open(&self) {
        let mut state = lock(&self.0);
        state.open = true;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The wakers that wait, which the gate then forgets.
    pub(crate) fn take_wakers(&self) -> Vec<Waker> {
        std::mem::take(&mut lock(&self.0).wakers)
    }
}

/// Answers `Pending` once, after it woke itself.
pub(crate) fn yield_now() -> impl Future<Output = ()> + Send {
    let mut yielded = false;
    poll_fn(move |cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Lets at least `polls` tasks that are ready be polled: the future of a `block_on` is polled again after each.
pub(crate) async fn turns(polls: usize) {
    for _ in 0..polls {
        yield_now().await;
    }
}

/// One poll with a waker that does nothing.
pub(crate) fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// The outcome of a handle whose task has ended.
#[track_caller]
pub(crate) fn outcome<T>(handle: &mut JoinHandle<T>) -> Result<T, airmail::task::JoinError> {
    match poll_once(handle) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the task has not ended"),
    }
}

// ---- Panics ----

/// The text of a panic.
pub(crate) fn text(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<String>(), payload.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (_, Some(text)) => (*text).to_owned(),
        _ => "(no text)".to_owned(),
    }
}

/// The text of the panic that `code` must end with.
#[track_caller]
pub(crate) fn panic_of<R>(code: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(_) => panic!("there was no panic"),
        Err(payload) => text(&*payload),
    }
}

/// Panics when it is dropped.
pub(crate) struct PanicsInDrop(pub(crate) &'static str);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

/// The runtime still does its work: ten more tasks run.
#[track_caller]
pub(crate) fn still_works(runtime: &Runtime) {
    for n in 0..10 {
        let task = runtime.spawn(async move { n });
        assert_eq!(runtime.block_on(task).expect("it runs"), n);
    }
}

/// A future whose drop panics: after it answered, after its own panic, on abort, at shutdown.
pub(crate) fn bad_drop(answer: Poll<u32>, message: &'static str) -> impl Future<Output = u32> + Send {
    let bad = PanicsInDrop(message);
    poll_fn(move |_| {
        let _bad = &bad;
        answer
    })
}
