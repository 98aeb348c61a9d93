//! A thread's place to sleep, and sleep elsewhere: where it polls, and is woken by a write to what it polls.

use super::harness::{Flag, Model, Plain};
use crate::driver::Parker;
use loom::sync::{Condvar, Mutex};
use loom::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What a thread polls: it wakes up when that is written to, and empties it. `writes`: how often it was.
#[derive(Default)]
struct Selector {
    written: Mutex<bool>,
    news: Condvar,
    writes: AtomicU32,
}

impl Selector {
    fn poll(&self) {
        let mut written = self.written.lock().unwrap();
        while !*written {
            written = self.news.wait(written).unwrap();
        }
        *written = false;
    }

    fn write(&self) {
        self.writes.fetch_add(1, Relaxed);
        *self.written.lock().unwrap() = true;
        self.news.notify_one();
    }
}

/// What a thread waits for, how it sleeps, and where.
struct World {
    parker: Arc<Parker>,
    selector: Selector,
    /// What callers bring, one each.
    brought: [Flag; 2],
    /// How often the thread slept in the selector.
    sleeps: AtomicU32,
}

impl World {
    fn new() -> Arc<World> {
        Arc::new(World {
            parker: Parker::new(),
            selector: Selector::default(),
            brought: [(); 2].map(|()| Flag::new()),
            sleeps: AtomicU32::new(0),
        })
    }

    /// As the driver's waker does. `true`: the thread was woken where it polls.
    fn call(&self, which: usize) -> bool {
        self.brought[which].raise();
        let elsewhere = self.parker.summon();
        if elsewhere {
            self.selector.write();
        }
        elsewhere
    }

    /// As the driver does that polls.
    fn wait(&self) {
        self.parker.elsewhere(|waits| {
            if waits {
                self.sleeps.fetch_add(1, Relaxed);
                self.selector.poll();
            }
        });
    }

    fn writes(&self) -> u32 {
        self.selector.writes.load(Relaxed)
    }
}

/// A call comes as its thread parks.
#[test]
fn call_vs_park() {
    Model { bound: None, floor: 20, outcomes: &["seen at once", "seen after a sleep"] }.check(|seen| {
        let (parker, flag, plain) = (Parker::new(), Flag::new(), Arc::new(Plain::new()));
        let caller = {
            let (parker, flag, plain) = (Arc::clone(&parker), flag.clone(), Arc::clone(&plain));
            thread::spawn(move || {
                plain.write(1);
                flag.raise();
                parker.call();
            })
        };
        let at_once = flag.is_up();
        parker.park(None);
        assert!(flag.is_up(), "a thread wakes up for a call only, and sees what came before it");
        assert_eq!(plain.read(), 1);
        caller.join().unwrap();
        assert!(!parker.is_called(), "a call ends one sleep");
        seen.either(at_once, "seen at once", "seen after a sleep");
    });
}

/// A call comes as its thread begins to poll.
#[test]
fn summon_vs_elsewhere() {
    Model { bound: None, floor: 20, outcomes: &["writes", "need not write"] }.check(|seen| {
        let world = World::new();
        let caller = {
            let world = Arc::clone(&world);
            thread::spawn(move || world.call(0))
        };
        world.wait();
        assert!(world.brought[0].is_up(), "a thread wakes up for a call only, and sees what came before it");
        let wrote = caller.join().unwrap();
        assert_eq!(world.writes(), world.sleeps.load(Relaxed), "it is written to where a thread polls only");
        assert!(!world.parker.is_called(), "a call ends one sleep");
        seen.either(wrote, "writes", "need not write");
    });
}

/// Two call a thread that polls.
#[test]
fn two_summon_vs_elsewhere() {
    Model { bound: Some(2), floor: 100, outcomes: &["one sleep", "two sleeps", "no sleep"] }.check(|seen| {
        let world = World::new();
        let callers = [0, 1].map(|which| {
            let world = Arc::clone(&world);
            thread::spawn(move || world.call(which))
        });
        while !world.brought.iter().all(Flag::is_up) {
            world.wait();
        }
        let wrote: u32 = callers.map(|caller| u32::from(caller.join().unwrap())).iter().sum();
        assert_eq!(wrote, world.writes());
        let sleeps = world.sleeps.load(Relaxed);
        assert_eq!(wrote, sleeps, "each sleep is ended by one write");
        seen.note(["no sleep", "one sleep", "two sleeps"][sleeps as usize]);
    });
}

/// Something else ends the poll as the call comes: the thread has seen what the call brought, or does not sleep next time.
#[test]
fn summon_vs_leaving() {
    const OUTCOMES: [&str; 3] = ["before it polls", "as it polls", "after it polled"];
    Model { bound: None, floor: 20, outcomes: &OUTCOMES }.check(|seen| {
        let world = World::new();
        let caller = {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                world.brought[0].raise();
                world.parker.summon()
            })
        };
        let (mut might_sleep, mut might_sleep_again) = (false, false);
        world.parker.elsewhere(|waits| might_sleep = waits);
        let sees = world.brought[0].is_up();
        let summoned = caller.join().unwrap();
        world.parker.elsewhere(|waits| might_sleep_again = waits);
        assert!(sees || !might_sleep_again, "the thread sleeps though it was called, and does not know why");
        assert!(might_sleep || !summoned, "a thread is written to that cannot sleep");
        seen.note(match (might_sleep, might_sleep_again, summoned) {
            (false, true, false) => "before it polls",
            (true, true, true) => "as it polls",
            (true, false, false) => "after it polled",
            other => panic!("a call is for one sleep: {other:?}"),
        });
    });
}

/// Calls while nobody waits are remembered, as one.
#[test]
fn two_calls_are_one() {
    Model { bound: None, floor: 2, outcomes: &["remembered"] }.check(|seen| {
        let parker = Parker::new();
        let other = {
            let parker = Arc::clone(&parker);
            thread::spawn(move || parker.summon())
        };
        let summoned = parker.summon();
        assert!(!summoned && !other.join().unwrap(), "nobody waits elsewhere");
        let mut might_sleep = [true, false];
        might_sleep.iter_mut().for_each(|might| parker.elsewhere(|waits| *might = waits));
        assert_eq!(might_sleep, [false, true], "two calls end one sleep, the next");
        seen.note("remembered");
    });
}
