//! Two workers and who brings them work: a small work-stealing executor with every part of core's.

use super::executor::take;
use super::harness::{Log, Model, Output, recorded};
use crate::queue::{Gate, Injector, Lifo, LifoThief, Ring, Thief};
use crate::task::{Exec, JoinHandle, Options, Ran, Runnable, Schedule, Seat, Spawn};
use loom::thread::{self, Thread};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::Poll;

/// What a worker has in its seat.
struct Own {
    worker: usize,
    ring: Ring,
    lifo: Lifo,
    searching: Cell<bool>,
    /// It sleeps when the model begins.
    asleep: Cell<bool>,
}

/// A worker as the others see it.
struct Remote {
    ring: Thief,
    lifo: LifoThief,
    thread: Mutex<Option<Thread>>,
}

struct Team {
    exec: Exec<Own>,
    gate: Gate,
    injector: Injector,
    remotes: [Remote; 2],
    stop: AtomicBool,
}

impl Schedule for Team {
    fn schedule(&self, task: Runnable) {
        match self.exec.here_with(task, |own, task| self.put(own, task)) {
            Ok(()) => {}
            Err(task) => {
                self.injector.put(0, task);
                self.wake_one();
            }
        }
    }
}

impl Team {
    fn new() -> (Arc<Team>, [Seat<Own>; 2]) {
        let (owns, remotes): (Vec<Own>, Vec<Remote>) = (0..2)
            .map(|worker| {
                let ((ring, thief), (lifo, lifo_thief)) = (Ring::new(), Lifo::new());
                let remote = Remote { ring: thief, lifo: lifo_thief, thread: Mutex::default() };
                (Own { worker, ring, lifo, searching: Cell::new(false), asleep: Cell::new(false) }, remote)
            })
            .unzip();
        let mut owns = owns.into_iter();
        let (exec, first) = Exec::register(Options::default(), owns.next().unwrap());
        let Ok(second) = exec.another_seat(owns.next().unwrap()) else { unreachable!("it is not retired") };
        let team = Team {
            exec,
            gate: Gate::new(2),
            injector: Injector::new(1),
            remotes: remotes.try_into().unwrap_or_else(|_| unreachable!("two")),
            stop: AtomicBool::new(false),
        };
        let shared = crate::sync::Arc::new(Shared(Arc::new(team)));
        first.install(crate::sync::Arc::clone(&shared));
        (Arc::clone(&shared.0), [first, second])
    }

    /// From inside: the place for the next task, or the back of the ring, and somebody may help.
    fn put(&self, own: &Own, task: Runnable) {
        let Err(task) = own.lifo.put(task) else { return };
        if let Err(task) = own.ring.push(task) {
            self.injector.put(0, task);
        }
        self.notify();
    }

    fn notify(&self) {
        if self.gate.may_choose() {
            self.wake_one();
        }
    }

    fn wake_one(&self) {
        if let Some(worker) = self.gate.choose(None) {
            let thread = self.remotes[worker].thread.lock().unwrap().clone();
            thread.expect("it has begun").unpark();
        }
    }

    fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.remotes.iter().any(|remote| !remote.ring.is_empty())
    }

    /// A worker's life, which may begin with a sleep.
    fn work(&self, own: &Own) {
        if own.asleep.get() && !self.is_woken(own) {
            return;
        }
        loop {
            while let Some(task) = self.own(own).or_else(|| self.search(own)) {
                if let Ran::Yielded(task) = task.run() {
                    self.put(own, task);
                }
            }
            if self.sleep(own) {
                return;
            }
        }
    }

    fn own(&self, own: &Own) -> Option<Runnable> {
        let task = own.lifo.take().or_else(|| own.ring.pop())?;
        if own.searching.get() {
            self.end_search(own);
        }
        if !own.ring.is_empty() {
            self.notify();
        }
        Some(task)
    }

    fn search(&self, own: &Own) -> Option<Runnable> {
        if !own.searching.get() {
            own.searching.set(self.gate.begin_search(own.worker, 1));
        }
        if !own.searching.get() {
            return None;
        }
        let mut few = self.injector.take(0, 2, 2);
        let task = few.next().or_else(|| self.remotes[1 - own.worker].ring.steal_into(&own.ring))?;
        few.for_each(|task| own.ring.push(task).expect("it was empty"));
        self.end_search(own);
        if !own.ring.is_empty() {
            self.notify();
        }
        Some(task)
    }

    fn end_search(&self, own: &Own) {
        own.searching.set(false);
        if self.gate.end_search(own.worker) && self.has_work() {
            self.wake_one();
        }
    }

    /// `true` if the worker is to leave.
    fn sleep(&self, own: &Own) -> bool {
        self.gate.announce(own.worker, own.searching.take());
        if self.stop.load(Relaxed) {
            return true;
        }
        if self.has_work() {
            // Somebody else may be about to take it, or to say where it is.
            thread::yield_now();
            self.gate.withdraw(own.worker);
            own.searching.set(true);
            return false;
        }
        !self.is_woken(own)
    }

    /// Sleeps until the worker is chosen. `false` if it is to leave.
    fn is_woken(&self, own: &Own) -> bool {
        while self.gate.is_idle(own.worker) {
            if self.stop.load(Relaxed) {
                return false;
            }
            thread::park();
        }
        own.searching.set(true);
        true
    }

    /// A thief that takes what another worker woke last.
    fn take_next_of(&self, worker: usize) -> Option<Runnable> {
        self.remotes[worker].lifo.steal()
    }
}

/// A scheduler is an `Arc` of core's; the rest of the model has the standard library's.
struct Shared(Arc<Team>);

impl Schedule for Shared {
    fn schedule(&self, task: Runnable) {
        self.0.schedule(task);
    }
}

/// Tasks that tell the thread which waits for them that they are done.
struct Waiting {
    done: Arc<AtomicU32>,
    main: Thread,
}

impl Waiting {
    fn new() -> Waiting {
        Waiting { done: Arc::default(), main: thread::current() }
    }

    fn tell(&self) -> impl Fn() + Send + use<> {
        let (done, main) = (Arc::clone(&self.done), self.main.clone());
        move || {
            done.fetch_add(1, Relaxed);
            main.unpark();
        }
    }

    fn wait_for(&self, tasks: u32) {
        while self.done.load(Relaxed) < tasks {
            thread::park();
        }
    }
}

fn spawn(team: &Team, log: &Log, told: impl Fn() + Send + Unpin + 'static) -> JoinHandle<Output> {
    let future = recorded(log, move |_, _| {
        told();
        Poll::Ready(())
    });
    let (task, handle) = team.exec.spawn(future, Spawn::here()).expect("not closed");
    team.schedule(task);
    handle
}

fn put_to_sleep(team: &Team, seats: &[Seat<Own>]) {
    for own in seats.iter().map(Seat::local) {
        own.asleep.set(true);
        team.gate.announce(own.worker, false);
    }
}

fn start<const N: usize>(team: &Arc<Team>, seats: [Seat<Own>; N]) -> [thread::JoinHandle<Seat<Own>>; N] {
    seats.map(|seat| {
        let (team, worker) = (Arc::clone(team), seat.local().worker);
        let started = {
            let team = Arc::clone(&team);
            thread::spawn(move || {
                seat.enter(|_| team.work(seat.local()));
                seat
            })
        };
        *team.remotes[worker].thread.lock().unwrap() = Some(started.thread().clone());
        started
    })
}

/// Every task was run: both workers sleep, and leave when they are told to.
fn stop(team: &Team, workers: [thread::JoinHandle<Seat<Own>>; 2]) {
    team.stop.store(true, Relaxed);
    workers.iter().for_each(|worker| worker.thread().unpark());
    let seats = workers.map(|worker| worker.join().unwrap());
    assert!(!team.has_work(), "no task is queued");
    assert_eq!(team.exec.counters().live, 0, "no task is left");
    team.exec.close();
    for seat in seats {
        assert!(seat.local().lifo.is_empty(), "no task is queued");
        assert!(seat.retire().is_ok(), "closed and empty");
    }
}

fn end(handles: impl IntoIterator<Item = JoinHandle<Output>>, logs: &[Log]) {
    handles.into_iter().for_each(|handle| drop(take(handle).expect("completed")));
    logs.iter().for_each(|log| {
        assert_eq!(log.polls(), 1, "each task runs once");
        log.check_end();
    });
}

/// One task comes from outside, at any moment of the only worker's life. If it is left behind, both wait for ever.
#[test]
fn one_from_outside() {
    Model { bound: Some(2), floor: 500, outcomes: &["at once", "later"] }.check(|seen| {
        let ((team, [first, second]), waiting, log) = (Team::new(), Waiting::new(), Log::default());
        let [worker] = start(&team, [first]);
        let handle = spawn(&team, &log, waiting.tell());
        seen.either(log.answered(), "at once", "later");
        waiting.wait_for(1);
        stop(&team, [worker, thread::spawn(move || second)]);
        end([handle], &[log]);
    });
}

/// One task comes from outside while both workers search, sleep, or are about to.
#[test]
fn one_while_both_fall_asleep() {
    Model { bound: Some(1), floor: 500, outcomes: &["by the first", "by the second"] }.check(|seen| {
        let ((team, seats), waiting, log) = (Team::new(), Waiting::new(), Log::default());
        let workers = start(&team, seats);
        let first = workers[0].thread().id();
        let handle = spawn(&team, &log, waiting.tell());
        waiting.wait_for(1);
        stop(&team, workers);
        seen.either(log.dropped_by() == first, "by the first", "by the second");
        end([handle], &[log]);
    });
}

/// Two tasks come from outside while both workers sleep: who brings the second may leave it to whom the first one woke.
#[test]
fn two_from_outside() {
    Model { bound: Some(1), floor: 100, outcomes: &["by one worker", "by both"] }.check(|seen| {
        let ((team, seats), waiting) = (Team::new(), Waiting::new());
        put_to_sleep(&team, &seats);
        let logs = [Log::default(), Log::default()];
        let workers = start(&team, seats);
        let handles = [0, 1].map(|n| spawn(&team, &logs[n], waiting.tell()));
        waiting.wait_for(2);
        stop(&team, workers);
        seen.either(logs[0].dropped_by() == logs[1].dropped_by(), "by one worker", "by both");
        end(handles, &logs);
    });
}

/// One task comes from outside while both workers sleep, and wakes two more where it runs: one goes to the place for
/// the next task, the other to the ring, from which the second worker steals.
#[test]
fn one_that_wakes_two() {
    Model { bound: Some(2), floor: 500, outcomes: &["by one worker", "by both"] }.check(|seen| {
        let ((team, seats), waiting) = (Team::new(), Waiting::new());
        put_to_sleep(&team, &seats);
        let logs = [Log::default(), Log::default(), Log::default()];
        // Those that are woken: made before, and handed to whoever runs the first.
        let made = [1, 2].map(|n| {
            let tell = waiting.tell();
            let future = recorded(&logs[n], move |_, _| {
                tell();
                Poll::Ready(())
            });
            team.exec.spawn(future, Spawn::here()).expect("not closed")
        });
        let (tasks, mut handles): (Vec<Runnable>, Vec<_>) = made.into_iter().unzip();
        let workers = start(&team, seats);
        let (tell, weak) = (waiting.tell(), Arc::downgrade(&team));
        let tasks = Mutex::new(tasks);
        handles.push(spawn(&team, &logs[0], move || {
            let team = weak.upgrade().expect("it runs");
            tasks.lock().unwrap().drain(..).for_each(|task| team.schedule(task));
            tell();
        }));
        waiting.wait_for(3);
        stop(&team, workers);
        let by = [0, 1, 2].map(|n| logs[n].dropped_by());
        seen.either(by[0] == by[1] && by[1] == by[2], "by one worker", "by both");
        end(handles, &logs);
    });
}

/// A worker's next task is taken by another thread while the worker reaches for it, and brought back from outside:
/// it runs once, somewhere.
#[test]
fn next_task_taken_and_brought_back() {
    Model { bound: Some(2), floor: 50, outcomes: &["brought back", "run at once"] }.check(|seen| {
        let ((team, [first, second]), waiting) = (Team::new(), Waiting::new());
        let log = Log::default();
        let handle = first.enter(|_| spawn(&team, &log, waiting.tell()));
        let [worker] = start(&team, [first]);
        let taken = team.take_next_of(0);
        seen.either(taken.is_some(), "brought back", "run at once");
        taken.into_iter().for_each(|task| team.schedule(task));
        waiting.wait_for(1);
        stop(&team, [worker, thread::spawn(move || second)]);
        end([handle], &[log]);
    });
}
