//! Children that run elsewhere: functions that block, and tasks that stay on a worker.

use crate::common::runtime;
use airmail::runtime::Builder;
use airmail::task::JoinSet;
use std::future::pending;
use std::sync::{Arc, Mutex, mpsc};

/// Functions that block are children like others, but for their abort: it does not end one that has begun.
#[test]
fn functions_that_block() {
    let runtime = runtime();
    let on = runtime.handle();
    let (release, wait) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let wait = Arc::new(Mutex::new(wait));
    let function = || {
        let (begun, wait) = (begun.clone(), Arc::clone(&wait));
        move || {
            begun.send(()).expect("the test waits");
            // Until all are let go.
            let _ = wait.lock().expect("no panic").recv();
        }
    };
    runtime.block_on(async {
        let mut set = JoinSet::new();
        let line = line!() + 1;
        set.spawn_blocking(function());
        set.spawn_blocking_on(function(), on);
        set.build_task().name("c").spawn_blocking(function()).unwrap();
        set.build_task().name("d").spawn_blocking_on(function(), on).unwrap();
        (0..4).for_each(|_| begins.recv().expect("all begin"));
        set.abort_all();
        let mut errors = Vec::new();
        while let Some(outcome) = set.join_next().await {
            let error = outcome.unwrap_err();
            assert!(error.is_cancelled(), "{error}");
            errors.push((error.spawned_at().line() - line, error.name()));
        }
        errors.sort_unstable();
        assert_eq!(errors, [(0, None), (1, None), (2, Some("c")), (3, Some("d"))]);
    });
    drop(release);

    let mut set = JoinSet::new();
    set.spawn_blocking_on(|| 5, on);
    assert_eq!(runtime.block_on(set.join_all()), [5]);
}

/// So are tasks that stay on a worker.
#[test]
fn pinned_tasks() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("valid");
    runtime.block_on(async {
        let mut set = JoinSet::new();
        let line = line!() + 1;
        let pinned = set.spawn_pinned(async || pending::<u32>().await);
        set.spawn_pinned(async || 5);
        assert_eq!(set.join_next().await.expect("two").expect("no panic"), 5);
        pinned.abort();
        let error = set.join_next().await.expect("one").unwrap_err();
        assert_eq!((error.is_cancelled(), error.spawned_at().line()), (true, line));
    });
}
