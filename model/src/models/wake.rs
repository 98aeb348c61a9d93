//! Wakes against the start, the middle and the end of a poll.

use super::executor::{Executor, take};
use super::harness::{Flag, Log, Model, Plain, recorded, wait_for};
use loom::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Poll, Waker};

/// Raises the flag, then wakes, as anything does that has something to tell.
fn tell(flag: &Flag, waker: &Waker) -> thread::JoinHandle<()> {
    let (flag, waker) = (flag.clone(), waker.clone());
    thread::spawn(move || {
        flag.raise();
        waker.wake();
    })
}

/// The end of a world with one task that has answered.
fn check_answered(
    executor: Arc<Executor>,
    log: &Log,
    handle: crate::task::JoinHandle<super::harness::Output>,
) {
    assert!(log.answered(), "no wake-up is lost: the task has seen every flag");
    drop(take(handle).expect("completed"));
    log.check_end();
    executor.check_end();
}

/// T2: a wake meets a poll that is about to start, goes on, ends in `Pending`, or has ended.
#[test]
fn wake_vs_poll() {
    Model {
        bound: None,
        floor: 10,
        outcomes: &["before the poll looked", "requeued by the poll", "submitted after the poll"],
    }
    .check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        // Queued by somebody who has nothing to tell, so that the race begins at the start of the poll.
        waker.wake_by_ref();
        executor.scheduled();
        let waking = tell(&flag, &waker);
        let turn = executor.turn();
        waking.join().unwrap();
        if turn.done == 1 {
            seen.note("before the poll looked");
        } else {
            seen.either(turn.yielded == 1, "requeued by the poll", "submitted after the poll");
            assert_eq!(executor.scheduled(), 1, "a wake queues the task once");
        }
        executor.drain();
        check_answered(executor, &log, handle);
    });
}

/// T1: two wakes meet a running poll while a second runner looks for work.
#[test]
fn two_wakes_vs_two_runners() {
    Model { bound: Some(2), floor: 10_000, outcomes: &["two polls", "three polls", "four polls"] }.check(
        |seen| {
            let (executor, log, flags) = (Executor::new(), Log::default(), [Flag::new(), Flag::new()]);
            let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flags[0], &flags[1]]));
            waker.wake_by_ref();
            let runner = {
                let executor = Arc::clone(&executor);
                thread::spawn(move || executor.turn())
            };
            let waking = flags.each_ref().map(|flag| tell(flag, &waker));
            executor.turn();
            waking.into_iter().for_each(|thread| thread.join().unwrap());
            runner.join().unwrap();
            executor.drain();
            seen.note(match log.polls() {
                2 => "two polls",
                3 => "three polls",
                4 => "four polls",
                _ => "more polls than wakes",
            });
            check_answered(executor, &log, handle);
        },
    );
}

/// One wake, two runners: whoever gets the task is alone with it, and comes after the poll before.
#[test]
fn wake_vs_two_runners() {
    Model { bound: Some(3), floor: 500, outcomes: &["polled here", "polled there", "polled later"] }.check(
        |seen| {
            let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
            let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
            let waking = tell(&flag, &waker);
            let runner = {
                let executor = Arc::clone(&executor);
                thread::spawn(move || executor.turn())
            };
            let here = executor.turn();
            waking.join().unwrap();
            let there = runner.join().unwrap();
            executor.drain();
            seen.note(match (here.done, there.done) {
                (1, 0) => "polled here",
                (0, 1) => "polled there",
                (0, 0) => "polled later",
                _ => "done twice",
            });
            assert_eq!(log.polls(), 2, "one wake is one poll");
            check_answered(executor, &log, handle);
        },
    );
}

/// T3: a second wake comes while the first waker is still handing the task over.
#[test]
fn wake_during_schedule() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["noted", "submitted twice"] }.check(|seen| {
        let (executor, log, flags) = (Executor::new(), Log::default(), [Flag::new(), Flag::new()]);
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flags[0], &flags[1]]));
        executor.scheduled();
        let waking = flags.each_ref().map(|flag| tell(flag, &waker));
        let turn = executor.turn();
        waking.into_iter().for_each(|thread| thread.join().unwrap());
        let scheduled = executor.scheduled() - turn.yielded;
        seen.either(scheduled == 1, "noted", "submitted twice");
        executor.drain();
        check_answered(executor, &log, handle);
    });
}

/// Two wakes of a task that is queued and has not started: both only note, and the one poll that follows must
/// see what both have told, whoever of them set the flag first.
#[test]
fn noted_wakes_hand_over() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["one poll", "two polls"] }.check(|seen| {
        let (executor, log, flags) = (Executor::new(), Log::default(), [Flag::new(), Flag::new()]);
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flags[0], &flags[1]]));
        waker.wake_by_ref();
        let waking = flags.each_ref().map(|flag| tell(flag, &waker));
        executor.turn();
        waking.into_iter().for_each(|thread| thread.join().unwrap());
        executor.drain();
        seen.either(log.polls() == 2, "one poll", "two polls");
        check_answered(executor, &log, handle);
    });
}

/// What the caller of `wake` wrote plainly is there for the poll that the wake causes.
#[test]
fn plain_writes_come_with_the_wake() {
    Model { bound: None, floor: 5, outcomes: &["polled at once", "polled later"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let letter = Arc::new(Plain::new());
        let future = {
            let (letter, own) = (Arc::clone(&letter), log.clone());
            recorded(&log, move |cx, polls| {
                if polls == 1 {
                    own.leave(cx.waker());
                    return Poll::Pending;
                }
                assert_eq!(letter.read(), 7, "what was written before the wake is there");
                Poll::Ready(())
            })
        };
        let (handle, waker) = executor.spawn_waiting(&log, future);
        let waking = thread::spawn(move || {
            letter.write(7);
            waker.wake();
        });
        seen.either(executor.turn().done == 1, "polled at once", "polled later");
        waking.join().unwrap();
        executor.drain();
        check_answered(executor, &log, handle);
    });
}

/// A task wakes itself in its poll while another thread wakes it too.
#[test]
fn self_wake_vs_wake() {
    Model { bound: None, floor: 10, outcomes: &["two polls", "three polls"] }.check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let future = {
            let (flag, own) = (flag.clone(), log.clone());
            recorded(&log, move |cx, polls| {
                if flag.is_up() {
                    return Poll::Ready(());
                }
                if polls == 2 {
                    cx.waker().wake_by_ref();
                } else {
                    own.leave(cx.waker());
                }
                Poll::Pending
            })
        };
        let (handle, waker) = executor.spawn_waiting(&log, future);
        waker.wake_by_ref();
        let waking = tell(&flag, &waker);
        executor.turn();
        executor.turn();
        waking.join().unwrap();
        executor.drain();
        match log.polls() {
            2 => seen.note("two polls"),
            3 | 4 => seen.note("three polls"),
            polls => panic!("{polls} polls"),
        }
        check_answered(executor, &log, handle);
    });
}

/// A wake meets the task's last poll: it is noted and moot, or stale.
#[test]
fn wake_vs_completion() {
    Model { bound: None, floor: 5, outcomes: &["woken before the end", "woken after the end"] }.check(
        |seen| {
            let (executor, log) = (Executor::new(), Log::default());
            let own = log.clone();
            let (handle, waker) = executor.spawn_waiting(
                &log,
                recorded(&log, move |cx, polls| {
                    own.leave(cx.waker());
                    if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
                }),
            );
            executor.scheduled();
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
            seen.either(woken.load(Relaxed), "woken before the end", "woken after the end");
            waking.join().unwrap();
            assert_eq!(executor.scheduled(), 1, "a task that is done is not queued");
            assert_eq!(log.polls(), 2);
            check_answered(executor, &log, handle);
        },
    );
}
