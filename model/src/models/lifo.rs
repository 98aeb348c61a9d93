//! The place for a worker's next task, and who steals from it.

use super::harness::{Model, Plain};
use super::loose::loose;
use crate::pool;
use crate::queue::Lifo;
use crate::task::Runnable;
use loom::thread;

/// The owner and two thieves reach for one task: one of them gets it.
#[test]
fn take_vs_two_thieves() {
    Model { bound: Some(3), floor: 200, outcomes: &["taken", "stolen"] }.check(|seen| {
        let (loose, [task]) = loose();
        let (place, thief) = Lifo::new();
        place.put(task).expect("empty");
        let thieves = [thief.clone(), thief].map(|thief| thread::spawn(move || thief.steal()));
        let taken = place.take();
        seen.either(taken.is_some(), "taken", "stolen");
        let stolen = thieves.map(|thread| thread.join().unwrap());
        assert!(place.is_empty(), "nothing is left");
        loose.check(taken.into_iter().chain(stolen.into_iter().flatten()));
    });
}

/// A task is put, taken and put again, and another one after it, while a thief looks and exchanges (ABA); what is there
/// is never overwritten.
#[test]
fn put_take_put_vs_thief() {
    const OUTCOMES: [&str; 3] = ["stole none", "stole one", "stole two"];
    Model { bound: Some(3), floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let (loose, [a, b]) = loose();
        let (place, thief) = Lifo::new();
        place.put(a).expect("empty");
        let stealing = thread::spawn(move || [thief.steal(), thief.steal()]);
        let mut out = Vec::new();
        let again = place.take();
        let is_stolen = again.is_none();
        out.extend(again.and_then(|task| place.put(task).err()));
        assert!(out.is_empty(), "the owner finds the place as it left it, or empty");
        out.extend(place.put(b).err());
        assert!(!is_stolen || out.is_empty(), "an empty place stays empty until its owner fills it");
        out.extend(place.take());
        let stolen: Vec<Runnable> = stealing.join().unwrap().into_iter().flatten().collect();
        seen.note(OUTCOMES[stolen.len()]);
        loose.check(out.into_iter().chain(stolen));
    });
}

/// Who steals a task has seen what its owner did before it put the task there.
#[test]
fn put_tells_what_came_before() {
    Model { bound: None, floor: 4, outcomes: &["stolen", "taken"] }.check(|seen| {
        let (loose, [task]) = loose();
        let ((place, thief), before) = (Lifo::new(), pool::leak(Plain::new()));
        let stealing = thread::spawn(move || {
            let stolen = thief.steal();
            stolen.inspect(|_| assert_eq!(before.read(), 1))
        });
        before.write(1);
        place.put(task).expect("empty");
        let stolen = stealing.join().unwrap();
        seen.either(stolen.is_some(), "stolen", "taken");
        loose.check(stolen.into_iter().chain(place.take()));
    });
}
