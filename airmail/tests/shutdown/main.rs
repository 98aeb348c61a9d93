//! A runtime ends in order, and says what was left.
//!
//! Nothing here is ordered by time: what has to be late waits for a channel. A test that hangs is ended, with its name, by
//! its [`Watchdog`].

#[path = "../common/mod.rs"]
mod common;
#[path = "../stress/watchdog.rs"]
mod watchdog;

mod workers;

use airmail::runtime::{Builder, Grace, Runtime, ShutdownReport, UnhandledPanic};
use airmail::task;
use airmail::time::{Duration, Instant, sleep};
use common::Gate;
use std::future::pending;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use watchdog::Watchdog;

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(30);

fn watchdog(test: &str) -> Watchdog {
    Watchdog::new(test, Duration::from_mins(2))
}

/// Every kind of runtime that has a `shutdown`.
fn each(test: &str, body: impl Fn(&mut Builder)) {
    for count in [0, 1, 2, 8] {
        let kind = if count == 0 { Builder::new_current_thread } else { Builder::new_multi_thread };
        let mut builder = kind();
        builder.worker_threads(count);
        let _watchdog = watchdog(&format!("{test}, {count} workers"));
        body(builder.on_trouble(|_| {}).report_stalls_after(Duration::MAX));
    }
}

/// Lets the tasks that were spawned come as far as they come, on a runtime of any kind.
fn settle(runtime: &Runtime) {
    while runtime.handle().tasks().iter().any(|task| task.polls == 0) {
        runtime.block_on(task::yield_now());
        thread::yield_now();
    }
}

fn counts(report: &ShutdownReport) -> (u64, u64) {
    (report.completed, report.cancelled)
}

/// Blocks this thread until the sender is gone.
fn wait_for(receive: &Receiver<()>) {
    let _ = receive.recv();
}

/// Queued, idle, sleeping and yielding tasks are cancelled, and so is one that ended before not counted.
#[test]
fn s1_every_kind_of_task_is_counted() {
    each("s1_every_kind_of_task_is_counted", |builder| {
        let runtime = builder.build().expect("valid");
        runtime.block_on(runtime.spawn(async {})).expect("it runs");
        runtime.spawn(pending::<()>());
        runtime.spawn(sleep(LONG));
        runtime.spawn(async {
            loop {
                task::yield_now().await;
            }
        });
        settle(&runtime);
        let report = runtime.shutdown(LONG);
        assert_eq!(counts(&report), (0, 3), "{report}");
        assert!(report.is_clean(), "{report}");
    });
}

/// Who holds a notice hears of the end, and is waited for: it may spawn, wait and sleep still. Others go on meanwhile.
#[test]
fn who_asked_ends_in_order() {
    each("who_asked_ends_in_order", |builder| {
        let runtime = builder.build().expect("valid");
        let (tell, told) = mpsc::channel();
        let (begun, begins) = mpsc::channel();
        for n in 0..3 {
            let (tell, begun) = (tell.clone(), begun.clone());
            runtime.spawn(async move {
                let notice = task::shutdown_notice();
                begun.send(notice.is_given()).expect("the test listens");
                notice.given().await;
                assert!(notice.is_given());
                let helper = airmail::spawn(async move {
                    sleep(SHORT).await;
                    n
                });
                tell.send(helper.await.expect("not cancelled")).expect("the test listens");
            });
        }
        runtime.spawn(pending::<()>());
        settle(&runtime);
        // One may have begun its first poll and no more.
        assert!((0..3).all(|_| begins.recv() == Ok(false)));
        let report = runtime.shutdown(LONG);
        assert_eq!(counts(&report), (6, 1), "{report}");
        assert!(report.is_clean() && report.elapsed < LONG, "{report}");
        drop(tell);
        let mut all: Vec<_> = told.iter().collect();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
    });
}

/// Who holds a notice and does not end is cancelled when the grace is over.
#[test]
fn who_asked_and_does_not_end() {
    each("who_asked_and_does_not_end", |builder| {
        let runtime = builder.build().expect("valid");
        runtime.spawn(async {
            let _notice = task::shutdown_notice();
            pending::<()>().await;
        });
        // A clone holds it too, wherever it is.
        let notice = runtime.handle().shutdown_notice();
        let second = notice.clone();
        settle(&runtime);
        drop(notice);
        let report = runtime.shutdown(Grace::new(SHORT));
        assert_eq!(counts(&report), (0, 1), "{report}");
        assert!(second.is_given() && report.elapsed >= SHORT, "{report}");
    });
}

/// A notice that nobody waits for any more is no reason to wait, and it may be asked for again.
#[test]
fn notices_come_and_go() {
    each("notices_come_and_go", |builder| {
        let runtime = builder.build().expect("valid");
        let notice = runtime.handle().shutdown_notice();
        runtime.block_on(async {
            for _ in 0..2 {
                let given = airmail::time::timeout(Duration::from_millis(1), notice.given());
                given.await.expect_err("nobody ends it");
            }
        });
        drop(notice);
        let handle = runtime.handle().clone();
        let report = runtime.shutdown(LONG);
        assert!(report.elapsed < LONG, "{report}");
        let late = handle.shutdown_notice();
        assert!(late.is_given(), "also afterwards");
    });
}

/// Functions that block: those that run are named, with the line that spawned them; those that wait are dropped.
#[test]
fn s5_functions_that_run_still() {
    each("s5_functions_that_run_still", |builder| {
        let runtime = builder.max_blocking_threads(1).build().expect("valid");
        let (release, receive) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        let runs = move || {
            begin.send(()).expect("the test listens");
            wait_for(&receive);
        };
        drop(task::Builder::new().name("copies").spawn_blocking_on(runs, runtime.handle()));
        let (never, dropped) = mpsc::channel::<()>();
        drop(runtime.spawn_blocking(move || drop(never)));
        begun.recv().expect("it runs");
        let report = runtime.shutdown(SHORT);
        let [function] = &report.blocking[..] else { panic!("one runs: {report}") };
        assert_eq!(function.task.name, Some("copies"));
        assert!(function.task.location.file().ends_with("shutdown/main.rs"));
        assert_eq!(counts(&report), (0, 2), "their tasks are cancelled: {report}");
        assert!(report.to_string().contains("\n  still running: function of task "), "{report}");
        dropped.recv().expect_err("it was dropped, not run");
        drop(release);
    });
}

/// Functions that end in time are waited for, and leave nothing.
#[test]
fn functions_that_end_in_time() {
    each("functions_that_end_in_time", |builder| {
        let runtime = builder.build().expect("valid");
        let gate = Gate::new();
        let (wait, open) = (gate.wait(), gate);
        let handle = runtime.handle().clone();
        let (tell, told) = mpsc::channel();
        runtime.spawn_blocking(move || {
            tell.send(()).expect("the test listens");
            handle.block_on(wait);
            tell.send(()).expect("the test listens");
        });
        runtime.spawn(async move {
            let notice = task::shutdown_notice();
            notice.given().await;
            open.open();
        });
        settle(&runtime);
        told.recv().expect("it begins");
        let report = runtime.shutdown(LONG);
        assert!(report.is_clean(), "{report}");
        told.recv().expect("it ran to its end");
    });
}

/// Without blocking: in another runtime, in one without workers too; and if nobody waits for the answer.
#[test]
fn without_blocking_the_thread() {
    each("without_blocking_the_thread", |builder| {
        let outer = Builder::new_current_thread().build().expect("valid");
        let beside = outer.spawn(async { 7 });
        let report = outer.block_on(async {
            let runtime = builder.build().expect("valid");
            runtime.spawn(pending::<()>());
            let report = runtime.shutdown_async(LONG).await;
            assert_eq!(beside.await.expect("it runs"), 7);
            report
        });
        assert_eq!(counts(&report), (0, 1), "{report}");
        let runtime = builder.build().expect("valid");
        let task = runtime.spawn(pending::<()>());
        drop(runtime.shutdown_async(LONG));
        assert!(outer.block_on(task).expect_err("it ends").is_cancelled());
    });
}

/// Notice is given where a runtime is dropped, too, and by a panic for which it is shut down.
#[test]
fn every_end_gives_notice() {
    each("every_end_gives_notice", |builder| {
        let outer = Builder::new_current_thread().build().expect("valid");
        let runtime = builder.build().expect("valid");
        let notice = runtime.handle().shutdown_notice();
        let hears = outer.spawn(async move { notice.given().await });
        drop(runtime);
        outer.block_on(hears).expect("no panic");
    });
}

/// A panic for which the runtime is shut down comes while those who asked are waited for.
#[test]
fn a_panic_amid_the_grace() {
    each("a_panic_amid_the_grace", |builder| {
        builder.unhandled_panic(UnhandledPanic::ShutdownRuntime);
        let outer = Builder::new_current_thread().build().expect("valid");
        let runtime = builder.build().expect("valid");
        let _held = runtime.handle().shutdown_notice();
        drop(runtime.spawn(async {
            let notice = task::shutdown_notice();
            notice.given().await;
            panic!("on purpose");
        }));
        settle(&runtime);
        let report = outer.block_on(runtime.shutdown_async(LONG));
        assert!(report.elapsed < LONG, "{report}");
    });
}

/// It was shut down for a panic before: there is nobody to be waited for.
#[test]
fn after_a_panic() {
    each("after_a_panic", |builder| {
        builder.unhandled_panic(UnhandledPanic::ShutdownRuntime);
        let runtime = builder.build().expect("valid");
        let _notice = runtime.handle().shutdown_notice();
        drop(runtime.spawn(async { panic!("on purpose") }));
        let waits = || runtime.block_on(pending::<()>());
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(waits)).expect_err("it says why");
        let report = runtime.shutdown(LONG);
        assert!(report.is_clean() && report.elapsed < LONG, "{report}");
    });
}

/// Under every seed of a simulation: each kind of task, and those who asked end in order, in the simulation's time.
#[airmail::test(seeds = 200)]
async fn in_a_simulation() {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.start_paused(true).build().expect("valid");
    let begun = Instant::now();
    runtime.spawn(pending::<()>());
    runtime.spawn(sleep(LONG));
    runtime.spawn(async {
        let notice = task::shutdown_notice();
        notice.given().await;
        sleep(Duration::from_secs(2)).await;
    });
    settle(&runtime);
    let report = runtime.shutdown(Duration::from_secs(5));
    assert_eq!(counts(&report), (1, 2), "{report}");
    assert!(report.is_clean() && begun.elapsed() < LONG);
}
