//! `spawn_blocking`: on a thread of its own, with a task's handle.

mod common;

use airmail::runtime::{Builder, Handle, Runtime, Trouble};
use airmail::task::{self, spawn_blocking};
use airmail::time::{Duration, pause, timeout};
use common::{Drops, PanicsInDrop, Troubles, panic_of, still_works};
use std::panic::Location;
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::thread;

/// A runtime with one thread for functions that block.
fn one_thread() -> Runtime {
    Builder::new_current_thread().max_blocking_threads(1).on_trouble(|_| {}).build().expect("valid")
}

#[test]
fn it_runs_elsewhere_and_answers() {
    common::run(async {
        let here = thread::current().id();
        let handle = spawn_blocking(move || (thread::current().id() != here, 7));
        assert_eq!(handle.await.expect("no panic"), (true, 7));
        let handles: Vec<_> = (0..20).map(|n| spawn_blocking(move || n)).collect();
        for (n, handle) in handles.into_iter().enumerate() {
            assert_eq!(handle.await.expect("no panic"), n);
        }
    });
}

/// It starts without being awaited: the thread that spawned it may block until it has done something.
#[test]
fn it_starts_at_once() {
    common::run(async {
        let (sender, receiver) = mpsc::channel();
        let handle = spawn_blocking(move || sender.send(7).expect("the test listens"));
        assert_eq!(receiver.recv(), Ok(7));
        handle.await.expect("no panic");
    });
}

/// Fault catalogue P8.
#[test]
fn p8_a_blocking_function_panics() {
    let runtime = common::runtime();
    let error = runtime.block_on(runtime.spawn_blocking(|| panic!("on purpose"))).expect_err("it panics");
    assert!(error.is_panic());
    assert!(error.to_string().contains("on purpose"), "{error}");
    assert_eq!(*error.into_panic().downcast::<&str>().expect("the payload"), "on purpose");
    // Payloads of any type, and any number of them.
    for n in 0..10 {
        let handle = runtime.spawn_blocking(move || std::panic::panic_any(n));
        let payload = runtime.block_on(handle).expect_err("it panics").into_panic();
        assert_eq!(*payload.downcast::<i32>().expect("the payload"), n);
        assert_eq!(runtime.block_on(runtime.spawn_blocking(move || n)).expect("no panic"), n);
    }
    still_works(&runtime);
    common::end(runtime);
}

/// A panic that no handle takes is reported.
#[test]
fn p8_an_unobserved_panic_is_reported() {
    let troubles = Troubles::default();
    let runtime = troubles.runtime(true);
    drop(runtime.spawn_blocking(|| panic!("on purpose")));
    runtime.block_on(async {
        while troubles.all().is_empty() {
            airmail::task::yield_now().await;
        }
    });
    assert_eq!(troubles.kinds(), [Trouble::Unobserved]);
    common::end(runtime);
}

/// The place is the caller's.
#[test]
fn the_spawn_site_is_the_callers() {
    let runtime = common::runtime();
    let line = Location::caller().line();
    let named = || task::Builder::new().name("named");
    let handles = runtime.block_on(async {
        [
            spawn_blocking(|| ()),
            Handle::current().spawn_blocking(|| ()),
            runtime.spawn_blocking(|| ()),
            named().spawn_blocking(|| ()).expect("spawned"),
            named().spawn_blocking_on(|| (), runtime.handle()).expect("spawned"),
        ]
    });
    for (n, handle) in (0..).zip(handles) {
        let task = handle.meta();
        assert_eq!((task.location.file(), task.location.line()), (file!(), line + 4 + n));
        assert_eq!(task.name, (n >= 3).then_some("named"));
        runtime.block_on(handle).expect("no panic");
    }
}

/// Inside, the thread is in the runtime.
#[test]
fn inside_it_is_in_the_runtime() {
    common::run(async {
        let handle = spawn_blocking(|| {
            let task = airmail::spawn(async { 7 });
            Handle::current().block_on(task).expect("no panic")
        });
        assert_eq!(handle.await.expect("no panic"), 7);
    });
}

/// A guard that is never dropped is the handle's error: it does not keep the handle from answering, or the clock from
/// going on.
#[test]
fn a_guard_that_is_left_behind_is_the_handles_error() {
    common::run(async {
        pause();
        let handle = spawn_blocking(|| std::mem::forget(Handle::current().enter()));
        let error =
            timeout(Duration::from_hours(1), handle).await.expect("it answers").expect_err("it panicked");
        assert!(error.to_string().contains("a later guard of this thread is still alive"), "{error}");
    });
}

/// An abort makes the handle answer, and lets a function run on that has begun.
#[test]
fn an_abort_does_not_stop_it() {
    common::run(async {
        let (go, wait) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let handle = spawn_blocking(move || {
            begun.send(()).expect("the test listens");
            wait.recv().expect("it is told to go");
            tell.send(7).expect("the test listens");
        });
        begins.recv().expect("it begins");
        handle.abort();
        assert!(handle.await.expect_err("aborted").is_cancelled());
        go.send(()).expect("it waits");
        assert_eq!(told.recv(), Ok(7));
    });
}

/// What the handle does not hear of any more is reported: a panic of the function, or of the drop of what it answered.
#[test]
fn a_panic_after_an_abort_is_reported() {
    let troubles = Troubles::default();
    let runtime = troubles.runtime(true);
    let aborted = |answer: fn() -> PanicsInDrop| {
        let (go, wait) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let handle = runtime.spawn_blocking(move || {
            begun.send(()).expect("the test listens");
            wait.recv().expect("it is told to go");
            answer()
        });
        begins.recv().expect("it begins");
        handle.abort();
        assert!(runtime.block_on(handle).is_err_and(|error| error.is_cancelled()));
        go.send(()).expect("it waits");
    };
    aborted(|| panic!("of the function"));
    while troubles.kinds() != [Trouble::Unobserved] {
        thread::yield_now();
    }
    aborted(|| PanicsInDrop("of the answer"));
    while troubles.kinds() != [Trouble::Unobserved, Trouble::OutputDrop] {
        thread::yield_now();
    }
    let messages: Vec<_> = troubles.all().into_iter().map(|(.., message)| message).collect();
    assert_eq!(messages, ["of the function", "of the answer"]);
}

/// The runtime's drop cancels the task, and waits for the function, whose answer is dropped then.
#[test]
fn s5_a_dropped_runtime_waits() {
    let runtime = common::runtime();
    let drops = Drops::new();
    let (go, wait) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let (guard, inside) = (drops.guard(), drops.guard());
    let mut handle = runtime.spawn_blocking(move || {
        let _inside = inside;
        begun.send(()).expect("the test listens");
        wait.recv().expect("it is told to go");
        guard
    });
    begins.recv().expect("it begins");
    thread::scope(|scope| {
        let dropping = scope.spawn(|| drop(runtime));
        let error = loop {
            if let Poll::Ready(outcome) = common::poll_once(&mut handle) {
                break outcome.err().expect("its runtime is gone");
            }
            thread::yield_now();
        };
        assert!(error.is_cancelled());
        assert!(!dropping.is_finished(), "the function runs");
        assert_eq!(drops.count(), 0, "the function runs");
        go.send(()).expect("it waits");
        dropping.join().expect("no panic");
        drops.assert_each_once(2);
    });
}

/// Functions that wait for a thread when the runtime ends are not run.
#[test]
fn s5_queued_functions_are_cancelled() {
    let runtime = one_thread();
    let drops = Drops::new();
    let (begun, begins) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let first = runtime.spawn_blocking(move || {
        begun.send(()).expect("the test listens");
        wait.recv().expect("it is told to go");
    });
    begins.recv().expect("it begins");
    // Run, it would never be dropped.
    let forget = |guard| runtime.spawn_blocking(move || std::mem::forget(guard));
    let queued: Vec<_> = (0..10).map(|_| forget(drops.guard())).collect();
    thread::scope(|scope| {
        let dropping = scope.spawn(|| drop(runtime));
        while drops.count() < 10 {
            thread::yield_now();
        }
        assert!(!dropping.is_finished(), "the first one runs");
        go.send(()).expect("it waits");
    });
    drops.assert_each_once(10);
    for mut handle in queued.into_iter().chain([first]) {
        assert!(common::outcome(&mut handle).expect_err("its runtime is gone").is_cancelled());
    }
}

/// An abort before a thread has begun it: it is dropped at once, un-run.
#[test]
fn an_abort_of_a_queued_function_drops_it() {
    let runtime = one_thread();
    let drops = Drops::new();
    let (go, wait) = mpsc::channel::<()>();
    let first = runtime.spawn_blocking(move || wait.recv().expect("it is told to go"));
    let guard = drops.guard();
    // Run, it would never be dropped.
    let second = runtime.spawn_blocking(move || std::mem::forget(guard));
    second.abort();
    assert!(runtime.block_on(second).expect_err("aborted").is_cancelled());
    drops.assert_each_once(1);
    go.send(()).expect("it waits");
    runtime.block_on(first).expect("no panic");
    common::end(runtime);
}

/// The function that runs drops the runtime: that does not wait for itself.
#[test]
fn s5_a_function_drops_its_runtime() {
    let runtime = Arc::new(Mutex::new(Some(common::runtime())));
    let own = Arc::clone(&runtime);
    let (tell, told) = mpsc::channel();
    let mut handle = common::lock(&runtime).as_ref().expect("not dropped yet").spawn_blocking(move || {
        drop(common::lock(&own).take());
        tell.send(7).expect("the test listens");
    });
    assert_eq!(told.recv(), Ok(7));
    assert!(common::outcome(&mut handle).expect_err("its runtime is gone").is_cancelled());
}

/// A function that waits for a task, or for time, hears that the runtime ends.
#[test]
fn s5_a_function_that_waits_for_its_runtime_hears_of_the_end() {
    let runtime = common::runtime();
    let (tell, told) = mpsc::channel();
    let task = runtime.spawn(std::future::pending::<()>());
    let own = tell.clone();
    let (begun, begins) = mpsc::channel();
    let begun_too = begun.clone();
    drop(runtime.spawn_blocking(move || {
        begun.send(()).expect("the test listens");
        let outcome = Handle::current().block_on(task);
        own.send(outcome.expect_err("it never ends").to_string()).expect("the test listens");
    }));
    drop(runtime.spawn_blocking(move || {
        begun_too.send(()).expect("the test listens");
        let text = panic_of(|| Handle::current().block_on(airmail::time::sleep(Duration::from_hours(1))));
        tell.send(text).expect("the test listens");
    }));
    begins.recv().and_then(|()| begins.recv()).expect("they begin");
    drop(runtime);
    let mut heard: Vec<String> = told.try_iter().collect();
    heard.sort();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard.iter().any(|text| text.contains("cancelled")), "{heard:?}");
    assert!(heard.iter().any(|text| text.contains("was dropped")), "{heard:?}");
}

/// Onto a runtime that is gone: nothing runs, and the function is dropped.
#[test]
fn a_runtime_that_is_gone_runs_nothing() {
    let runtime = common::runtime();
    let handle = runtime.handle().clone();
    drop(runtime);
    let drops = Drops::new();
    let guard = drops.guard();
    let mut refused = handle.spawn_blocking(move || drop(guard));
    assert!(common::outcome(&mut refused).expect_err("refused").is_cancelled());
    drops.assert_each_once(1);
}

#[test]
fn outside_of_a_runtime_it_says_so() {
    let text = panic_of(|| spawn_blocking(|| ()));
    assert!(text.contains("`spawn_blocking`") && text.contains("no airmail runtime here"), "{text}");
}

/// In a local runtime and a local set it works as well: the function is `Send`.
#[test]
fn in_a_local_runtime() {
    common::run_local(async {
        assert_eq!(spawn_blocking(|| 7).await.expect("no panic"), 7);
        let set = airmail::task::LocalSet::new();
        assert_eq!(set.run_until(async { spawn_blocking(|| 8).await }).await.expect("no panic"), 8);
    });
    let runtime = common::local_runtime();
    assert_eq!(runtime.block_on(runtime.spawn_blocking(|| 9)).expect("no panic"), 9);
}
