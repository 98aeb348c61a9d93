//! The gate: who brings work and who goes to sleep.

use super::harness::Model;
use super::loose::loose;
use super::ring::drain;
use crate::queue::{Gate, Inbox, Injector, Ring};
use crate::task::Runnable;
use loom::thread;
use std::sync::Arc;

/// A gate, and a queue that everybody brings work to.
struct Place {
    gate: Gate,
    injector: Injector,
}

fn place(workers: usize) -> Arc<Place> {
    Arc::new(Place { gate: Gate::new(workers), injector: Injector::new(1) })
}

impl Place {
    /// As any thread does: who is to be woken for it.
    fn bring(&self, task: Runnable) -> Option<usize> {
        self.injector.put(0, task);
        self.gate.choose(None)
    }

    /// As a worker does that found nothing. `true`: it sleeps until it is chosen; otherwise it is a searcher.
    fn falls_asleep(&self, worker: usize, searching: bool) -> bool {
        self.gate.announce(worker, searching);
        let sleeps = self.injector.is_empty();
        if !sleeps {
            self.gate.withdraw(worker);
        }
        sleeps
    }

    /// As a searcher does: a task, and who is to be woken for the next one.
    fn takes(&self, worker: usize) -> (Option<Runnable>, Option<usize>) {
        let task = self.injector.take(0, 1, 1).next();
        let more = task.is_some() && self.gate.end_search(worker) && !self.injector.is_empty();
        (task, if more { self.gate.choose(None) } else { None })
    }
}

/// The end of a model: everything that was not taken was left to somebody who was woken, or is awake.
fn left_to(place: &Place, awake: bool) -> Vec<Runnable> {
    let left: Vec<Runnable> = place.injector.take(0, 1, usize::MAX).collect();
    if !left.is_empty() && !awake {
        std::mem::forget(left);
        panic!("a task is left behind: every worker sleeps, and none is chosen");
    }
    left
}

/// Somebody brings a task while the only worker goes to sleep: it is found, or the worker is woken.
#[test]
fn bring_vs_sleep() {
    Model { bound: Some(3), floor: 50, outcomes: &["found", "woken", "found and woken"] }.check(|seen| {
        let (loose, [task]) = loose();
        let place = place(1);
        let worker = {
            let place = Arc::clone(&place);
            thread::spawn(move || place.falls_asleep(0, false))
        };
        let chosen = place.bring(task);
        let sleeps = worker.join().unwrap();
        match (sleeps, chosen) {
            (true, _) => seen.note("woken"),
            (false, None) => seen.note("found"),
            (false, Some(_)) => seen.note("found and woken"),
        }
        let out = left_to(&place, !sleeps || chosen == Some(0));
        assert!(place.gate.end_search(0), "who is awake after all counts as a searcher, once");
        loose.check(out);
    });
}

/// The same with a queue that has no fence of its own: the gate's are enough.
#[test]
fn bring_elsewhere_vs_sleep() {
    Model { bound: None, floor: 10, outcomes: &["found", "woken", "found and woken"] }.check(|seen| {
        let (loose, [task]) = loose();
        let world = Arc::new((Gate::new(1), Inbox::new()));
        let worker = {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                world.0.announce(0, false);
                let sleeps = world.1.is_empty();
                if !sleeps {
                    world.0.withdraw(0);
                }
                sleeps
            })
        };
        world.1.put(task);
        let chosen = world.0.choose(None);
        let sleeps = worker.join().unwrap();
        match (sleeps, chosen) {
            (false, None) => seen.note("found"),
            (true, Some(_)) => seen.note("woken"),
            (true, None) => panic!("a task is left behind: every worker sleeps, and none is chosen"),
            (false, Some(_)) => seen.note("found and woken"),
        }
        loose.check(world.1.take());
    });
}

/// The same while the worker searches, and is the last that does: whoever brings a task leaves it to the searcher,
/// which finds it, at its last look at the latest.
#[test]
fn bring_vs_last_searcher() {
    const OUTCOMES: [&str; 4] = ["found", "found at the last look", "woken", "found and woken"];
    Model { bound: Some(3), floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let (loose, [task]) = loose();
        let place = place(1);
        assert!(place.gate.begin_search(0, 1));
        let worker = {
            let place = Arc::clone(&place);
            thread::spawn(move || match place.takes(0) {
                (Some(task), _) => Ok(task),
                (None, _) => Err(place.falls_asleep(0, true)),
            })
        };
        let chosen = place.bring(task);
        let out = match worker.join().unwrap() {
            Ok(task) => {
                seen.note("found");
                assert_eq!(chosen, None, "nobody is idle");
                vec![task]
            }
            Err(sleeps) => {
                seen.note(OUTCOMES[if sleeps { 2 } else { 1 + 2 * usize::from(chosen.is_some()) }]);
                left_to(&place, !sleeps || chosen == Some(0))
            }
        };
        loose.check(out);
    });
}

/// Two workers search in vain and go to sleep as a task comes: one at least is awake in the end.
#[test]
fn bring_vs_two_that_sleep() {
    const OUTCOMES: [&str; 4] = ["found", "woken", "found by both", "found and woken"];
    Model { bound: Some(3), floor: 1_000, outcomes: &OUTCOMES }.check(|seen| {
        let (loose, [task]) = loose();
        let place = place(2);
        let workers = [0, 1].map(|worker| {
            assert!(place.gate.begin_search(worker, 2));
            let place = Arc::clone(&place);
            thread::spawn(move || place.falls_asleep(worker, true))
        });
        let chosen = place.bring(task);
        let sleep = workers.map(|thread| thread.join().unwrap());
        match (sleep, chosen) {
            ([true, true], _) => seen.note("woken"),
            ([false, false], _) => seen.note("found by both"),
            (_, None) => seen.note("found"),
            (_, Some(_)) => seen.note("found and woken"),
        }
        loose.check(left_to(&place, sleep != [true, true] || chosen.is_some()));
    });
}

/// One worker searches and finds the first of two tasks, the other sleeps: whoever brings the second may leave it
/// to the searcher, which then wakes the sleeper for it.
#[test]
fn last_to_find_wakes_another() {
    const OUTCOMES: [&str; 2] = ["woken by the bringer", "woken by the searcher"];
    Model { bound: Some(3), floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let (loose, [a, b]) = loose();
        let place = place(2);
        place.injector.put(0, a);
        assert!(place.gate.begin_search(0, 1));
        place.gate.announce(1, false);
        let worker = {
            let place = Arc::clone(&place);
            thread::spawn(move || place.takes(0))
        };
        let by_bringer = place.bring(b);
        let (task, by_searcher) = worker.join().unwrap();
        assert!(by_bringer.is_none() || by_searcher.is_none(), "a sleeper is chosen once");
        seen.either(by_bringer.is_some(), OUTCOMES[0], OUTCOMES[1]);
        let left = left_to(&place, by_bringer.or(by_searcher) == Some(1));
        loose.check(task.into_iter().chain(left));
    });
}

/// A worker withdraws as it is chosen: it counts as a searcher once, and nobody is left to be chosen.
#[test]
fn withdraw_vs_choose() {
    Model { bound: Some(3), floor: 4, outcomes: &["withdrew", "chosen"] }.check(|seen| {
        let place = place(2);
        place.gate.announce(0, false);
        let choosing = {
            let place = Arc::clone(&place);
            thread::spawn(move || place.gate.choose(None))
        };
        let withdrew = place.gate.withdraw(0);
        let chosen = choosing.join().unwrap();
        seen.either(withdrew, "withdrew", "chosen");
        assert_eq!(chosen, (!withdrew).then_some(0), "a worker withdraws, or is chosen");
        assert!(!place.gate.is_idle(0));
        assert_eq!(place.gate.choose(None), None, "it searches");
        assert!(place.gate.end_search(0), "it counts as a searcher once");
        place.gate.announce(1, false);
        assert_eq!(place.gate.choose(None), Some(1), "nobody searches, and the other one sleeps");
    });
}

/// Two bring a task each to one that sleeps: one of them wakes it, and the other leaves its task to it.
#[test]
fn bring_vs_bring() {
    Model { bound: Some(3), floor: 50, outcomes: &["here", "there"] }.check(|seen| {
        let (loose, [a, b]) = loose();
        let place = place(2);
        place.gate.announce(0, false);
        let bringing = {
            let place = Arc::clone(&place);
            thread::spawn(move || place.bring(a))
        };
        let here = place.bring(b);
        let there = bringing.join().unwrap();
        seen.either(here.is_some(), "here", "there");
        assert_eq!((here.or(there), here.and(there)), (Some(0), None), "a sleeper is chosen once");
        assert!(place.gate.end_search(0), "who was chosen counts as a searcher, once");
        loose.check(left_to(&place, true));
    });
}

/// A worker pushes into its own ring and looks at the gate without a fence, while another one goes to sleep: the
/// task is stolen, or the pusher runs it.
#[test]
fn own_push_vs_sleep() {
    Model { bound: Some(3), floor: 50, outcomes: &["stolen", "run by the pusher, alone", "woken"] }.check(
        |seen| {
            let (loose, [task]) = loose();
            let (place, (ring, thief)) = (place(2), Ring::new());
            let sleeper = {
                let place = Arc::clone(&place);
                thread::spawn(move || {
                    place.gate.announce(1, false);
                    let (own, _) = Ring::new();
                    let found = !thief.is_empty();
                    if found {
                        place.gate.withdraw(1);
                    }
                    if found { thief.steal_into(&own) } else { None }
                })
            };
            ring.push(task).expect("empty");
            let chosen = if place.gate.may_choose() { place.gate.choose(None) } else { None };
            let mut out: Vec<Runnable> = drain(&ring).collect();
            let stolen = sleeper.join().unwrap();
            match (&stolen, chosen) {
                (Some(_), _) => seen.note("stolen"),
                (None, None) => seen.note("run by the pusher, alone"),
                (None, Some(_)) => seen.note("woken"),
            }
            out.extend(stolen);
            loose.check(out);
        },
    );
}
