//! Stale references against the next task in the slot; slots on their way back.

use super::executor::{Executor, take};
use super::harness::{Flag, Log, Model, Output, recorded, wait_for};
use crate::task::{Exec, JoinHandle, Options};
use loom::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;

/// A waker of a task is used while the task ends and its slot goes to the next task: it never wakes the next.
#[test]
fn stale_wake_vs_next_task() {
    Model { bound: None, floor: 1_000, outcomes: &["woken before", "woken after"] }.check(|seen| {
        let (executor, logs, flag) = (Executor::new(), [Log::default(), Log::default()], Flag::new());
        let own = logs[0].clone();
        let (first, waker) = executor.spawn_waiting(
            &logs[0],
            recorded(&logs[0], move |cx, polls| {
                own.leave(cx.waker());
                if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
            }),
        );
        let id = first.id();
        waker.wake_by_ref();
        let woken = Arc::new(AtomicBool::new(false));
        let waking = thread::spawn({
            let woken = Arc::clone(&woken);
            move || {
                waker.wake();
                woken.store(true, Relaxed);
            }
        });
        assert_eq!(executor.turn().done, 1);
        drop(take(first));
        // In the seat, so that the slot comes straight back.
        let second = executor.sitting(|| executor.spawn(wait_for(&logs[1], [&flag])));
        assert_eq!(second.id().as_u64(), id.as_u64() + 1, "the same slot, the next generation");
        executor.scheduled();
        executor.turn();
        let rest = executor.turn();
        seen.either(woken.load(Relaxed), "woken before", "woken after");
        waking.join().unwrap();
        executor.drain();
        assert_eq!((logs[1].polls(), rest.pending), (1, 0), "a stale waker wakes nobody");
        assert_eq!(executor.scheduled(), 0, "a stale waker queues nobody");
        flag.raise();
        logs[1].waker().wake();
        executor.drain();
        drop(take(second).expect("completed"));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

fn done_task(executor: &Executor, log: &Log) -> JoinHandle<Output> {
    executor.spawn(recorded(log, |_, _| Poll::Ready(())))
}

/// Two foreign threads give slots back (each drops the handle of a task that is done) while a third makes
/// tasks: no slot gets lost, none is used twice.
#[test]
fn freed_there_used_here() {
    const OUTCOMES: [&str; 3] = ["none came back in time", "one came back in time", "both came back in time"];
    Model { bound: Some(3), floor: 2_000, outcomes: &OUTCOMES }.check(|seen| {
        let executor = Executor::new();
        let logs = [Log::default(), Log::default(), Log::default(), Log::default()];
        let old = [done_task(&executor, &logs[0]), done_task(&executor, &logs[1])];
        assert_eq!(executor.turn().done, 2);
        let ids = old.each_ref().map(JoinHandle::id);
        let dropping = old.map(|handle| thread::spawn(move || drop(handle)));
        let new = [done_task(&executor, &logs[2]), done_task(&executor, &logs[3])];
        assert_ne!(new[0].id(), new[1].id());
        let reused =
            new.iter().filter(|new| ids.iter().any(|old| old.as_u64() + 1 == new.id().as_u64())).count();
        seen.note(OUTCOMES[reused]);
        dropping.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(executor.drain().done, 2);
        new.into_iter().for_each(|handle| drop(take(handle)));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

/// A slot that a foreign thread gives back is the next one that a thread outside the seat gets, or a later.
#[test]
fn freed_there_used_there() {
    Model { bound: None, floor: 50, outcomes: &["used again", "another slot"] }.check(|seen| {
        let (executor, logs) = (Executor::new(), [Log::default(), Log::default()]);
        let old = done_task(&executor, &logs[0]);
        executor.turn();
        let id = old.id();
        let dropping = thread::spawn(move || drop(old));
        let spawning = {
            let (executor, log) = (Arc::clone(&executor), logs[1].clone());
            thread::spawn(move || done_task(&executor, &log))
        };
        let new = spawning.join().unwrap();
        dropping.join().unwrap();
        seen.either(new.id().as_u64() == id.as_u64() + 1, "used again", "another slot");
        executor.drain();
        drop(take(new));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

/// The thread in the seat fills its stash while a foreign thread makes a task and another gives a slot back.
#[test]
fn stash_vs_stock() {
    Model {
        bound: Some(3),
        floor: 2_000,
        outcomes: &["used again here", "used again there", "not used again"],
    }
    .check(|seen| {
        let executor = Executor::new();
        let logs = [Log::default(), Log::default(), Log::default()];
        let old = done_task(&executor, &logs[0]);
        executor.turn();
        let again = old.id().as_u64() + 1;
        let dropping = thread::spawn(move || drop(old));
        let spawning = {
            let (executor, log) = (Arc::clone(&executor), logs[1].clone());
            thread::spawn(move || done_task(&executor, &log))
        };
        let here = executor.sitting(|| done_task(&executor, &logs[2]));
        let there = spawning.join().unwrap();
        dropping.join().unwrap();
        seen.note(match (here.id().as_u64() == again, there.id().as_u64() == again) {
            (true, false) => "used again here",
            (false, true) => "used again there",
            (false, false) => "not used again",
            (true, true) => "used twice",
        });
        assert_eq!(executor.drain().done, 2);
        drop((take(here), take(there)));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

/// A handle outlives its executor: it gives its slot back while the block's next tenant makes a task.
#[test]
fn handle_outlives_executor() {
    Model { bound: None, floor: 10, outcomes: &["used again", "another slot"] }.check(|seen| {
        let (executor, logs) = (Executor::new(), [Log::default(), Log::default()]);
        let old = done_task(&executor, &logs[0]);
        executor.turn();
        let id = old.id();
        executor.exec.close();
        assert!(executor.try_retire().is_ok(), "tasks that are done do not keep an executor");
        let dropping = thread::spawn(move || drop(old));
        let (exec, seat) = Exec::register(Options::default(), ());
        let next = Executor::seated(exec, seat);
        let new = done_task(&next, &logs[1]);
        seen.either(new.id().as_u64() == id.as_u64() + 1, "used again", "another slot");
        dropping.join().unwrap();
        assert_eq!(next.counters().live, 1, "the earlier tenant's tasks do not count");
        next.drain();
        drop(take(new));
        logs.iter().for_each(Log::check_end);
        next.check_end();
    });
}
