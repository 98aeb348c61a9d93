//! The inbox and the depot by themselves.

use super::executor::{Executor, take};
use super::harness::{Flag, Log, Model, recorded, wait_for};
use crate::queue::Inbox;
use crate::task::{JoinHandle, Ran, Runnable, Spawn};
use loom::thread;
use std::sync::Arc;
use std::task::Poll;

/// Tasks that are in no queue, with their handles.
fn loose_tasks<const N: usize>(
    executor: &Executor,
    log: &Log,
) -> ([Runnable; N], Vec<JoinHandle<super::harness::Output>>) {
    let mut handles = Vec::new();
    let tasks = std::array::from_fn(|_| {
        let future = recorded(log, |_, _| Poll::Ready(()));
        let (task, handle) = executor.exec.spawn(future, Spawn::here()).expect("not closed");
        handles.push(handle);
        task
    });
    (tasks, handles)
}

/// Runs the tasks of a batch and gives their ids' numbers.
fn run(executor: &Executor, batch: crate::queue::Batch) -> Vec<u64> {
    executor.sitting(|| {
        batch
            .map(|task| {
                let id = task.id().as_u64();
                assert!(matches!(task.run(), Ran::Done(_)));
                id
            })
            .collect()
    })
}

/// Two threads put while one takes: nothing is lost, nothing comes twice.
#[test]
fn put_vs_put_vs_take() {
    const OUTCOMES: [&str; 3] = ["took none", "took one", "took both"];
    Model { bound: None, floor: 50_000, outcomes: &OUTCOMES }.check(|seen| {
        let (executor, log, inbox) = (Executor::new(), Log::default(), Arc::new(Inbox::new()));
        let (tasks, handles) = loose_tasks::<2>(&executor, &log);
        let putting = tasks.map(|task| {
            let inbox = Arc::clone(&inbox);
            thread::spawn(move || inbox.put(task))
        });
        let mut got = run(&executor, inbox.take());
        seen.note(OUTCOMES[got.len()]);
        putting.into_iter().for_each(|thread| thread.join().unwrap());
        got.extend(run(&executor, inbox.take()));
        got.sort_unstable();
        let all: Vec<u64> = handles.iter().map(|handle| handle.id().as_u64()).collect();
        assert_eq!(got, all, "each task comes out once");
        assert!(inbox.is_empty());
        handles.into_iter().for_each(|handle| drop(take(handle)));
        executor.check_end();
    });
}

/// One thread puts two tasks: they come out in this order, in one batch or two.
#[test]
fn order_of_puts() {
    const OUTCOMES: [&str; 3] = ["took none", "took one", "took both"];
    Model { bound: None, floor: 20, outcomes: &OUTCOMES }.check(|seen| {
        let (executor, log, inbox) = (Executor::new(), Log::default(), Arc::new(Inbox::new()));
        let (tasks, handles) = loose_tasks::<2>(&executor, &log);
        let putting = {
            let inbox = Arc::clone(&inbox);
            thread::spawn(move || tasks.into_iter().for_each(|task| inbox.put(task)))
        };
        let mut got = run(&executor, inbox.take());
        seen.note(OUTCOMES[got.len()]);
        putting.join().unwrap();
        got.extend(run(&executor, inbox.take()));
        let all: Vec<u64> = handles.iter().map(|handle| handle.id().as_u64()).collect();
        assert_eq!(got, all, "first in, first out");
        handles.into_iter().for_each(|handle| drop(take(handle)));
        executor.check_end();
    });
}

/// A task goes through the inbox again and again while another is put: its link is never that of two lists.
#[test]
fn put_again_vs_put() {
    Model { bound: Some(2), floor: 1_000, outcomes: &["two polls", "three polls"] }.check(|seen| {
        let (executor, logs, flags) =
            (Executor::new(), [Log::default(), Log::default()], [Flag::new(), Flag::new()]);
        let tasks = [0, 1].map(|n| executor.spawn_waiting(&logs[n], wait_for(&logs[n], [&flags[n]])));
        let waking = [0, 1].map(|n| {
            let (waker, flag) = (tasks[n].1.clone(), flags[n].clone());
            thread::spawn(move || {
                // For nothing, then in earnest.
                waker.wake_by_ref();
                flag.raise();
                waker.wake();
            })
        });
        executor.turn();
        executor.turn();
        waking.into_iter().for_each(|thread| thread.join().unwrap());
        executor.drain();
        if logs[0].polls() == 2 {
            seen.note("two polls");
        } else {
            seen.note("three polls");
        }
        tasks.into_iter().for_each(|(handle, _)| drop(take(handle).expect("completed")));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

/// An inbox is dropped while nobody took what is in it, put by another thread: the tasks are cancelled.
#[test]
fn dropped_with_tasks() {
    Model { bound: None, floor: 4, outcomes: &["here", "there"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let ([task], handles) = loose_tasks::<1>(&executor, &log);
        // The last of the two threads drops the inbox. loom's `Arc` orders the drop after the put.
        let shared = loom::sync::Arc::new(Inbox::new());
        let putting = {
            let inbox = loom::sync::Arc::clone(&shared);
            thread::spawn(move || inbox.put(task))
        };
        drop(shared);
        putting.join().unwrap();
        seen.either(log.dropped_by() == thread::current().id(), "here", "there");
        for handle in handles {
            assert!(take(handle).is_err_and(|error| error.is_cancelled()));
        }
        log.check_end();
        executor.check_end();
    });
}
