//! Faults of join handles and aborts: rows J1 to J5 and A1 to A6 of the catalogue (`catalogue.md`).

mod common;

use airmail::runtime::Handle;
use airmail::task::{self, JoinHandle};
use common::foreign::Foreign;
use common::{Drops, Gate, Troubles, end, outcome, panic_of, poll_once, run, run_local, runtime, turns};
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll};
use std::thread;

// ---- J1: a handle that is dropped ----

/// J1: a handle dropped before, at and after the end of its task: the output is dropped exactly once each time,
/// and the joiner's waker with it.
#[test]
fn j1_a_handle_dropped_before_at_and_after_the_end() {
    let (runtime, drops) = (runtime(), Drops::new());
    let output = || {
        let guard = drops.guard();
        async move { guard }
    };
    drop(runtime.spawn(output()));
    runtime.block_on(turns(2));
    assert_eq!(drops.count(), 1, "before: the task drops it");

    let task = runtime.spawn(output());
    runtime.block_on(turns(2));
    assert_eq!(drops.count(), 1, "the output waits for the handle");
    drop(task);
    assert_eq!(drops.count(), 2, "after: the handle drops it");

    let foreign = Foreign::new();
    let mut task = runtime.spawn(output());
    assert!(pin!(&mut task).poll(&mut Context::from_waker(&foreign.waker())).is_pending());
    assert!(foreign.alive() > 0);
    drop(task);
    assert_eq!(foreign.alive(), 0, "whoever waited is forgotten");
    runtime.block_on(turns(2));
    assert_eq!(foreign.counts().wakes, 0);
    drops.assert_each_once(3);
    end(runtime);
}

/// J1: handles dropped by another thread at the very moment their tasks end: each output is dropped once. (The
/// proof over all interleavings is the loom model.)
#[test]
fn j1_a_handle_dropped_while_its_task_ends() {
    const ROUNDS: usize = 300;
    let (runtime, drops) = (runtime(), Drops::new());
    let start = Arc::new(Barrier::new(2));
    let (sender, handles) = std::sync::mpsc::channel();
    let dropper = {
        let start = Arc::clone(&start);
        thread::spawn(move || {
            for handle in handles {
                start.wait();
                drop::<JoinHandle<_>>(handle);
            }
        })
    };
    for _ in 0..ROUNDS {
        let guard = drops.guard();
        sender.send(runtime.spawn(async move { guard })).expect("the dropper is there");
        start.wait();
        runtime.block_on(turns(2));
    }
    drop(sender);
    dropper.join().expect("no panic");
    drops.assert_each_once(ROUNDS);
    end(runtime);
}

// ---- J2: changing wakers ----

/// J2: of several wakers that a handle was polled with, the last one is woken, once; the others are dropped
/// unused.
#[test]
fn j2_the_last_registered_waker_is_woken() {
    let (runtime, gate) = (runtime(), Gate::new());
    let mut task = runtime.spawn(gate.wait());
    let wakers = [Foreign::new(), Foreign::new(), Foreign::new()];
    for foreign in &wakers {
        let waker = foreign.waker();
        for _ in 0..2 {
            assert!(pin!(&mut task).poll(&mut Context::from_waker(&waker)).is_pending());
        }
    }
    gate.open();
    runtime.block_on(turns(2));
    assert_eq!(wakers.each_ref().map(|foreign| foreign.counts().wakes), [0, 0, 1]);
    outcome(&mut task).expect("it answered");
    drop(task);
    assert_eq!(wakers.each_ref().map(Foreign::alive), [0, 0, 0]);
    end(runtime);
}

/// J2: a handle that moves from one task to another, then to a `block_on`, wakes who awaits it now.
#[test]
fn j2_a_handle_that_moves_between_tasks() {
    for count_wakers in [false, true] {
        let gate = Gate::new();
        let runtime = Troubles::default().runtime(count_wakers);
        let awaited = Arc::new(Mutex::new(runtime.spawn(gate.wait())));
        let pollers: Vec<_> = (0..3)
            .map(|_| {
                let awaited = Arc::clone(&awaited);
                runtime.spawn(poll_fn(move |cx| {
                    let mut handle = common::lock(&awaited);
                    assert!(pin!(&mut *handle).poll(cx).is_pending());
                    Poll::Ready(())
                }))
            })
            .collect();
        runtime.block_on(async {
            for poller in pollers {
                poller.await.expect("no panic");
            }
        });
        let handle = Arc::into_inner(awaited).expect("the pollers are gone").into_inner().expect("no panic");
        let opener = gate.clone();
        let thread = thread::spawn(move || opener.open());
        runtime.block_on(handle).expect("it answers, and this `block_on` hears of it");
        thread.join().expect("no panic");
        end(runtime);
    }
}

/// J2: a handle is polled with ever new wakers while its task ends on another thread: the last one is woken, or
/// the poll gives the outcome.
#[test]
fn j2_changing_wakers_while_the_task_ends() {
    for _ in 0..200 {
        let runtime = runtime();
        let mut task = runtime.spawn(async { 7 });
        let start = Barrier::new(2);
        let last = thread::scope(|scope| {
            let polls = scope.spawn(|| {
                start.wait();
                let mut last = None;
                for _ in 0..10 {
                    let foreign = Foreign::new();
                    match pin!(&mut task).poll(&mut Context::from_waker(&foreign.waker())) {
                        Poll::Ready(output) => {
                            assert_eq!(output.expect("no panic"), 7);
                            return None;
                        }
                        Poll::Pending => last = Some(foreign),
                    }
                    thread::yield_now();
                }
                last
            });
            start.wait();
            runtime.block_on(turns(3));
            polls.join().expect("no panic")
        });
        if let Some(last) = last {
            // Both threads are done, so the task is.
            assert_eq!(last.counts().wakes, 1, "the last waker was not woken");
            assert_eq!(outcome(&mut task).expect("it ended"), 7);
        }
        end(runtime);
    }
}

// ---- J3, J4 ----

/// J3: a handle that is polled after it gave the outcome panics, and the message names the task, where it was
/// spawned, and what to do instead.
#[test]
fn j3_a_handle_polled_after_it_answered() {
    let runtime = runtime();
    for fails in [false, true] {
        let mut task = runtime.spawn(async move { assert!(!fails, "boom") });
        let id = task.id();
        runtime.block_on(turns(2));
        assert_eq!(outcome(&mut task).is_err(), fails);
        let message = panic_of(|| poll_once(&mut task));
        assert!(message.contains(&format!("task {id} (spawned at ")), "{message}");
        assert!(message.contains("fault_joins.rs") && message.contains("await it once"), "{message}");
        assert!(task.is_finished());
        task.abort();
    }
    end(runtime);
}

/// J4: the handle of a local task whose output is `Send` may cross threads: the output arrives there, the
/// future is dropped at home. (What must not cross does not compile: `compile_fail.rs`.)
#[test]
fn j4_the_handle_of_a_local_task_crosses_threads() {
    let drops = Drops::new();
    let guard = drops.guard();
    let thread = run_local(async {
        let here = Rc::new(5);
        let task = task::spawn_local(async move {
            let _guard = guard;
            *here
        });
        let runtime = Handle::current();
        let thread = thread::spawn(move || runtime.block_on(task).expect("it answers"));
        while drops.count() == 0 {
            turns(1).await;
        }
        thread
    });
    assert_eq!(thread.join().expect("no panic"), 5);
    drops.assert_each_once(1);
    drops.assert_all_here();
}

// ---- J5: handles that outlive, joins in a ring ----

/// J5: a handle that outlives its runtime answers `Cancelled`, wakes whoever waits for it, and still gives the
/// output of a task that ended before.
#[test]
fn j5_a_handle_outlives_its_runtime() {
    let (runtime, drops) = (runtime(), Drops::new());
    let mut done = runtime.spawn(async { 7 });
    runtime.block_on(turns(2));
    let mut waits = runtime.spawn(drops.wrap(pending::<()>()));
    let mut never_polled = runtime.spawn(drops.wrap(pending::<()>()));
    let foreign = Foreign::new();
    assert!(pin!(&mut waits).poll(&mut Context::from_waker(&foreign.waker())).is_pending());
    drop(runtime);
    assert_eq!(foreign.counts().wakes, 1);
    drops.assert_each_once(2);
    assert_eq!(outcome(&mut done).expect("it had ended"), 7);
    assert!(outcome(&mut waits).expect_err("cancelled").is_cancelled());
    assert!(outcome(&mut never_polled).expect_err("cancelled").is_cancelled());
}

/// J5: two tasks that await each other wait until the runtime is dropped, which ends both. (The simulator will
/// report them as a deadlock.)
#[test]
fn j5_two_tasks_that_join_each_other() {
    let (runtime, drops) = (runtime(), Drops::new());
    let cells = [(); 2].map(|()| Arc::new(Mutex::new(None::<JoinHandle<()>>)));
    let tasks = [(0, 1), (1, 0)].map(|(_, other)| {
        let other: Arc<Mutex<Option<JoinHandle<()>>>> = Arc::clone(&cells[other]);
        runtime.spawn(drops.wrap(poll_fn(move |cx| match common::lock(&other).as_mut() {
            Some(handle) => pin!(handle).poll(cx).map(|_| ()),
            None => Poll::Pending,
        })))
    });
    for (cell, task) in cells.iter().zip(tasks) {
        *common::lock(cell) = Some(task);
    }
    runtime.block_on(turns(8));
    assert_eq!(runtime.handle().metrics().num_alive_tasks(), 2);
    drop(runtime);
    drops.assert_each_once(2);
}

/// J5: a task that awaits its own handle waits; its abort frees it.
#[test]
fn j5_a_task_that_joins_itself() {
    let drops = Drops::new();
    run(async {
        let own = Arc::new(Mutex::new(None::<JoinHandle<()>>));
        let handle = Arc::clone(&own);
        let task = airmail::spawn(drops.wrap(poll_fn(move |cx| {
            let mut own = common::lock(&handle);
            pin!(own.as_mut().expect("it was put there")).poll(cx).map(|_| ())
        })));
        let abort = task.abort_handle();
        *common::lock(&own) = Some(task);
        turns(4).await;
        assert!(!abort.is_finished());
        abort.abort();
        turns(4).await;
        assert!(abort.is_finished());
    });
    drops.assert_each_once(1);
}

// ---- A1: when an abort comes ----

/// A1: an abort before the first poll cancels without a poll; one while the task waits drops the future; one
/// after the end changes nothing; a second one neither.
#[test]
fn a1_an_abort_before_during_and_after() {
    let (runtime, drops) = (runtime(), Drops::new());
    let never = runtime.spawn(drops.wrap(async { panic!("it was aborted before") }));
    never.abort();
    never.abort();
    assert!(!never.is_finished(), "an abort is a request");
    let error = runtime.block_on(never).expect_err("it was aborted");
    assert!(error.is_cancelled(), "{error}");
    drops.assert_each_once(1);

    let waits = runtime.spawn(drops.wrap(pending::<()>()));
    runtime.block_on(turns(2));
    waits.abort();
    waits.abort();
    assert_eq!(drops.count(), 1, "dropped by its executor, not in `abort`");
    assert!(runtime.block_on(waits).expect_err("it was aborted").is_cancelled());
    drops.assert_each_once(2);

    let done = runtime.spawn(drops.wrap(async { 7 }));
    let abort = done.abort_handle();
    runtime.block_on(turns(2));
    done.abort();
    abort.abort();
    assert_eq!(runtime.block_on(done).expect("it had ended"), 7);
    abort.abort();
    assert!(abort.is_finished());
    drops.assert_each_once(3);
    end(runtime);
}

/// A1: an abort of a task that is queued for its second poll: it is not polled again.
#[test]
fn a1_an_abort_of_a_queued_task() {
    let gate = Gate::new();
    run(async {
        let task = airmail::spawn(gate.wait());
        turns(1).await;
        gate.open();
        task.abort();
        assert!(task.await.expect_err("aborted before it saw the open gate").is_cancelled());
        assert_eq!(gate.polls(), 1);
    });
}

// ---- A2 to A4: aborts from other threads ----

/// A2: an abort from another thread during a poll lets the poll finish and then drops the future; an answer in
/// that same poll wins.
#[test]
fn a2_an_abort_during_a_poll() {
    for answers in [false, true] {
        let drops = Drops::new();
        let own = Arc::new(Mutex::new(None));
        let (dropped, abort) = (drops.clone(), Arc::clone(&own));
        run(async {
            let task = airmail::spawn(drops.wrap(poll_fn(move |_| {
                let abort: task::AbortHandle = common::lock(&abort).take().expect("polled once");
                thread::spawn(move || abort.abort()).join().expect("no panic");
                assert_eq!(dropped.count(), 0, "dropped while it was polled");
                if answers { Poll::Ready(7) } else { Poll::Pending }
            })));
            *common::lock(&own) = Some(task.abort_handle());
            match task.await {
                Ok(output) => assert!(answers && output == 7),
                Err(error) => assert!(!answers && error.is_cancelled(), "{error}"),
            }
        });
        drops.assert_each_once(1);
    }
}

/// A3: abort, wake and completion at once, many times: one outcome, one drop, and the handle always answers.
#[test]
fn a3_abort_wake_and_completion_at_once() {
    const ROUNDS: usize = 300;
    let (runtime, drops) = (runtime(), Drops::new());
    for _ in 0..ROUNDS {
        let gate = Gate::new();
        let task = runtime.spawn(drops.wrap(gate.wait()));
        runtime.block_on(turns(2));
        let start = Barrier::new(3);
        let abort = task.abort_handle();
        thread::scope(|scope| {
            scope.spawn(|| (start.wait(), gate.open()));
            scope.spawn(|| (start.wait(), abort.abort()));
            start.wait();
            match runtime.block_on(task) {
                Ok(()) => assert_eq!(gate.polls(), 2),
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
        });
        assert!(abort.is_finished());
    }
    drops.assert_each_once(ROUNDS);
    end(runtime);
}
