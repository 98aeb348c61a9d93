//! A full ring, from which somebody steals: what does not fit goes to the injector.

use super::harness::{Model, Seen};
use super::loose::loose;
use super::ring::{drain, push, stealing};
use crate::queue::{Injector, Ring};
use crate::sync::RING;
use crate::task::Runnable;
use loom::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const ROOM: &str = "there was room";
const HALF: &str = "half of it went";
const ALONE: &str = "the task went alone";
const AFTER_ALL: &str = "there was room after all";

/// As a worker does: the older half of a full ring goes to the injector; while somebody steals, the new task does.
fn put(ring: &Ring, injector: &Injector, task: Runnable) -> &'static str {
    let Err(task) = ring.push(task) else { return ROOM };
    let half = ring.split();
    let is_split = half.is_some();
    injector.put_all(0, half.unwrap_or_default());
    match (is_split, ring.push(task)) {
        (true, Ok(())) => HALF,
        (false, Ok(())) => AFTER_ALL,
        (_, Err(task)) => {
            injector.put(0, task);
            ALONE
        }
    }
}

fn everything(injector: &Injector) -> impl Iterator<Item = Runnable> + use<> {
    let all = injector.take(0, 1, usize::MAX);
    assert!(injector.is_empty(), "nothing is left");
    all
}

/// A thief comes as the ring overflows.
fn overflow(start: u32, seen: &Seen) {
    let (loose, [full @ .., more]) = loose::<5>();
    let ((ring, thief), injector) = (Ring::starting_at(start), Injector::new(1));
    push(&ring, full);
    let stealing = stealing(&thief);
    seen.note(put(&ring, &injector, more));
    let mut out: Vec<Runnable> = drain(&ring).collect();
    out.extend(everything(&injector));
    out.extend(stealing.join().unwrap());
    loose.check(out);
}

#[test]
fn full_ring_vs_thief() {
    const OUTCOMES: [&str; 4] = [ROOM, HALF, ALONE, AFTER_ALL];
    Model { bound: Some(3), floor: 1_000, outcomes: &OUTCOMES }.check(|seen| overflow(0, seen));
}

/// The same where positions wrap, at each place of the ring.
#[test]
fn full_ring_vs_thief_where_positions_wrap() {
    for before in 0..RING as u32 {
        let model = Model { bound: Some(2), floor: 100, outcomes: &[ROOM, HALF, ALONE, AFTER_ALL] };
        model.check(move |seen| overflow(u32::MAX - before, seen));
    }
}

/// A thief stops in the middle of its copying. Until it goes on, no place is free, nobody else steals, and what
/// does not fit goes to the injector.
#[test]
fn full_ring_vs_thief_amid_copying() {
    Model { bound: Some(3), floor: 50, outcomes: &["stolen from before", "stolen from after"] }.check(
        |seen| {
            let (loose, [full @ .., more, last]) = loose::<6>();
            let ((ring, thief), injector) = (Ring::new(), Injector::new(1));
            push(&ring, full);
            let (owner, copying) = (thread::current(), Arc::new(AtomicBool::new(false)));
            let first = thread::spawn({
                let (thief, copying) = (thief.clone(), Arc::clone(&copying));
                move || {
                    let (own, _) = Ring::new();
                    let first = thief.steal_each_into(&own, |_| {
                        if !copying.swap(true, Relaxed) {
                            owner.unpark();
                            thread::park();
                        }
                    });
                    first.into_iter().chain(drain(&own)).collect::<Vec<_>>()
                }
            });
            while !copying.load(Relaxed) {
                thread::park();
            }
            let second = stealing(&thief);
            assert_eq!(put(&ring, &injector, more), ALONE, "a place that is being copied is not free");
            let mut out: Vec<Runnable> = ring.pop().into_iter().collect();
            let refused = ring.push(last).expect_err("a place that is being copied is not free");
            first.thread().unpark();
            let stolen = [first.join().unwrap(), second.join().unwrap()];
            seen.either(stolen[1].is_empty(), "stolen from before", "stolen from after");
            push(&ring, [refused]);
            out.extend(drain(&ring).chain(everything(&injector)));
            loose.check(out.into_iter().chain(stolen.into_iter().flatten()));
        },
    );
}

/// A thief puts what it stole into a ring from which another one steals.
#[test]
fn thief_vs_thief_of_its_ring() {
    const OUTCOMES: [&str; 3] = ["took none", "took one", "took two"];
    Model { bound: Some(3), floor: 500, outcomes: &OUTCOMES[1..] }.check(|seen| {
        let (loose, [first @ .., fourth, fifth]) = loose::<5>();
        let ((ring, thief), (own, own_thief)) = (Ring::new(), Ring::new());
        push(&ring, first);
        push(&own, [fourth, fifth]);
        let middle = thread::spawn(move || {
            let stolen = thief.steal_into(&own);
            (own, stolen)
        });
        let last = stealing(&own_thief);
        let mut out: Vec<Runnable> = ring.pop().into_iter().collect();
        let (own, stolen) = middle.join().unwrap();
        out.extend(stolen);
        let stolen = last.join().unwrap();
        seen.note(OUTCOMES[stolen.len()]);
        out.extend(stolen);
        out.extend(drain(&own).chain(drain(&ring)));
        loose.check(out);
    });
}
