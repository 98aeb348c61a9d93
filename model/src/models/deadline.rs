//! Whether who waits in the driver does so no longer than until the first deadline: a worker begins to wait there as others
//! arm timers in their wheels.
//!
//! The wheels and the parker are the real ones. What stands between them is spread over files that loom cannot compile;
//! the lines that count are here as they are there, and [`the_copies_are_as_their_sources`].

use super::harness::Model;
use crate::driver::{Parker, Reactor};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
use crate::timer::{Entry, NEVER, Timers as Wheel};
use loom::thread;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::task::Waker;

const NOBODY: usize = usize::MAX;

/// Of a clock that shows nanoseconds.
type Instant = u64;

fn nanos(time: Instant) -> u64 {
    time
}

fn instant(nanos: u64) -> Instant {
    nanos
}

#[derive(Clone, Copy)]
struct Deadline(Instant);

impl Deadline {
    fn nanos(self) -> u64 {
        nanos(self.0)
    }
}

enum Wait {
    World,
    Until(Instant),
    Jump,
}

struct Timers {
    wheels: [Wheel; 2],
    real: bool,
    waited: AtomicU64,
}

impl Timers {
    fn is_real(&self) -> bool {
        self.real
    }

    fn wait_unreal(&self) -> Wait {
        assert!(!self.real, "an unreal clock stands still");
        Wait::Jump
    }

    // As in airmail/src/timers/mod.rs:
    fn next(&self) -> u64 {
        self.wheels.iter().map(Wheel::next).min().unwrap_or(NEVER)
    }
    // So far.

    // As in airmail/src/timers/mod.rs:
    pub(crate) fn wait(&self) -> Wait {
        match self.next() {
            NEVER => Wait::World,
            first if self.is_real() => Wait::Until(instant(first)),
            _ => self.wait_unreal(),
        }
    }
    // So far.

    // As in airmail/src/timers/mod.rs:
    pub(crate) fn are_armed(&self) -> bool {
        self.next() != NEVER
    }
    // So far.

    // As in airmail/src/timers/mod.rs:
    pub(crate) fn begins_to_wait(&self) {
        self.waited.store(NEVER, Ordering::Relaxed);
    }
    // So far.

    // As in airmail/src/timers/mod.rs:
    pub(crate) fn waits_until(&self, until: Instant) {
        self.waited.store(nanos(until), Ordering::Relaxed);
    }
    // So far.

    // As in airmail/src/timers/mod.rs:
    pub(crate) fn is_waited_past(&self, deadline: Deadline) -> bool {
        deadline.nanos() < self.waited.load(Ordering::Relaxed)
    }
    // So far.
}

struct Company {
    timers: Timers,
    reactor: Reactor,
}

struct Scheduler {
    company: Company,
    driver_looks: bool,
    by_workers: bool,
    holder: AtomicUsize,
    parker: Arc<Parker>,
    /// How often a worker was woken to wait in the driver, since nobody did.
    woken: AtomicU32,
}

impl Scheduler {
    fn new() -> Arc<Scheduler> {
        let wheels = [Wheel::new(), Wheel::new()];
        let timers = Timers { wheels, real: true, waited: AtomicU64::new(NEVER) };
        Arc::new(Scheduler {
            company: Company { timers, reactor: Reactor },
            driver_looks: false,
            by_workers: false,
            holder: AtomicUsize::new(NOBODY),
            parker: Parker::new(),
            woken: AtomicU32::new(0),
        })
    }

    /// Who arms here is no worker, and so does not look at events itself.
    fn looks_late(&self) -> bool {
        !self.by_workers
    }

    /// Nor does anybody watch over polls that are long.
    fn rescues(&self) -> bool {
        self.by_workers
    }

    fn tell_driver(&self) {
        self.parker.call();
    }

    fn wake_one(&self) {
        self.woken.fetch_add(1, Ordering::Relaxed);
    }

    // As in airmail/src/multi/scheduler.rs:
    pub(crate) fn tell_of_timer(&self, deadline: Deadline) {
        // Pairs with `set_holder`.
        fence(Ordering::SeqCst);
        if self.holder().is_none() {
            self.see_to_events(self.looks_late());
        } else if self.company.timers.is_waited_past(deadline) {
            self.tell_driver();
        }
    }
    // So far.

    // As in airmail/src/multi/scheduler.rs:
    pub(super) fn see_to_events(&self, late: bool) {
        if self.misses_events(late) {
            self.wake_one();
        }
    }
    // So far.

    // As in airmail/src/multi/scheduler.rs:
    pub(super) fn misses_events(&self, late: bool) -> bool {
        self.holder().is_none() && (self.driver_looks || (late || !self.rescues()) && self.has_events())
    }
    // So far.

    // As in airmail/src/multi/scheduler.rs:
    pub(super) fn has_events(&self) -> bool {
        self.company.reactor.is_started() || self.company.timers.are_armed()
    }
    // So far.

    // As in airmail/src/multi/scheduler.rs:
    pub(super) fn holder(&self) -> Option<usize> {
        let holder = self.holder.load(Ordering::Relaxed);
        (holder != NOBODY).then_some(holder)
    }
    // So far.

    // As in airmail/src/multi/scheduler.rs:
    pub(super) fn set_holder(&self, place: Option<usize>) {
        self.company.timers.begins_to_wait();
        self.holder.store(place.unwrap_or(NOBODY), Ordering::Relaxed);
        // Pairs with `tell_of_events`: either this worker finds the new timer, or who armed it finds that it waits (or not).
        fence(Ordering::SeqCst);
    }
    // So far.

    fn wheel(&self, place: usize) -> &Wheel {
        &self.company.timers.wheels[place]
    }

    /// As a sleep does that is polled: whoever waits hears of it if it is the first.
    fn arm(&self, place: usize, deadline: u64) -> Pin<Box<Entry>> {
        let mut entry = Box::pin(Entry::new());
        let first = self.wheel(place).arm(entry.as_mut(), deadline, 0, Waker::noop());
        if first.expect("it is open") {
            self.tell_of_timer(Deadline(deadline));
        }
        entry
    }
}

struct Queues {
    place: usize,
}

struct Bench<'a> {
    scheduler: &'a Scheduler,
    queues: Queues,
}

impl Bench<'_> {
    /// The worker begins to wait, and says until when it would.
    fn begins(&self) -> Option<Instant> {
        let scheduler = self.scheduler;
        // As in airmail/src/multi/sleep.rs:
        scheduler.set_holder(Some(self.queues.place));
        let until = match scheduler.company.timers.wait() {
            Wait::World | Wait::Jump => None,
            Wait::Until(deadline) => {
                scheduler.company.timers.waits_until(deadline);
                Some(deadline)
            }
        };
        // So far.
        until
    }

    /// The worker waits until that time, before which no later time comes. Answers how often it was called.
    fn waits_until(&self, first: Instant) -> usize {
        let mut calls = 0;
        while self.begins() != Some(first) {
            self.scheduler.parker.park(None);
            self.scheduler.set_holder(None);
            calls += 1;
        }
        calls
    }
}

/// A worker that was already in the driver, until 5, which is past.
fn worker(scheduler: &Scheduler) -> Bench<'_> {
    let worker = Bench { scheduler, queues: Queues { place: 0 } };
    let timer = scheduler.arm(0, 5);
    assert_eq!(worker.waits_until(5), 0);
    scheduler.set_holder(None);
    while scheduler.wheel(0).fire(5, drop) {}
    drop(timer);
    worker
}

fn arms(scheduler: &Arc<Scheduler>, place: usize, deadline: u64) -> thread::JoinHandle<Pin<Box<Entry>>> {
    let scheduler = Arc::clone(scheduler);
    thread::spawn(move || scheduler.arm(place, deadline))
}

/// A worker goes to sleep as a timer is armed, which is the only one.
#[test]
fn arm_vs_park() {
    Model { bound: Some(4), floor: 50, outcomes: &["sees it", "is called"] }.check(|seen| {
        let scheduler = Scheduler::new();
        let worker = worker(&scheduler);
        let user = arms(&scheduler, 0, 10);
        let calls = worker.waits_until(10);
        seen.either(calls == 0, "sees it", "is called");
        drop(user.join().unwrap());
    });
}

/// A worker goes to sleep until some deadline as a nearer one is armed: in the same wheel, or in another.
#[test]
fn arm_nearer_vs_park() {
    Model { bound: Some(3), floor: 100, outcomes: &["sees it", "is called"] }.check(|seen| {
        let scheduler = Scheduler::new();
        let worker = worker(&scheduler);
        let later = scheduler.arm(0, 20);
        let user = arms(&scheduler, 1, 10);
        let calls = worker.waits_until(10);
        seen.either(calls == 0, "sees it", "is called");
        drop(user.join().unwrap());
        drop(later);
    });
}

/// Two workers arm timers, each in its wheel, as a third goes to sleep.
#[test]
fn two_arm_vs_park() {
    Model { bound: Some(2), floor: 100, outcomes: &["no call", "one call", "two calls"] }.check(|seen| {
        let scheduler = Scheduler::new();
        let worker = worker(&scheduler);
        let users = [(0, 10), (1, 20)].map(|(place, deadline)| arms(&scheduler, place, deadline));
        let calls = worker.waits_until(10);
        seen.note(["no call", "one call", "two calls"][calls]);
        users.into_iter().for_each(|user| drop(user.join().unwrap()));
    });
}

/// A later timer is armed as a worker goes to sleep: who knows until when it waits need not call.
#[test]
fn arm_later_vs_park() {
    Model { bound: None, floor: 50, outcomes: &["calls", "need not call"] }.check(|seen| {
        let scheduler = Scheduler::new();
        let worker = worker(&scheduler);
        let first = scheduler.arm(0, 10);
        let user = arms(&scheduler, 1, 20);
        assert_eq!(worker.waits_until(10), 0, "the first is there");
        drop(user.join().unwrap());
        seen.either(scheduler.parker.is_called(), "calls", "need not call");
        drop(first);
    });
}

/// A worker leaves the driver as a timer is armed: it sees the timer, or somebody else is woken to wait.
#[test]
fn arm_vs_leave() {
    const OUTCOMES: [&str; 2] = ["it sees the timer", "another waits"];
    Model { bound: None, floor: 50, outcomes: &OUTCOMES }.check(|seen| {
        let scheduler = Scheduler::new();
        let worker = worker(&scheduler);
        assert_eq!(worker.begins(), None);
        let user = arms(&scheduler, 0, 10);
        scheduler.set_holder(None);
        let sees = scheduler.company.timers.are_armed();
        drop(user.join().unwrap());
        assert!(
            sees || scheduler.woken.load(Ordering::Relaxed) > 1,
            "nobody waits for the timer, and nobody is woken to"
        );
        seen.either(sees, OUTCOMES[0], OUTCOMES[1]);
    });
}

#[test]
fn the_copies_are_as_their_sources() {
    let plain = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let sources = [
        ("airmail/src/timers/mod.rs", include_str!("../../../airmail/src/timers/mod.rs")),
        ("airmail/src/multi/scheduler.rs", include_str!("../../../airmail/src/multi/scheduler.rs")),
        ("airmail/src/multi/sleep.rs", include_str!("../../../airmail/src/multi/sleep.rs")),
    ];
    let here = plain(include_str!("deadline.rs"));
    let mut copies = 0;
    for copy in here.split("\n// As in ").skip(1) {
        let (file, copy) = copy.split_once(":\n").expect("a file");
        let (copy, _) = copy.split_once("\n// So far.").expect("an end");
        let (_, source) = sources.iter().find(|(name, _)| *name == file).expect("one of these files");
        assert!(
            plain(source).contains(copy),
            "{file} has not the lines that model/src/models/deadline.rs has:\n{copy}"
        );
        copies += 1;
    }
    assert_eq!(copies, 13);
}
