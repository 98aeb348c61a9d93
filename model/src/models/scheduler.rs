//! Wakes and spawns against the end of an executor, and the seat on its way between threads.

use super::executor::{Executor, take};
use super::harness::{Flag, Log, Model, recorded, wait_for};
use crate::queue::Inbox;
use crate::sync::{Arc, Mutex};
use crate::task::{Exec, Options, Ran, Runnable, Schedule, Seat, Spawn};
use loom::thread;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::Poll;

/// A foreign wake is still on its way out of the scheduler when the task it queued has run and ended, and the
/// executor closes, retires and lets its scheduler go: the waker keeps it until it is through.
#[test]
fn wake_vs_retire() {
    Model { bound: None, floor: 20, outcomes: &["ended at once", "ended later"] }.check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        let waking = thread::spawn(move || {
            flag.raise();
            waker.wake();
        });
        executor.exec.close();
        if executor.turn().done == 1 {
            seen.note("ended at once");
            assert!(executor.try_retire().is_ok(), "no task is left");
            waking.join().unwrap();
        } else {
            seen.note("ended later");
            let Err(executor) = executor.try_retire() else {
                panic!("an executor retires without tasks only")
            };
            waking.join().unwrap();
            executor.drain();
            executor.check_end();
        }
        drop(take(handle).expect("completed"));
        log.check_end();
    });
}

/// The same with an abort in place of the wake, and the abort goes on alone: nobody waits for it.
#[test]
fn abort_vs_retire() {
    Model { bound: None, floor: 20, outcomes: &["ended at once", "ended later"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let (handle, _) = executor.spawn_waiting(&log, wait_for(&log, [&Flag::new()]));
        let abort = handle.abort_handle();
        let aborting = thread::spawn(move || abort.abort());
        executor.exec.close();
        if executor.turn().done == 1 {
            seen.note("ended at once");
            assert!(executor.try_retire().is_ok(), "no task is left");
            aborting.join().unwrap();
        } else {
            seen.note("ended later");
            aborting.join().unwrap();
            executor.drain();
            executor.check_end();
        }
        assert!(take(handle).is_err());
        log.check_end();
    });
}

/// A wake and an abort, both foreign, while the executor shuts down by aborting everything itself.
#[test]
fn wake_vs_shutdown() {
    Model { bound: Some(2), floor: 1_000, outcomes: &["completed", "cancelled"] }.check(|seen| {
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        let abort = handle.abort_handle();
        let aborting = thread::spawn(move || abort.abort());
        let waking = thread::spawn(move || {
            flag.raise();
            waker.wake();
        });
        executor.turn();
        executor.exec.close();
        executor.exec.abort_all();
        executor.cancel_turn();
        let executor = executor.try_retire();
        aborting.join().unwrap();
        waking.join().unwrap();
        if let Err(executor) = executor {
            executor.shut_down();
        }
        seen.either(take(handle).is_ok(), "completed", "cancelled");
        log.check_end();
    });
}

/// A foreign spawn meets the closing: it is refused and the future comes back, or the task is there and ends.
#[test]
fn spawn_vs_close() {
    Model { bound: None, floor: 50, outcomes: &["refused", "cancelled in time", "cancelled later"] }.check(
        |seen| {
            let (executor, log) = (Executor::new(), Log::default());
            let spawning = {
                let (exec, scheduler, log) = (executor.exec, executor.scheduler(), log.clone());
                thread::spawn(move || {
                    let (task, handle) =
                        exec.spawn(recorded(&log, |_, _| Poll::Ready(())), Spawn::here()).ok()?;
                    scheduler.schedule(task);
                    Some(handle)
                })
            };
            executor.exec.close();
            executor.exec.abort_all();
            executor.cancel_turn();
            let retired = executor.try_retire();
            let in_time = retired.is_ok();
            let handle = spawning.join().unwrap();
            if let Err(executor) = retired {
                assert!(handle.is_some(), "only a task keeps an executor from retiring");
                executor.shut_down();
            }
            match handle {
                None => seen.note("refused"),
                Some(handle) => {
                    seen.either(in_time, "cancelled in time", "cancelled later");
                    assert!(take(handle).is_err_and(|error| error.is_cancelled()), "answered, not lost");
                }
            }
            log.check_end();
        },
    );
}

/// A foreign spawn with a number of an executor that has retired meets the block's next tenant: refused.
#[test]
fn spawn_vs_next_tenant() {
    Model { bound: None, floor: 20, outcomes: &["refused", "cancelled"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let exec = executor.exec;
        let spawning = {
            let log = log.clone();
            // The `Runnable` is dropped outside the seat, which cancels.
            thread::spawn(move || exec.spawn(recorded(&log, |_, _| Poll::Ready(())), Spawn::here()).ok())
        };
        exec.close();
        let retired = executor.try_retire();
        let next = retired.is_ok().then(|| {
            let (exec, seat) = Exec::register(Options::default(), ());
            Executor::seated(exec, seat)
        });
        let spawned = spawning.join().unwrap();
        seen.either(spawned.is_none(), "refused", "cancelled");
        if let Some((task, handle)) = spawned {
            drop(task);
            assert!(take(handle).is_err());
        }
        if let Err(executor) = retired {
            executor.check_end();
        }
        if let Some(next) = next {
            assert_eq!(next.counters().spawned, 0, "the earlier tenant's spawn is not ours");
            next.check_end();
        }
        log.check_end();
    });
}

/// A task is dropped outside the seat (which cancels it there) while the executor tries to retire.
#[test]
fn cancel_there_vs_retire() {
    Model { bound: None, floor: 10, outcomes: &["retired", "busy"] }.check(|seen| {
        let (executor, log) = (Executor::new(), Log::default());
        let future = recorded(&log, |_, _| Poll::Ready(()));
        let (task, handle) = executor.exec.spawn(future, Spawn::here()).expect("not closed");
        let dropping = thread::spawn(move || drop(task));
        executor.exec.close();
        let retired = executor.try_retire();
        seen.either(retired.is_ok(), "retired", "busy");
        assert!(
            retired.is_err() || log.future_is_dropped(),
            "an executor retires after its last future is gone"
        );
        dropping.join().unwrap();
        if let Err(executor) = retired {
            executor.check_end();
        }
        assert!(take(handle).is_err());
        log.check_end();
    });
}

type Queue = RefCell<VecDeque<Runnable>>;

/// As a real scheduler: plain memory in the seat, the inbox from elsewhere.
struct TwoWays {
    exec: Exec<Queue>,
    inbox: Inbox,
}

impl Schedule for TwoWays {
    fn schedule(&self, task: Runnable) {
        let mut task = Some(task);
        self.exec.here(|queue| queue.borrow_mut().extend(task.take()));
        if let Some(task) = task {
            self.inbox.put(task);
        }
    }
}

/// One turn by whoever holds the seat: what came in is queued, then one task is run.
fn sit_and_run(seat: &Seat<Queue>, scheduler: &TwoWays) {
    seat.enter(|_| {
        seat.local().borrow_mut().extend(scheduler.inbox.take());
        let task = seat.local().borrow_mut().pop_front();
        if let Some(Ran::Yielded(task)) = task.map(Runnable::run) {
            scheduler.schedule(task);
        }
    });
}

/// The seat, with tasks in its queue, passes between two threads while a third wakes: the tasks go with it.
#[test]
fn seat_passes_with_its_queue() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["done in time", "done later"] }.check(|seen| {
        let (exec, seat) = Exec::register(Options::default(), Queue::default());
        let scheduler = Arc::new(TwoWays { exec, inbox: Inbox::new() });
        seat.install(Arc::clone(&scheduler));
        let (logs, flag) = ([Log::default(), Log::default()], Flag::new());
        let spawn = |log| {
            let (task, handle) = exec.spawn(wait_for(log, [&flag]), Spawn::here()).expect("not closed");
            seat.enter(|_| scheduler.schedule(task));
            handle
        };
        let handles = [spawn(&logs[0]), spawn(&logs[1])];
        // One has its first poll before the threads begin, the other still is in the queue.
        sit_and_run(&seat, &scheduler);
        let waker = logs[0].waker();
        let seat = Arc::new(Mutex::new(Some(seat)));
        let waking = {
            let flag = flag.clone();
            thread::spawn(move || {
                flag.raise();
                waker.wake();
            })
        };
        let runner = {
            let (seat, scheduler) = (Arc::clone(&seat), Arc::clone(&scheduler));
            thread::spawn(move || sit_and_run(seat.lock().unwrap().as_ref().unwrap(), &scheduler))
        };
        sit_and_run(seat.lock().unwrap().as_ref().unwrap(), &scheduler);
        waking.join().unwrap();
        runner.join().unwrap();
        let seat = seat.lock().unwrap().take().unwrap();
        seen.either(logs[0].answered(), "done in time", "done later");
        if !logs[1].answered() {
            logs[1].waker().wake();
        }
        while exec.counters().live > 0 {
            sit_and_run(&seat, &scheduler);
        }
        handles.into_iter().for_each(|handle| drop(take(handle).expect("completed")));
        assert!(seat.local().borrow().is_empty() && scheduler.inbox.is_empty(), "no task is queued");
        exec.close();
        seat.retire().expect("closed and empty");
        logs.iter().for_each(Log::check_end);
    });
}

/// What a local task's foreign abort reaches: a scheduler that gives the task up at once.
struct Careless(Inbox);

impl Schedule for Careless {
    fn schedule(&self, task: Runnable) {
        self.0.put(task);
    }
}

/// A task that may not leave its thread is dropped as a `Runnable` by another thread: its executor gets it back
/// and cancels it, on its own thread.
#[test]
fn local_task_dropped_there() {
    Model { bound: None, floor: 5, outcomes: &["at once", "later"] }.check(|seen| {
        let (exec, seat) = Exec::register_local(Options::default(), ());
        let scheduler = Arc::new(Careless(Inbox::new()));
        seat.install(Arc::clone(&scheduler));
        let log = Log::default();
        let future = recorded(&log, |_, _| Poll::Ready(()));
        let (task, handle) = exec.spawn_local(future, Spawn::here()).expect("not closed");
        let dropping = thread::spawn(move || drop(task));
        let run = || seat.enter(|_| scheduler.0.take().for_each(|task| drop(task.run())));
        run();
        seen.either(log.future_is_dropped(), "at once", "later");
        dropping.join().unwrap();
        run();
        assert_eq!(
            (log.polls(), log.dropped_by()),
            (0, thread::current().id()),
            "it is dropped on its thread"
        );
        assert!(take(handle).is_err());
        exec.close();
        seat.retire().expect("closed and empty");
        log.check_end();
    });
}
