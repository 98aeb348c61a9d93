//! The two that are compared: each with its own timers, and the same code for the rest.

use super::Keeps;
use std::future::Future;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// So many tasks ask, and as many answer.
const PAIRS: usize = 50;
/// How often each asks.
const EVERY: Duration = Duration::from_millis(10);

/// Its own name in the table.
pub(super) const AIRMAIL: &str = "airmail multi-thread";

/// A runtime that takes part.
pub(super) struct Contestant {
    pub(super) name: &'static str,
    pub(super) run: fn(usize, Keeps, Duration) -> Vec<Duration>,
}

pub(super) const ALL: [Contestant; 2] = [
    Contestant { name: AIRMAIL, run: contest::<airmail::runtime::Runtime> },
    Contestant { name: "tokio multi-thread", run: contest::<tokio::runtime::Runtime> },
];

/// What the runtimes do differently.
pub(super) trait Stalled {
    fn with_workers(workers: usize) -> Self;
    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static);
    fn sleep_until(time: Instant) -> impl Future<Output = ()> + Send;
}

impl Stalled for airmail::runtime::Runtime {
    fn with_workers(workers: usize) -> Self {
        // What is late is known here, and need not be told.
        let mut builder = airmail::runtime::Builder::new_multi_thread();
        builder.worker_threads(workers).on_stall(|_| {}).build().expect("valid")
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        drop(airmail::runtime::Runtime::spawn(self, future));
    }

    fn sleep_until(time: Instant) -> impl Future<Output = ()> + Send {
        airmail::time::sleep_until(time.into())
    }
}

impl Stalled for tokio::runtime::Runtime {
    fn with_workers(workers: usize) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(workers).enable_time().build().expect("valid")
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        drop(tokio::runtime::Runtime::spawn(self, future));
    }

    fn sleep_until(time: Instant) -> impl Future<Output = ()> + Send {
        tokio::time::sleep_until(time.into())
    }
}

/// Keeps a worker.
fn keep(keeps: Keeps, time: Duration) {
    match keeps {
        Keeps::Sleep => std::thread::sleep(time),
        Keeps::Loop => {
            let until = Instant::now() + time;
            while Instant::now() < until {
                (0..1_000).for_each(|n| {
                    black_box(n);
                });
            }
        }
    }
}

/// All waits for answers that were to be asked for while the workers were kept.
pub(super) fn contest<R: Stalled>(workers: usize, keeps: Keeps, time: Duration) -> Vec<Duration> {
    let runtime = R::with_workers(workers);
    let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for _ in 0..workers {
        let (begun, ended) = (Arc::clone(&begun), Arc::clone(&ended));
        runtime.spawn(async move {
            begun.fetch_add(1, SeqCst);
            keep(keeps, time);
            ended.fetch_add(1, SeqCst);
        });
    }
    // What keeps one worker may have to wait for the next one.
    while begun.load(SeqCst) < workers {
        std::thread::yield_now();
    }
    let waits = Arc::new(Mutex::new(Vec::new()));
    let (start, until) = (Instant::now(), Instant::now() + time);
    let (done, all_done) = std::sync::mpsc::channel::<()>();
    for _ in 0..PAIRS {
        let (ask, mut asked) = mpsc::channel::<oneshot::Sender<()>>(1);
        runtime.spawn(async move {
            while let Some(answer) = asked.recv().await {
                let _ = answer.send(());
            }
        });
        let (waits, done) = (Arc::clone(&waits), done.clone());
        runtime.spawn(async move {
            let mut own = Vec::new();
            // Whoever cannot ask in time has waited since then.
            let mut due = start;
            while due < until {
                R::sleep_until(due).await;
                let (answer, answered) = oneshot::channel();
                ask.send(answer).await.expect("the other one answers");
                answered.await.expect("the other one answers");
                own.push(due.elapsed());
                due += EVERY;
            }
            waits.lock().expect("no panic").extend(own);
            drop(done);
        });
    }
    drop(done);
    let _ = all_done.recv();
    // Its tasks hold the waits too.
    drop(runtime);
    Arc::into_inner(waits).expect("every task is gone").into_inner().expect("no panic")
}
