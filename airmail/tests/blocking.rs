//! `spawn_blocking`: on a thread of its own, with a task's handle.

mod common;

use airmail::runtime::{Handle, Trouble};
use airmail::task::{Builder, spawn_blocking};
use airmail::time::{Duration, pause, timeout};
use common::{Drops, PanicsInDrop, Troubles, panic_of, still_works};
use std::panic::Location;
use std::sync::mpsc;
use std::thread;

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
    let named = || Builder::new().name("named");
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

/// An abort makes the handle answer, and lets the function run on.
#[test]
fn an_abort_does_not_stop_it() {
    common::run(async {
        let (go, wait) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let handle = spawn_blocking(move || {
            wait.recv().expect("it is told to go");
            tell.send(7).expect("the test listens");
        });
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
        let handle = runtime.spawn_blocking(move || {
            wait.recv().expect("it is told to go");
            answer()
        });
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

/// The runtime's drop does not wait for it; what it answers then is dropped.
#[test]
fn a_dropped_runtime_does_not_wait() {
    let runtime = common::runtime();
    let drops = Drops::new();
    let (go, wait) = mpsc::channel::<()>();
    let (guard, inside) = (drops.guard(), drops.guard());
    let mut handle = runtime.spawn_blocking(move || {
        let _inside = inside;
        wait.recv().expect("it is told to go");
        guard
    });
    drop(runtime);
    assert!(common::outcome(&mut handle).is_err_and(|error| error.is_cancelled()), "its runtime is gone");
    assert_eq!(drops.count(), 0, "it runs on");
    go.send(()).expect("it waits");
    while drops.count() < 2 {
        thread::yield_now();
    }
    drops.assert_each_once(2);
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
