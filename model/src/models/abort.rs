//! Aborts against wakes, polls and completion.

use super::executor::{Executor, take};
use super::harness::{Flag, Log, Model, Output, recorded, wait_for};
use crate::task::{AbortHandle, JoinHandle};
use loom::thread;
use std::sync::Arc;
use std::task::Poll;

fn abort_there(handle: &JoinHandle<Output>) -> thread::JoinHandle<()> {
    let handle = handle.abort_handle();
    thread::spawn(move || handle.abort())
}

/// The end of a world with one task that was cancelled; `true` if it had answered before.
fn check_ended(executor: Arc<Executor>, log: &Log, handle: JoinHandle<Output>) -> bool {
    let outcome = take(handle);
    match &outcome {
        Ok(_) => assert!(log.answered()),
        Err(error) => assert!(error.is_cancelled() && !log.answered()),
    }
    let answered = outcome.is_ok();
    drop(outcome);
    log.check_end();
    executor.check_end();
    answered
}

/// A3: a wake that lets the task complete meets an abort. Either may win; the future is dropped once.
#[test]
fn abort_vs_wake_vs_completion() {
    Model { bound: Some(4), floor: 5_000, outcomes: &["completed", "cancelled"] }.check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        let aborting = abort_there(&handle);
        let waking = thread::spawn(move || {
            flag.raise();
            waker.wake();
        });
        executor.turn();
        aborting.join().unwrap();
        waking.join().unwrap();
        executor.drain();
        seen.either(check_ended(executor, &log, handle), "completed", "cancelled");
    });
}

/// A3 with a second runner: nobody polls a future that the other drops.
#[test]
fn abort_vs_wake_vs_two_runners() {
    Model { bound: Some(2), floor: 5_000, outcomes: &["completed", "cancelled"] }.check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        let aborting = abort_there(&handle);
        let waking = thread::spawn(move || {
            flag.raise();
            waker.wake();
        });
        let runner = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || executor.turn())
        };
        executor.turn();
        for thread in [aborting, waking] {
            thread.join().unwrap();
        }
        runner.join().unwrap();
        executor.drain();
        seen.either(check_ended(executor, &log, handle), "completed", "cancelled");
    });
}

/// A2: an abort comes while the future is polled. The poll goes on undisturbed; then the future is dropped.
#[test]
fn abort_while_polled() {
    Model { bound: None, floor: 50, outcomes: &["before the poll", "by the poll", "after the poll"] }.check(
        |seen| {
            let (executor, log) = (Executor::new(), Log::default());
            let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&Flag::new()]));
            waker.wake();
            let aborting = abort_there(&handle);
            let done = executor.turn().done == 1;
            aborting.join().unwrap();
            executor.drain();
            seen.note(match (log.polls(), done) {
                (1, true) => "before the poll",
                (2, true) => "by the poll",
                (2, false) => "after the poll",
                other => panic!("{other:?}"),
            });
            assert!(!check_ended(executor, &log, handle));
        },
    );
}

/// A4: an idle task is aborted from another thread. The thread in the seat drops the future, never the other.
#[test]
fn abort_of_an_idle_task() {
    Model { bound: None, floor: 20, outcomes: &["at once", "later"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&Flag::new()]));
        let aborting = abort_there(&handle);
        seen.either(executor.turn().done == 1, "at once", "later");
        aborting.join().unwrap();
        executor.drain();
        assert_eq!(log.dropped_by(), thread::current().id(), "the future is dropped in the seat");
        assert_eq!(log.polls(), 1);
        // Stale.
        waker.wake();
        assert!(!check_ended(executor, &log, handle));
    });
}

/// An abort meets the first poll: the future is polled once, or never.
#[test]
fn abort_vs_first_poll() {
    Model { bound: None, floor: 50, outcomes: &["polled", "never polled"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let handle = executor.spawn(wait_for(&log, [&Flag::new()]));
        let aborting = abort_there(&handle);
        executor.turn();
        aborting.join().unwrap();
        executor.drain();
        seen.either(log.polls() == 1, "polled", "never polled");
        assert_eq!(log.dropped_by(), thread::current().id(), "the future is dropped in the seat");
        assert!(!check_ended(executor, &log, handle));
    });
}

/// An abort meets the poll that answers.
#[test]
fn abort_vs_completion() {
    Model { bound: None, floor: 100, outcomes: &["completed", "cancelled"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let handle = executor.spawn(recorded(&log, |_, _| Poll::Ready(())));
        let aborting = abort_there(&handle);
        assert_eq!(executor.turn().done, 1);
        aborting.join().unwrap();
        seen.either(check_ended(executor, &log, handle), "completed", "cancelled");
    });
}

/// Two aborts of an idle task: it is handed over once.
#[test]
fn two_aborts() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["at once", "later"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let (handle, _) = executor.spawn_waiting(&log, wait_for(&log, [&Flag::new()]));
        executor.scheduled();
        let aborting = [abort_there(&handle), abort_there(&handle)];
        seen.either(executor.turn().done == 1, "at once", "later");
        aborting.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(executor.scheduled(), 1, "of two aborts one hands the task over");
        executor.drain();
        assert_eq!(log.dropped_by(), thread::current().id(), "the future is dropped in the seat");
        assert!(!check_ended(executor, &log, handle));
    });
}

/// Two aborts and a wake, all foreign, of an idle task.
#[test]
fn two_aborts_vs_wake() {
    Model { bound: Some(2), floor: 5_000, outcomes: &["completed", "cancelled"] }.check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        let aborting = [abort_there(&handle), abort_there(&handle)];
        let waking = thread::spawn(move || {
            flag.raise();
            waker.wake();
        });
        executor.turn();
        aborting.into_iter().for_each(|thread| thread.join().unwrap());
        waking.join().unwrap();
        executor.drain();
        assert_eq!(log.dropped_by(), thread::current().id(), "the future is dropped in the seat");
        seen.either(check_ended(executor, &log, handle), "completed", "cancelled");
    });
}

/// The handle is dropped while another thread aborts: the slot has one last user, and the abort is not it.
#[test]
fn abort_vs_handle_drop() {
    Model { bound: None, floor: 400, outcomes: &["ended first", "dropped first"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let (handle, _) = executor.spawn_waiting(&log, wait_for(&log, [&Flag::new()]));
        let aborting = abort_there(&handle);
        let dropping = {
            let (log, seen) = (log.clone(), seen.clone());
            thread::spawn(move || {
                let finished = handle.is_finished();
                assert!(!finished || log.future_is_dropped());
                seen.either(finished, "ended first", "dropped first");
                drop(handle);
            })
        };
        executor.turn();
        aborting.join().unwrap();
        dropping.join().unwrap();
        executor.drain();
        log.check_end();
        executor.check_end();
    });
}

/// An abort handle of an earlier task in the slot is used while the slot goes to the next task: only the task
/// it was made for can be aborted.
#[test]
fn abort_of_an_earlier_task() {
    Model { bound: None, floor: 10_000, outcomes: &["cancelled", "completed", "the slot went on"] }.check(
        |seen| {
            let (executor, logs, flag) = (Executor::new(), [Log::default(), Log::default()], Flag::new());
            let first = executor.spawn(recorded(&logs[0], |_, _| Poll::Ready(())));
            let abort: AbortHandle = first.abort_handle();
            let aborting = thread::spawn(move || abort.abort());
            executor.turn();
            let cancelled = take(first).is_err();
            // In the seat, so that the slot comes straight back.
            let second = executor.sitting(|| executor.spawn(wait_for(&logs[1], [&flag])));
            if second.id().as_u64() == abort.id().as_u64() + 1 {
                seen.note("the slot went on");
            }
            executor.turn();
            aborting.join().unwrap();
            seen.either(cancelled, "cancelled", "completed");
            assert!(abort.is_finished() && abort.info().is_none(), "an abort handle knows its own task only");
            assert!(!second.is_finished(), "an abort hits the task it was meant for");
            flag.raise();
            logs[1].waker().wake();
            executor.drain();
            drop(take(second).expect("completed"));
            logs.iter().for_each(Log::check_end);
            executor.check_end();
        },
    );
}
