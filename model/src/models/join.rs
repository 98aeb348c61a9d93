//! The join handle against completion.

use super::executor::{Executor, Reports, answer, take};
use super::harness::{Flag, Foreign, Log, Model, Output, recorded, wait_for};
use crate::task::{JoinHandle, Trouble};
use loom::thread;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// A task that answers in its first poll, and a second runner which polls it.
fn spawn_run_there(executor: &Arc<Executor>, log: &Log) -> (JoinHandle<Output>, thread::JoinHandle<()>) {
    let handle = executor.spawn(recorded(log, |_, _| Poll::Ready(())));
    let executor = Arc::clone(executor);
    let running = thread::spawn(move || {
        assert_eq!(executor.turn().done, 1);
    });
    (handle, running)
}

/// One task awaits another; two runners poll the two.
#[test]
fn task_awaits_task() {
    Model { bound: Some(4), floor: 300, outcomes: &["answered at once", "woken"] }.check(|seen| {
        let (executor, logs, flag) = (Executor::new(), [Log::default(), Log::default()], Flag::new());
        let (mut awaited, waker) = executor.spawn_waiting(&logs[0], wait_for(&logs[0], [&flag]));
        let joiner = executor.spawn(recorded(&logs[1], move |cx, _| {
            Pin::new(&mut awaited).poll(cx).map(|outcome| assert!(outcome.is_ok()))
        }));
        let runner = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || {
                flag.raise();
                waker.wake();
                executor.turn();
            })
        };
        executor.turn();
        runner.join().unwrap();
        executor.drain();
        seen.either(logs[1].polls() == 1, "answered at once", "woken");
        drop(take(joiner).expect("the joiner was woken, and nothing in it panicked"));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

/// J2: the handle is polled with the waker of one task, then of another, then with a foreign one, while the
/// task ends. Whoever was registered last is woken; the foreign waker's box is let go once.
#[test]
fn waker_changes_vs_completion() {
    const OUTCOMES: [&str; 4] = ["first poll", "second poll", "third poll", "woken"];
    Model { bound: Some(5), floor: 2_000, outcomes: &OUTCOMES }.check(|seen| {
        let executor = Executor::new();
        let logs = [Log::default(), Log::default(), Log::default()];
        let flag = Flag::new();
        let (one, waker_one) = executor.spawn_waiting(&logs[1], wait_for(&logs[1], [&flag]));
        let (two, waker_two) = executor.spawn_waiting(&logs[2], wait_for(&logs[2], [&flag]));
        let foreign = Arc::new(Foreign::default());
        let wakers = [waker_one.clone(), waker_two.clone(), Waker::from(Arc::clone(&foreign))];
        let (mut handle, running) = spawn_run_there(&executor, &logs[0]);
        let early = wakers.iter().position(|waker| answer(&mut handle, waker).is_ready());
        running.join().unwrap();
        if let Some(early) = early {
            seen.note(OUTCOMES[early]);
            assert_eq!(foreign.woken(), 0);
        } else {
            seen.note("woken");
            assert_eq!(foreign.woken(), 1, "who was registered last is woken");
            assert!(answer(&mut handle, Waker::noop()).is_ready());
        }
        drop((wakers, handle));
        assert_eq!(Arc::strong_count(&foreign), 1, "the foreign waker is let go");
        flag.raise();
        waker_one.wake();
        waker_two.wake();
        executor.drain();
        drop((take(one), take(two)));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

/// J2, the other way round: a foreign waker, another foreign waker, then a task's.
#[test]
fn foreign_waker_changes_vs_completion() {
    const OUTCOMES: [&str; 4] = ["first poll", "second poll", "third poll", "woken"];
    Model { bound: Some(5), floor: 2_000, outcomes: &OUTCOMES }.check(|seen| {
        let (executor, logs) = (Executor::new(), [Log::default(), Log::default()]);
        let future = {
            let own = logs[1].clone();
            recorded(&logs[1], move |cx, polls| {
                own.leave(cx.waker());
                if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
            })
        };
        let (joiner, waker) = executor.spawn_waiting(&logs[1], future);
        let foreign = [Arc::new(Foreign::default()), Arc::new(Foreign::default())];
        let wakers =
            [Waker::from(Arc::clone(&foreign[0])), Waker::from(Arc::clone(&foreign[1])), waker.clone()];
        let (mut handle, running) = spawn_run_there(&executor, &logs[0]);
        let early = wakers.iter().position(|waker| answer(&mut handle, waker).is_ready());
        running.join().unwrap();
        let registered = wakers.len();
        seen.note(OUTCOMES[early.unwrap_or(registered)]);
        if early.is_none() {
            executor.drain();
            assert!(logs[1].answered(), "who was registered last is woken");
            assert!(answer(&mut handle, Waker::noop()).is_ready());
        }
        drop((wakers, handle));
        for foreign in foreign {
            assert!(foreign.woken() == 0 || early.is_some(), "who is not registered any more is not woken");
            assert_eq!(Arc::strong_count(&foreign), 1, "the foreign waker is let go");
        }
        waker.wake();
        executor.drain();
        drop(take(joiner));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

/// J1: the handle is dropped while the task ends: one of the two drops the output and gives the slot back.
#[test]
fn handle_drop_vs_completion() {
    Model { bound: None, floor: 40, outcomes: &["ended first", "dropped first"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let (handle, running) = spawn_run_there(&executor, &log);
        seen.either(handle.is_finished(), "ended first", "dropped first");
        drop(handle);
        running.join().unwrap();
        log.check_end();
        executor.check_end();
    });
}

/// J1 with a foreign waker in the word: it is let go once, woken or not.
#[test]
fn registered_handle_drop_vs_completion() {
    Model { bound: None, floor: 100, outcomes: &["answered", "woken", "let go"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let foreign = Arc::new(Foreign::default());
        let (mut handle, running) = spawn_run_there(&executor, &log);
        let answered = answer(&mut handle, &Waker::from(Arc::clone(&foreign))).is_ready();
        drop(handle);
        running.join().unwrap();
        seen.note(match (answered, foreign.woken()) {
            (true, 0) => "answered",
            (false, 1) => "woken",
            (false, 0) => "let go",
            other => panic!("{other:?}"),
        });
        assert_eq!(Arc::strong_count(&foreign), 1, "the foreign waker is let go");
        log.check_end();
        executor.check_end();
    });
}

/// A handle moves to another thread, which polls and drops it; a third thread aborts.
#[test]
fn handle_drop_vs_abort_vs_completion() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["completed", "cancelled", "dropped"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let foreign = Arc::new(Foreign::default());
        let mut handle = executor.spawn(recorded(&log, |_, _| Poll::Ready(())));
        let abort = handle.abort_handle();
        let aborting = thread::spawn(move || abort.abort());
        let joining = {
            let waker = Waker::from(Arc::clone(&foreign));
            thread::spawn(move || match answer(&mut handle, &waker) {
                Poll::Ready(Ok(_)) => "completed",
                Poll::Ready(Err(_)) => "cancelled",
                Poll::Pending => "dropped",
            })
        };
        assert_eq!(executor.turn().done, 1);
        aborting.join().unwrap();
        seen.note(joining.join().unwrap());
        assert_eq!(Arc::strong_count(&foreign), 1, "the foreign waker is let go");
        log.check_end();
        executor.check_end();
    });
}

/// A foreign waker in the word panics: the runner goes on, the panic is reported, the outcome is there.
#[test]
fn foreign_waker_panics() {
    Model { bound: None, floor: 40, outcomes: &["reported", "answered"] }.check(|seen| {
        let (reports, log) = (Reports::default(), Log::default());
        let executor = Executor::with(reports.options(false));
        let foreign = Arc::new(Foreign { panics: true, ..Foreign::default() });
        let (mut handle, running) = spawn_run_there(&executor, &log);
        let answered = answer(&mut handle, &Waker::from(Arc::clone(&foreign))).is_ready();
        running.join().unwrap();
        if answered {
            seen.note("answered");
            assert_eq!(reports.take(), []);
        } else {
            seen.note("reported");
            assert_eq!(reports.take(), [Trouble::JoinWaker]);
            drop(take(handle).expect("completed"));
        }
        assert_eq!(Arc::strong_count(&foreign), 1, "the foreign waker is let go");
        log.check_end();
        executor.check_end();
    });
}

/// A task panics while its handle is dropped: the panic is reported once, by whoever came second.
#[test]
fn handle_drop_vs_panic() {
    Model { bound: None, floor: 40, outcomes: &["ended first", "dropped first"] }.check(|seen| {
        let (reports, log) = (Reports::default(), Log::default());
        let executor = Executor::with(reports.options(false));
        let handle = executor.spawn(recorded(&log, |_, _| {
            // Without the panic hook, which would print a line for each execution.
            std::panic::resume_unwind(Box::new("a task panics"))
        }));
        let running = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || executor.turn())
        };
        seen.either(handle.is_finished(), "ended first", "dropped first");
        drop(handle);
        assert_eq!(running.join().unwrap().done, 1);
        assert_eq!(reports.take(), [Trouble::Unobserved], "a panic that nobody took is reported once");
        log.check_end();
        executor.check_end();
    });
}
