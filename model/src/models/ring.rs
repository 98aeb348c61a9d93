//! A worker's ring: its owner and those who steal from it. A ring has four places here.

use super::harness::{Model, Seen};
use super::loose::loose;
use crate::queue::{Ring, Thief};
use crate::sync::RING;
use crate::task::Runnable;
use loom::thread::{self, JoinHandle};

/// Takes out what is in a ring.
pub(super) fn drain(ring: &Ring) -> impl Iterator<Item = Runnable> {
    std::iter::from_fn(|| ring.pop())
}

pub(super) fn push(ring: &Ring, tasks: impl IntoIterator<Item = Runnable>) {
    tasks.into_iter().for_each(|task| ring.push(task).expect("room for it"));
}

/// A thread that steals once, into a ring of its own, which is then empty again.
pub(super) fn stealing(thief: &Thief) -> JoinHandle<Vec<Runnable>> {
    let thief = thief.clone();
    thread::spawn(move || {
        let (own, _) = Ring::new();
        let first = thief.steal_into(&own);
        first.into_iter().chain(drain(&own)).collect()
    })
}

const STOLEN: [&str; 3] = ["stole none", "stole one", "stole two"];

/// The owner pushes and pops while a thief steals.
fn push_and_pop(start: u32, seen: &Seen) {
    let (loose, [a, b, c, d]) = loose();
    let (ring, thief) = Ring::starting_at(start);
    push(&ring, [a]);
    let stealing = stealing(&thief);
    push(&ring, [b, c]);
    let mut out: Vec<Runnable> = ring.pop().into_iter().collect();
    push(&ring, [d]);
    out.extend(drain(&ring));
    let stolen = stealing.join().unwrap();
    seen.note(STOLEN[stolen.len()]);
    assert!(ring.is_empty() && thief.is_empty(), "nothing is left");
    assert!(loose.numbers(&out).is_sorted() && loose.numbers(&stolen).is_sorted(), "first in, first out");
    loose.check(out.into_iter().chain(stolen));
}

#[test]
fn push_and_pop_vs_thief() {
    Model { bound: Some(3), floor: 500, outcomes: &STOLEN }.check(|seen| push_and_pop(0, seen));
}

/// The same where positions wrap, at each place of the ring.
#[test]
fn push_and_pop_vs_thief_where_positions_wrap() {
    for before in 0..RING as u32 {
        let model = Model { bound: Some(2), floor: 200, outcomes: &STOLEN };
        model.check(move |seen| push_and_pop(u32::MAX - before, seen));
    }
}

/// Two thieves and the owner: one steals at a time, and the other goes elsewhere.
#[test]
fn two_thieves_vs_pop() {
    const OUTCOMES: [&str; 3] = ["neither stole", "one stole", "both stole"];
    Model { bound: Some(3), floor: 1_000, outcomes: &OUTCOMES[1..] }.check(|seen| {
        let (loose, tasks) = loose::<4>();
        let (ring, thief) = Ring::new();
        push(&ring, tasks);
        let thieves = [stealing(&thief), stealing(&thief)];
        let mut out: Vec<Runnable> = ring.pop().into_iter().collect();
        let stolen = thieves.map(|thread| thread.join().unwrap());
        seen.note(OUTCOMES[stolen.iter().filter(|tasks| !tasks.is_empty()).count()]);
        out.extend(drain(&ring));
        loose.check(out.into_iter().chain(stolen.into_iter().flatten()));
    });
}

/// A full ring: the owner gets a place back only when the thief that emptied it has copied what was there. loom reports
/// a place that is written while it is read.
#[test]
fn places_used_again_vs_thief() {
    Model { bound: Some(3), floor: 500, outcomes: &["full", "full, then room", "room"] }.check(|seen| {
        let (loose, [full @ .., fifth, sixth]) = loose::<6>();
        let (ring, thief) = Ring::new();
        push(&ring, full);
        let stealing = stealing(&thief);
        let refused: Vec<Runnable> =
            [fifth, sixth].into_iter().filter_map(|task| ring.push(task).err()).collect();
        seen.note(["room", "full, then room", "full"][refused.len()]);
        let mut out: Vec<Runnable> = drain(&ring).collect();
        out.extend(refused);
        out.extend(stealing.join().unwrap());
        out.extend(drain(&ring));
        loose.check(out);
    });
}

/// What the owner itself took out makes room at once, unless a thief copies still what was before it.
#[test]
fn popped_places_vs_thief() {
    Model { bound: Some(3), floor: 500, outcomes: &["refused", "pushed"] }.check(|seen| {
        let (loose, [full @ .., fifth]) = loose::<5>();
        let (ring, thief) = Ring::new();
        push(&ring, full);
        let stealing = stealing(&thief);
        let mut out: Vec<Runnable> = ring.pop().into_iter().collect();
        let refused = ring.push(fifth).err();
        seen.either(refused.is_some(), "refused", "pushed");
        out.extend(drain(&ring));
        out.extend(refused);
        out.extend(stealing.join().unwrap());
        loose.check(out);
    });
}
