//! The seats of one executor: threads that run its tasks at once, and the last of them.

use super::executor::{Executor, Scheduler, take};
use super::harness::{Flag, Log, Model, recorded, wait_for};
use crate::sync::Arc as CoreArc;
use crate::task::{Busy, Exec, Ran, Schedule, Seat, Spawn};
use loom::thread;
use std::sync::Arc;
use std::task::Poll;

/// A task has ended in this seat, so that it has a free slot.
fn warm_up(exec: Exec<()>, seat: &Seat<()>) {
    let log = Log::default();
    let future = recorded(&log, |_, _| Poll::Ready(()));
    let (task, handle) = exec.spawn(future, Spawn::here()).expect("not closed");
    seat.enter(|_| {
        assert!(matches!(task.run(), Ran::Done(_)));
        drop(take(handle));
    });
}

/// Runs what is queued, once each, in this seat.
fn run(seat: &Seat<()>, scheduler: &Scheduler) -> u32 {
    let mut done = 0;
    seat.enter(|_| {
        for task in scheduler.inbox.take() {
            match task.run() {
                Ran::Yielded(task) => scheduler.schedule(task),
                Ran::Pending => {}
                Ran::Done(_) => done += 1,
            }
        }
    });
    done
}

/// Two threads spawn in their seats and end what they find, also each other's, while a third counts: a task that is
/// there is always counted, and in the end all were.
#[test]
fn counts_are_never_too_low() {
    Model { bound: Some(2), floor: 1_000, outcomes: &["one live", "two live", "three live"] }.check(|seen| {
        let (executor, flag) = (Executor::new(), Flag::new());
        let logs: [Log; 3] = std::array::from_fn(|_| Log::default());
        let (waiting, waker) = executor.spawn_waiting(&logs[0], wait_for(&logs[0], [&flag]));
        let (exec, scheduler, seats) = executor.apart();
        seats.iter().for_each(|seat| warm_up(exec, seat));
        let mut logs_of = logs[1..].iter().cloned();
        let threads = seats.map(|seat| {
            let (scheduler, log) = (CoreArc::clone(&scheduler), logs_of.next().unwrap());
            thread::spawn(move || {
                let future = recorded(&log, |_, _| Poll::Ready(()));
                let spawn = || exec.spawn(future, Spawn::here()).expect("not closed");
                let (task, handle) = seat.enter(|_| spawn());
                scheduler.schedule(task);
                run(&seat, &scheduler);
                (seat, handle)
            })
        });
        let counters = exec.counters();
        assert!(counters.live >= 1, "a task that waits is counted");
        seen.note(["one live", "two live", "three live"][counters.live as usize - 1]);
        let [(seat, one), (other, two)] = threads.map(|thread| thread.join().unwrap());
        run(&seat, &scheduler);
        let counters = exec.counters();
        assert_eq!((counters.spawned, counters.live), (5, 1), "each task is counted once");
        assert!(other.retire().is_ok(), "there is another");
        flag.raise();
        waker.wake();
        run(&seat, &scheduler);
        [waiting, one, two].into_iter().for_each(|handle| drop(take(handle).expect("completed")));
        logs.iter().for_each(Log::check_end);
        exec.close();
        assert!(seat.retire().is_ok(), "closed and empty");
    });
}

/// As a worker that leaves: gives its seat up, or has the last one, and runs tasks until that is given up too.
fn leave(seat: Seat<()>, scheduler: &Scheduler) -> bool {
    let mut seat = seat;
    let mut was_busy = false;
    while let Err(Busy(same)) = seat.retire() {
        seat = same;
        was_busy = true;
        thread::yield_now();
        run(&seat, scheduler);
    }
    was_busy
}

/// Two threads run what they find and give their seats up: the last one ends the executor, when no task is left, and
/// nothing of it is gone before.
#[test]
fn two_leave() {
    Model { bound: None, floor: 30, outcomes: &["run here", "run there"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let handle = executor.spawn(recorded(&log, |_, _| Poll::Ready(())));
        executor.exec.close();
        let (exec, scheduler, [one, other]) = executor.apart();
        let leaves = |seat: Seat<()>| {
            let scheduler = CoreArc::clone(&scheduler);
            move || {
                let done = run(&seat, &scheduler);
                assert!(!leave(seat, &scheduler), "who runs a task has a seat");
                done
            }
        };
        let there = thread::spawn(leaves(other));
        let here = leaves(one)();
        let there = there.join().unwrap();
        assert_eq!(here + there, 1);
        seen.either(here == 1, "run here", "run there");
        assert!(exec.another_seat(()).is_err(), "the last seat ends the registration");
        drop(take(handle).expect("completed"));
        log.check_end();
    });
}

/// A foreign wake comes while both seats are given up: the last one waits for the task, and the waker keeps the
/// scheduler until it is through.
#[test]
fn wake_vs_last_seat() {
    Model { bound: Some(2), floor: 200, outcomes: &["run here", "run there", "run by the last"] }.check(
        |seen| {
            let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
            let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
            executor.exec.close();
            let (exec, scheduler, [one, other]) = executor.apart();
            let waking = thread::spawn(move || {
                flag.raise();
                waker.wake();
            });
            let there = {
                let scheduler = CoreArc::clone(&scheduler);
                thread::spawn(move || (run(&other, &scheduler), leave(other, &scheduler)))
            };
            let here = (run(&one, &scheduler), leave(one, &scheduler));
            let there = there.join().unwrap();
            assert!(!here.1 || !there.1, "one is the last");
            match (here.0, there.0) {
                (1, _) => seen.note("run here"),
                (_, 1) => seen.note("run there"),
                _ => seen.note("run by the last"),
            }
            assert!(exec.another_seat(()).is_err(), "the last seat ends the registration");
            waking.join().unwrap();
            drop(take(handle).expect("completed"));
            log.check_end();
        },
    );
}

/// A thread spawns in its seat while another one closes the executor: the spawn is refused, or the task is counted and
/// found by who aborts everything once that seat is given up.
#[test]
fn close_vs_spawn_in_another_seat() {
    Model { bound: None, floor: 20, outcomes: &["refused", "cancelled"] }.check(|seen| {
        let log = Log::default();
        let (exec, scheduler, [one, other]) = Executor::new().apart();
        warm_up(exec, &other);
        let spawning = {
            let log = log.clone();
            thread::spawn(move || {
                let own = log.clone();
                let future = recorded(&log, move |cx, _| {
                    own.leave(cx.waker());
                    Poll::Pending
                });
                let handle = other.enter(|_| {
                    let (task, handle) = exec.spawn(future, Spawn::here()).ok()?;
                    // It waits, so that only who goes through all tasks finds it.
                    assert!(matches!(task.run(), Ran::Pending));
                    Some(handle)
                });
                assert!(other.retire().is_ok(), "there is another");
                handle
            })
        };
        exec.close();
        let handle = spawning.join().unwrap();
        assert_eq!(exec.counters().live, u64::from(handle.is_some()), "refused, or counted");
        exec.abort_all();
        run(&one, &scheduler);
        assert!(one.retire().is_ok(), "a task that was spawned in time is found");
        seen.either(handle.is_some(), "cancelled", "refused");
        if let Some(handle) = handle {
            assert!(take(handle).is_err_and(|error| error.is_cancelled()), "answered, not lost");
        }
        log.check_end();
    });
}

/// One more seat is asked for as the last one is given up: there is one more, and the executor goes on, or there is no
/// executor any more.
#[test]
fn another_seat_vs_last() {
    Model { bound: None, floor: 4, outcomes: &["another", "retired"] }.check(|seen| {
        let (exec, scheduler, [one, other]) = Executor::new().apart();
        exec.close();
        assert!(one.retire().is_ok(), "there is another");
        // Nothing has ended by that: there may be one more.
        let more = exec.another_seat(()).expect("a seat keeps the registration");
        assert!(more.retire().is_ok(), "there is another");
        let asking = thread::spawn(move || exec.another_seat(()));
        assert!(other.retire().is_ok(), "closed and empty");
        let another = asking.join().unwrap();
        seen.either(another.is_ok(), "another", "retired");
        if let Ok(seat) = another {
            assert_eq!(run(&seat, &scheduler), 0);
            assert!(seat.retire().is_ok(), "closed and empty");
        }
        assert!(exec.another_seat(()).is_err(), "the last seat ends the registration");
    });
}

/// A task is aborted in one seat while it is polled in another: it is cancelled where it is owned then, or completed.
#[test]
fn abort_in_another_seat() {
    const OUTCOMES: [&str; 3] = ["completed", "cancelled by the poller", "cancelled by the aborter"];
    Model { bound: Some(3), floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        flag.raise();
        waker.wake();
        let polling = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || {
                executor.turn();
                thread::current().id()
            })
        };
        executor.sitting(|| handle.abort());
        executor.turn();
        let poller = polling.join().unwrap();
        executor.drain();
        match take(handle) {
            Ok(output) => {
                drop(output);
                seen.note(OUTCOMES[0]);
            }
            Err(error) => {
                assert!(error.is_cancelled());
                seen.note(OUTCOMES[if log.dropped_by() == poller { 1 } else { 2 }]);
            }
        }
        log.check_end();
        executor.check_end();
    });
}

/// A task goes from one seat to another between its polls, by a wake from outside, with what the first one wrote.
#[test]
fn wake_brings_it_to_another_seat() {
    Model { bound: Some(3), floor: 500, outcomes: &["two polls", "three polls"] }.check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (own, up, memory) = (log.clone(), flag.clone(), crate::pool::leak(super::harness::Plain::new()));
        let (handle, waker) = executor.spawn_waiting(
            &log,
            recorded(&log, move |cx, polls| {
                // loom reports polls of two threads without an order.
                assert_eq!(memory.read() + 1, polls);
                memory.write(polls);
                if up.is_up() {
                    return Poll::Ready(());
                }
                own.leave(cx.waker());
                Poll::Pending
            }),
        );
        waker.wake_by_ref();
        let waking = thread::spawn(move || {
            flag.raise();
            waker.wake();
        });
        let other = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || executor.turn())
        };
        executor.turn();
        waking.join().unwrap();
        other.join().unwrap();
        executor.drain();
        seen.either(log.polls() == 2, "two polls", "three polls");
        drop(take(handle).expect("completed"));
        log.check_end();
        executor.check_end();
    });
}
