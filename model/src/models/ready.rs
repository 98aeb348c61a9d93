//! What a source is ready for, and who waits for it: its users, who try and wait, and its driver, who hears of events.

use super::harness::{Flag, Foreign, Model};
use crate::ready::{GONE, READABLE, Readiness, Resource, Side, TO_READ, TO_WRITE, WRITABLE, Waiting};
use loom::thread;
use std::sync::Arc;
use std::task::Waker;

/// Whoever waits, and how often it was woken.
fn waiter() -> (Arc<Foreign>, Waker) {
    let foreign = Arc::new(Foreign::default());
    (Arc::clone(&foreign), Waker::from(foreign))
}

/// A place with its first source.
fn source(flags: u8) -> (Arc<Resource>, u32) {
    let resource = Arc::new(Resource::new());
    let generation = resource.begin(flags);
    (resource, generation)
}

/// As a user does who reads: tries while the source is taken to be ready, and waits otherwise. `true`: it has read.
fn reads(resource: &Resource, arrived: &Flag, wait: impl Fn() -> Option<Readiness>) -> bool {
    loop {
        let seen = resource.readiness();
        if !seen.has_any(TO_READ) {
            match wait() {
                None => return false,
                Some(_) => continue,
            }
        }
        if arrived.is_up() {
            return true;
        }
        resource.clear(seen, TO_READ);
    }
}

/// An operation finds nothing as something arrives.
#[test]
fn clear_vs_event() {
    Model { bound: Some(4), floor: 1000, outcomes: &["read at once", "woken"] }.check(|seen| {
        let (resource, generation) = source(READABLE);
        let (arrived, (woken, waker)) = (Flag::new(), waiter());
        let driver = {
            let (resource, arrived) = (Arc::clone(&resource), arrived.clone());
            thread::spawn(move || {
                arrived.raise();
                resource.event(generation, READABLE, Waker::wake);
            })
        };
        let wait = || resource.wait(Side::Reader, TO_READ, &waker);
        let at_once = reads(&resource, &arrived, wait);
        driver.join().unwrap();
        if !at_once {
            assert_eq!(woken.woken(), 1, "nobody wakes who waits for the event");
            assert!(reads(&resource, &arrived, wait), "the event stays until it is taken back");
        }
        seen.either(at_once, "read at once", "woken");
    });
}

/// Two sides of a source, and an event for both.
#[test]
fn two_sides_vs_event() {
    const OUTCOMES: [&str; 4] = ["none waits", "the reader waits", "the writer waits", "both wait"];
    Model { bound: Some(3), floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let (resource, generation) = source(0);
        let users = [Side::Reader, Side::Writer].map(|side| {
            let (resource, (woken, waker)) = (Arc::clone(&resource), waiter());
            thread::spawn(move || (resource.wait(side, side.flags(), &waker).is_none(), woken))
        });
        resource.event(generation, READABLE | WRITABLE, Waker::wake);
        let waited = users.map(|user| {
            let (waited, woken) = user.join().unwrap();
            assert_eq!(woken.woken(), u32::from(waited), "who waits is woken, once");
            waited
        });
        seen.note(OUTCOMES[usize::from(waited[0]) + 2 * usize::from(waited[1])]);
    });
}

/// A reader, one of many that wait, and an event.
#[test]
fn reader_and_another_vs_event() {
    const OUTCOMES: [&str; 4] = ["none waits", "the reader waits", "the other waits", "both wait"];
    Model { bound: Some(3), floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let (resource, generation) = source(WRITABLE);
        let reader = {
            let (resource, (woken, waker)) = (Arc::clone(&resource), waiter());
            thread::spawn(move || (resource.wait(Side::Reader, TO_READ, &waker).is_none(), woken))
        };
        let driver = {
            let resource = Arc::clone(&resource);
            thread::spawn(move || resource.event(generation, READABLE, Waker::wake))
        };
        let ((woken, waker), mut waiting) = (waiter(), None);
        let other_waits = resource.wait_among(&mut waiting, TO_READ, &waker).is_none();
        let (reader_waits, reader_woken) = reader.join().unwrap();
        driver.join().unwrap();
        assert_eq!(reader_woken.woken(), u32::from(reader_waits), "the reader that waits is woken, once");
        assert_eq!(woken.woken(), u32::from(other_waits), "the other that waits is woken, once");
        seen.note(OUTCOMES[usize::from(reader_waits) + 2 * usize::from(other_waits)]);
    });
}

/// A user waits with another waker as the event comes: that one is woken, unless the user sees the event.
#[test]
fn another_waker_vs_event() {
    Model { bound: None, floor: 100, outcomes: &["the first", "the second"] }.check(|seen| {
        let (resource, generation) = source(0);
        let [first, second] = [(); 2].map(|()| waiter());
        assert!(resource.wait(Side::Writer, TO_WRITE, &first.1).is_none());
        let driver = {
            let resource = Arc::clone(&resource);
            thread::spawn(move || resource.event(generation, WRITABLE, Waker::wake))
        };
        let waits = resource.wait(Side::Writer, TO_WRITE, &second.1).is_none();
        driver.join().unwrap();
        match (first.0.woken(), second.0.woken(), waits) {
            (1, 0, false) => seen.note("the first"),
            (0, 1, true) => seen.note("the second"),
            woken => panic!("one of two wakers is woken, the second if it waits: {woken:?}"),
        }
    });
}

/// An event of a source that is gone, and the next one in its place.
#[test]
fn stale_event_vs_next_source() {
    const OUTCOMES: [&str; 3] = ["of the first source", "of nobody", "a spurious wake"];
    Model { bound: None, floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let (resource, first) = source(0);
        let driver = {
            let resource = Arc::clone(&resource);
            thread::spawn(move || resource.event(first, READABLE, Waker::wake))
        };
        let in_time = resource.readiness().has_any(READABLE);
        resource.end();
        let second = resource.begin(0);
        assert_ne!(first, second, "each source has its own generation");
        let (woken, waker) = waiter();
        let wait = || resource.wait(Side::Reader, TO_READ, &waker);
        assert!(wait().is_none(), "the next source is not ready for what came to the one before");
        driver.join().unwrap();
        assert_eq!(resource.readiness().flags(), 0, "nor afterwards");
        let spurious = woken.woken();
        // Who is woken looks again.
        assert!(spurious == 0 || wait().is_none());
        resource.event(second, READABLE, Waker::wake);
        assert_eq!(woken.woken(), spurious + 1, "its own event comes");
        seen.note(match (in_time, spurious) {
            (_, 1) => "a spurious wake",
            (true, _) => "of the first source",
            (false, _) => "of nobody",
        });
    });
}

/// The driver ends, of which `Resources::close` makes an event: whoever waits hears of it.
#[test]
fn close_vs_wait() {
    const OUTCOMES: [&str; 4] = ["none waits", "the writer waits", "the other waits", "both wait"];
    Model { bound: Some(3), floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let (resource, generation) = source(0);
        let writer = {
            let (resource, (woken, waker)) = (Arc::clone(&resource), waiter());
            thread::spawn(move || (resource.wait(Side::Writer, TO_WRITE, &waker).is_none(), woken))
        };
        let driver = {
            let resource = Arc::clone(&resource);
            thread::spawn(move || resource.event(generation, GONE, Waker::wake))
        };
        let ((woken, waker), mut waiting) = (waiter(), None);
        let other_waits = resource.wait_among(&mut waiting, TO_READ, &waker).is_none();
        let (writer_waits, writer_woken) = writer.join().unwrap();
        driver.join().unwrap();
        assert_eq!(writer_woken.woken(), u32::from(writer_waits), "the writer hears of the end");
        assert_eq!(woken.woken(), u32::from(other_waits), "the other hears of the end");
        let late = resource.wait(Side::Reader, TO_READ, &waker);
        assert!(late.is_some_and(|seen| seen.has_any(0)), "nobody waits any more");
        seen.note(OUTCOMES[usize::from(writer_waits) + 2 * usize::from(other_waits)]);
    });
}

fn wait_in(resource: &Resource, waker: &Waker) -> Option<Waiting> {
    let mut waiting = None;
    let seen = resource.wait_among(&mut waiting, TO_READ, waker);
    assert_eq!(seen.is_none(), waiting.is_some(), "who waits has a number");
    waiting
}

/// One of two forgets that it waits as the event comes.
#[test]
fn forget_vs_event() {
    Model { bound: None, floor: 4, outcomes: &["woken", "forgotten"] }.check(|seen| {
        let (resource, generation) = source(0);
        let [leaves, stays] = [(); 2].map(|()| waiter());
        let [leaver, stayer] = [&leaves, &stays].map(|(_, waker)| wait_in(&resource, waker));
        let driver = {
            let resource = Arc::clone(&resource);
            thread::spawn(move || resource.event(generation, READABLE, Waker::wake))
        };
        resource.forget(leaver.expect("it waits"));
        driver.join().unwrap();
        resource.forget(stayer.expect("it waits"));
        assert_eq!(stays.0.woken(), 1, "who stays is woken, once");
        assert!(leaves.0.woken() <= 1, "who leaves is woken once, if at all");
        seen.either(leaves.0.woken() == 1, "woken", "forgotten");
        assert_eq!(Arc::strong_count(&leaves.0), 2, "no waker of it is left behind");
    });
}

/// One that was woken forgets late, as another begins to wait: it forgets itself only.
#[test]
fn late_forget_vs_wait() {
    const OUTCOMES: [&str; 2] = ["forgets before the event", "forgets after it"];
    Model { bound: None, floor: 4, outcomes: &OUTCOMES }.check(|seen| {
        let (resource, generation) = source(0);
        let [early, late] = [(); 2].map(|()| waiter());
        let first = wait_in(&resource, &early.1).expect("it waits");
        let user = {
            let resource = Arc::clone(&resource);
            thread::spawn(move || resource.forget(first))
        };
        resource.event(generation, READABLE, Waker::wake);
        assert!(resource.clear(resource.readiness(), READABLE), "nothing else happens");
        assert!(wait_in(&resource, &late.1).is_some(), "there is nothing");
        user.join().unwrap();
        resource.event(generation, READABLE, Waker::wake);
        assert_eq!(late.0.woken(), 1, "nobody wakes the second, which one that left forgot");
        seen.either(early.0.woken() == 0, OUTCOMES[0], OUTCOMES[1]);
    });
}
