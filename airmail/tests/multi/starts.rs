//! Threads that cannot be started, hooks that panic, choices that make no sense.

use crate::common::{child, panic_of};
use crate::{add, builder, runtime, until, watchdog};
use airmail::runtime::Builder;
use airmail::task;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// Each start of a worker in turn fails: so does the build, and the workers before it are gone when it says so.
#[test]
fn r1_a_worker_cannot_be_started() {
    let _watchdog = watchdog("r1_a_worker_cannot_be_started");
    for workers in [1, 2, 5] {
        for n in 1..=workers {
            let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
            let count = |which: usize| {
                let counts = Arc::clone(&counts);
                move || add(&counts[which])
            };
            let (mut builder, kept) = (builder(workers), Arc::new(()));
            let hook = Arc::clone(&kept);
            builder.on_thread_start(count(0)).on_thread_stop(count(1));
            builder.on_trouble(move |_| assert_eq!(*hook, ()));
            let error =
                builder.thread_start_fails(move |start| start == n).build().expect_err("one is missing");
            assert_eq!(error.to_string(), format!("start {n} fails on request"));
            let counts = [0, 1].map(|which| counts[which].load(SeqCst));
            assert_eq!(counts, [n - 1; 2], "workers that began and that ended, of {workers}");
            builder.on_trouble(|_| {});
            assert_eq!(Arc::strong_count(&kept), 1, "something of the runtime is left");
            let runtime = builder.thread_start_fails(|_| false).build().expect("nothing fails");
            assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("it runs"), 7);
        }
    }
}

/// A build that fails inside of another runtime leaves that one as it was.
#[test]
fn r1_a_worker_cannot_be_started_inside_of_another_runtime() {
    let _watchdog = watchdog("r1_a_worker_cannot_be_started_inside_of_another_runtime");
    crate::each("a build that fails inside", |outer, _| {
        let build = || builder(3).thread_start_fails(|start| start == 2).build().is_err();
        let task =
            outer.spawn(async move { build() && airmail::spawn(async { true }).await.expect("it runs") });
        assert!(outer.block_on(task).expect("no panic"));
    });
}

/// No spare can be started: what blocks is run all the same, and the runtime ends.
#[test]
fn r1_a_spare_cannot_be_started() {
    let _watchdog = watchdog("r1_a_spare_cannot_be_started");
    for workers in [1, 2, 8] {
        let fails = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&fails);
        let mut builder = builder(workers);
        let runtime = builder.thread_start_fails(move |_| own.load(SeqCst)).build().expect("none fails yet");
        fails.store(true, SeqCst);
        // More often than there are places for spares.
        for n in 0..100 {
            let answer = runtime.block_on(runtime.spawn(async move { task::block_in_place(|| n) }));
            assert_eq!(answer.expect("no panic"), n);
        }
        fails.store(false, SeqCst);
        let (letter, waits) = std::sync::mpsc::channel();
        let task = runtime.spawn(async move {
            airmail::spawn(async move { letter.send(7) });
            task::block_in_place(|| waits.recv())
        });
        assert_eq!(runtime.block_on(task).expect("no panic"), Ok(7), "a spare again");
        crate::end(runtime);
    }
}

/// A thread for functions that block cannot be started: none lives, or another lives.
#[test]
fn r2_a_blocking_thread_cannot_be_started() {
    let _watchdog = watchdog("r2_a_blocking_thread_cannot_be_started");
    for workers in [1, 2, 8] {
        let fails = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&fails);
        let mut builder = builder(workers);
        let runtime = builder.thread_start_fails(move |_| own.load(SeqCst)).build().expect("none fails yet");
        fails.store(true, SeqCst);
        let error = runtime.block_on(runtime.spawn(async { task::spawn_blocking(|| 1).await }));
        let text = error.expect("no panic of its own").expect_err("no thread").to_string();
        assert!(text.contains("no thread could be started, so nothing was run"), "{text}");
        fails.store(false, SeqCst);
        let (open, waits) = std::sync::mpsc::channel::<()>();
        let (begun, begins) = std::sync::mpsc::channel();
        let first = runtime.spawn_blocking(move || {
            begun.send(()).expect("the test waits");
            waits.recv().is_err()
        });
        begins.recv().expect("it begins");
        fails.store(true, SeqCst);
        let second = runtime.spawn_blocking(|| 2);
        drop(open);
        assert!(runtime.block_on(first).expect("no panic"));
        assert_eq!(runtime.block_on(second).expect("it waited for the first one's thread"), 2);
        crate::end(runtime);
    }
}

/// Numbers of workers that no runtime has; the environment's are read only if the builder has none.
#[test]
fn numbers_of_workers_that_make_no_sense() {
    for workers in [0, 1025, usize::MAX] {
        let error = builder(workers).build().expect_err("nonsense");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let says = format!("`Builder::worker_threads` is {workers}; a runtime has from 1 to 1024 workers");
        assert_eq!(error.to_string(), says);
    }
    // Other runtimes have none.
    assert!(Builder::new_current_thread().worker_threads(0).build().is_ok());
}

/// `AIRMAIL_WORKER_THREADS`: a number of workers, or an error that quotes it.
#[test]
fn the_environment_says_how_many_workers() {
    const TEST: &str = "starts::the_environment_says_how_many_workers";
    for given in ["3", " 2 ", "abc", "0", "1025", "-1", ""] {
        let output = child::process_with(TEST, &[("AIRMAIL_WORKER_THREADS", given)], || {
            assert_eq!(runtime(1).handle().metrics().num_workers(), 1, "the builder's own");
            let mut builder = Builder::new_multi_thread();
            match builder.build() {
                Ok(runtime) => println!("<{}>", runtime.handle().metrics().num_workers()),
                Err(error) => println!("<{:?}: {error}>", error.kind()),
            }
        });
        assert!(output.status.success(), "{given}: {}", String::from_utf8_lossy(&output.stderr));
        let expected = match given.trim() {
            number @ ("3" | "2") => format!("<{number}>"),
            _ => format!(
                "<InvalidInput: the environment variable `AIRMAIL_WORKER_THREADS` is `{given}`; a runtime has from 1 to \
                 1024 workers>"
            ),
        };
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains(&expected), "{given:?}: {told}, expected {expected}");
    }
}

/// One that is no text is an error like any other, and not left out.
#[test]
#[cfg(unix)]
fn the_environment_may_be_no_text() {
    use std::os::unix::ffi::OsStrExt;
    const TEST: &str = "starts::the_environment_may_be_no_text";
    let given = std::ffi::OsStr::from_bytes(b"2\xff");
    let output = child::process_with(TEST, &[("AIRMAIL_WORKER_THREADS", given)], || {
        let error = Builder::new_multi_thread().build().expect_err("no number");
        println!("<{:?}: {error}>", error.kind());
    });
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        told.contains("<InvalidInput: the environment variable `AIRMAIL_WORKER_THREADS` is `2\u{fffd}`;"),
        "{told}"
    );
}

/// Choices that only a runtime without workers has are refused by name.
#[test]
fn choices_of_other_runtimes_are_refused() {
    let refused = |builder: &mut Builder, option: &str| {
        let error = builder.build().expect_err("it makes no sense");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(option), "{error}");
    };
    refused(builder(2).start_paused(true), "`Builder::start_paused`");
    refused(builder(2).pick(airmail::runtime::Fifo), "`Builder::pick`");
    refused(builder(2).event_interval(0), "`Builder::event_interval`");
    refused(builder(2).max_blocking_threads(0), "`Builder::max_blocking_threads`");
    refused(builder(2).thread_name("a\0b"), "`Builder::thread_name`");
}

/// Hooks of threads that panic: told on stderr, with the thread's name, and the workers work.
#[test]
fn p7_hooks_of_workers_panic() {
    let output = child::process("starts::p7_hooks_of_workers_panic", || {
        let _watchdog = watchdog("p7_hooks_of_workers_panic");
        let mut builder = builder(2);
        builder
            .on_thread_start(|| panic!("at the start"))
            .on_thread_stop(|| panic!("at the end"))
            .thread_name_fn(|| panic!("of the name"));
        let runtime = builder.build().expect("valid");
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("it runs"), 7);
        drop(runtime);
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    for (what, why) in [
        ("airmail: `on_thread_start` panicked in the thread `airmail-worker`", "at the start"),
        ("airmail: `on_thread_stop` panicked in the thread `airmail-worker`", "at the end"),
        ("airmail: `thread_name_fn` panicked in the thread", "of the name"),
    ] {
        // Each is written in one piece, but maybe amid a line of the panic hook's on another thread.
        let told = errors.split(what).skip(1).filter_map(|rest| rest.lines().next());
        assert_eq!(told.filter(|rest| rest.ends_with(why)).count(), 2, "{what}: {errors}");
    }
}

/// More workers than there are processors, and as many as there may be.
#[test]
fn many_workers() {
    let _watchdog = watchdog("many_workers");
    for workers in [64, 1024] {
        let runtime = runtime(workers);
        assert_eq!(runtime.handle().metrics().num_workers(), workers);
        let tasks: Vec<_> = (0..2000).map(|n| runtime.spawn(async move { n })).collect();
        let sum: usize = tasks.into_iter().map(|task| runtime.block_on(task).expect("it runs")).sum();
        assert_eq!(sum, 2000 * 1999 / 2);
        crate::end(runtime);
    }
}

/// A panic in `block_on` goes to its caller, one in a task to its handle; the runtime goes on.
#[test]
fn p1_panics_go_where_they_belong() {
    crate::each("p1_panics_go_where_they_belong", |runtime, workers| {
        assert_eq!(panic_of(|| runtime.block_on(async { panic!("in the root") })), "in the root");
        let panics: Vec<_> = (0..3 * workers).map(|_| runtime.spawn(async { panic!("in a task") })).collect();
        for task in panics {
            let task: task::JoinHandle<()> = task;
            assert!(runtime.block_on(task).expect_err("it panicked").is_panic());
        }
        until(|| runtime.handle().metrics().num_alive_tasks() == 0);
        crate::common::still_works(runtime);
    });
}
