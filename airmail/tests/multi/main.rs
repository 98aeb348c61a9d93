//! The multi-thread runtime: what it can, what it must bear, how it ends. With 1, 2 and 8 workers.
//!
//! Nothing here is ordered by time. A test that hangs is ended, with its name, by its [`Watchdog`].

#[path = "../common/mod.rs"]
mod common;
#[path = "../stress/watchdog.rs"]
mod watchdog;

mod ends;
mod fair;
mod leaves;
mod places;
mod rescue;
mod seams;
mod spawns;
mod starts;
mod timers;
mod waits;

use airmail::runtime::{Builder, Runtime};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use watchdog::Watchdog;

fn watchdog(test: &str) -> Watchdog {
    Watchdog::new(test, Duration::from_mins(2))
}

fn builder(workers: usize) -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).on_trouble(|_| {});
    builder
}

fn runtime(workers: usize) -> Runtime {
    builder(workers).build().expect("valid")
}

/// Runs `body` with 1, 2 and 8 workers. No task is left then.
fn each(test: &str, body: impl Fn(&Runtime, usize)) {
    each_with(test, |_| {}, body);
}

/// As [`each`], and no spare helps a worker that is held for long.
fn each_without_rescue(test: &str, body: impl Fn(&Runtime, usize)) {
    let change = |builder: &mut Builder| {
        builder.rescue_after(Duration::MAX);
    };
    each_with(test, change, body);
}

fn each_with(test: &str, change: impl Fn(&mut Builder), body: impl Fn(&Runtime, usize)) {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog(&format!("{test}, {workers} workers"));
        let mut builder = builder(workers);
        change(&mut builder);
        let runtime = builder.build().expect("valid");
        body(&runtime, workers);
        end(runtime);
    }
}

/// Every task ends by itself; a worker may be about to count the last one.
fn end(runtime: Runtime) {
    until(|| runtime.handle().metrics().num_alive_tasks() == 0);
    common::end(runtime);
}

fn add(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::SeqCst);
}

/// Waits until other threads have come so far.
fn until(it: impl Fn() -> bool) {
    while !it() {
        std::thread::yield_now();
    }
}

#[test]
fn many_tasks_answer() {
    each("many_tasks_answer", |runtime, _| {
        let done = Arc::new(AtomicUsize::new(0));
        let sum: usize = runtime.block_on(async {
            let counted = Arc::clone(&done);
            airmail::spawn(async move {
                let handles: Vec<_> = (0..10_000)
                    .map(|n| {
                        let done = Arc::clone(&counted);
                        airmail::spawn(async move {
                            airmail::task::yield_now().await;
                            done.fetch_add(1, Ordering::Relaxed);
                            n
                        })
                    })
                    .collect();
                let mut sum = 0;
                for handle in handles {
                    sum += handle.await.expect("no panic");
                }
                sum
            })
            .await
            .expect("no panic")
        });
        assert_eq!(sum, 10_000 * 9_999 / 2);
        assert_eq!(done.load(Ordering::Relaxed), 10_000);
    });
}
