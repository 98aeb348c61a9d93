//! Whether somebody watches the workers: one comes out of its rest as the watchdog goes to sleep.

use super::harness::Model;
use crate::doze::Doze;
use crate::queue::Gate;
use crate::sync::atomic::{Ordering, fence};
use loom::thread;
use std::sync::Arc;

/// As a worker does that was asleep and has something to do. `true`: it calls the watchdog.
fn begins_to_work((gate, doze): &(Gate, Doze), worker: usize) -> bool {
    gate.withdraw(worker);
    fence(Ordering::SeqCst);
    doze.is_on() && doze.end()
}

/// A worker that works is watched, or it calls.
#[test]
fn doze_vs_work() {
    Model { bound: None, floor: 10, outcomes: &["called", "watches on"] }.check(|seen| {
        let rests = Arc::new((Gate::new(1), Doze::new()));
        assert!(rests.1.end(), "nobody watched yet");
        rests.0.announce(0, false);
        let worker = {
            let rests = Arc::clone(&rests);
            thread::spawn(move || begins_to_work(&rests, 0))
        };
        let dozes = rests.1.begin(|| rests.0.is_idle(0));
        match (dozes, worker.join().unwrap()) {
            (true, true) => seen.note("called"),
            (false, false) => seen.note("watches on"),
            (true, false) => panic!("nobody watches a worker that works"),
            (false, true) => panic!("the watchdog is called though it watches"),
        }
    });
}

/// Two workers begin: one of them calls.
#[test]
fn doze_vs_two() {
    Model { bound: Some(3), floor: 10, outcomes: &["called", "watches on"] }.check(|seen| {
        let rests = Arc::new((Gate::new(2), Doze::new()));
        assert!(rests.1.end(), "nobody watched yet");
        rests.0.announce(0, false);
        rests.0.announce(1, false);
        let workers = [0, 1].map(|place| {
            let rests = Arc::clone(&rests);
            thread::spawn(move || begins_to_work(&rests, place))
        });
        let dozes = rests.1.begin(|| rests.0.is_idle(0) && rests.0.is_idle(1));
        let calls = workers.map(|worker| u32::from(worker.join().unwrap())).iter().sum();
        match (dozes, calls) {
            (true, 1) => seen.note("called"),
            (false, 0) => seen.note("watches on"),
            (dozes, calls) => panic!("{calls} calls, and it dozes: {dozes}"),
        }
    });
}
