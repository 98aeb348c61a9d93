//! Timers in the futures of those who wait, and who fires them: each does as if the other was not there.

use super::harness::{Foreign, Model};
use crate::timer::{Closed, Entry, NEVER, Timers};
use loom::thread;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

/// Whoever waits, and how often it was woken.
fn waiter() -> (Arc<Foreign>, Waker) {
    let foreign = Arc::new(Foreign::default());
    (Arc::clone(&foreign), Waker::from(foreign))
}

/// A timer in memory of its own, to which another comes as soon as it is dropped: a wheel that still touches the first
/// one races with the making of the second.
struct Future(Pin<&'static mut ManuallyDrop<Entry>>);

impl Future {
    fn new() -> Future {
        Future(Pin::static_mut(crate::pool::leak_mut(ManuallyDrop::new(Entry::new()))))
    }

    fn armed(timers: &Timers, deadline: u64, waker: &Waker) -> Future {
        let mut future = Future::new();
        timers.arm(future.entry(), deadline, 0, waker).expect("it is open");
        future
    }

    fn entry(&mut self) -> Pin<&mut Entry> {
        // SAFETY: the entry is pinned with what is around it.
        unsafe { self.0.as_mut().map_unchecked_mut(|entry| &mut **entry) }
    }
}

impl Drop for Future {
    fn drop(&mut self) {
        // SAFETY: the entry is dropped in its place, and nobody sees it afterwards.
        unsafe {
            let entry = Pin::get_unchecked_mut(self.0.as_mut());
            ManuallyDrop::drop(entry);
            std::ptr::write(entry, ManuallyDrop::new(Entry::new()));
        }
    }
}

fn fire(timers: &Timers, now: u64) {
    while timers.fire(now, Waker::wake) {}
}

/// The end of a model: whatever happened, the wheel is whole and empty, and is of use to others.
fn check_end(timers: &Timers) {
    fire(timers, 1_000);
    assert_eq!((timers.next(), timers.exact_next()), (NEVER, NEVER), "no timer is left");
    let (woken, waker) = waiter();
    let mut next = Future::new();
    assert_eq!(timers.arm(next.entry(), 2_000, 1_500, &waker), Ok(true), "it is the only one");
    fire(timers, 1_999);
    assert_eq!((woken.woken(), timers.next()), (0, 2_000), "it is not due");
    fire(timers, 2_000);
    assert_eq!((woken.woken(), timers.next()), (1, NEVER), "it fires, and is the last");
}

/// A future that waits is dropped as its timer fires, and so does its neighbour.
#[test]
fn drop_vs_fire() {
    Model { bound: None, floor: 20, outcomes: &["fired", "cancelled"] }.check(|seen| {
        let timers = Arc::new(Timers::new());
        let ((woken, waker), (neighbour, its_waker)) = (waiter(), waiter());
        let leaves = Future::armed(&timers, 10, &waker);
        let stays = Future::armed(&timers, 10, &its_waker);
        let user = thread::spawn(move || drop(leaves));
        fire(&timers, 10);
        user.join().unwrap();
        assert!(woken.woken() <= 1, "a timer fires once, if at all");
        assert_eq!(neighbour.woken(), 1, "the neighbour fires, once");
        seen.either(woken.woken() == 1, "fired", "cancelled");
        drop(stays);
        check_end(&timers);
        drop(waker);
        assert_eq!(Arc::strong_count(&woken), 1, "no waker is left behind");
    });
}

/// Two neighbours are dropped, as the one between them fires.
#[test]
fn two_drops_vs_fire() {
    const OUTCOMES: [&str; 3] = ["no drop in time", "one drop in time", "both in time"];
    Model { bound: Some(2), floor: 100, outcomes: &OUTCOMES }.check(|seen| {
        let timers = Arc::new(Timers::new());
        let waiters = [(); 3].map(|()| waiter());
        let [first, middle, last] = waiters.each_ref().map(|(_, waker)| Future::armed(&timers, 10, waker));
        let users = [first, last].map(|future| thread::spawn(move || drop(future)));
        fire(&timers, 10);
        users.into_iter().for_each(|user| user.join().unwrap());
        let [first, between, last] = waiters.each_ref().map(|(woken, _)| woken.woken());
        assert!(first <= 1 && last <= 1, "a timer fires once, if at all");
        assert_eq!(between, 1, "who stays fires, once");
        seen.note(OUTCOMES[2 - (first + last) as usize]);
        drop(middle);
        check_end(&timers);
    });
}

/// Two workers fire the timers of a third, as a future that waits is dropped.
#[test]
fn two_fire_vs_drop() {
    Model { bound: Some(3), floor: 100, outcomes: &["fired", "cancelled"] }.check(|seen| {
        let timers = Arc::new(Timers::new());
        let waiters = [(); 3].map(|()| waiter());
        let [leaves, first, second] = waiters.each_ref().map(|(_, waker)| Future::armed(&timers, 10, waker));
        let workers = [(); 2].map(|()| {
            let timers = Arc::clone(&timers);
            thread::spawn(move || fire(&timers, 10))
        });
        drop(leaves);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        let [left, stayed, stayed_too] = waiters.each_ref().map(|(woken, _)| woken.woken());
        assert!(left <= 1, "a timer fires once, if at all");
        assert_eq!((stayed, stayed_too), (1, 1), "who stays fires, once, whoever fires it");
        seen.either(left == 1, "fired", "cancelled");
        drop((first, second));
        check_end(&timers);
    });
}

/// A timer is armed as the last one of its wheel fires: the wheel says when it is due.
#[test]
fn arm_vs_fire() {
    Model { bound: None, floor: 6, outcomes: &["the first", "behind another"] }.check(|seen| {
        let timers = Arc::new(Timers::new());
        let ((woken, waker), (other, its_waker)) = (waiter(), waiter());
        let early = Future::armed(&timers, 5, &its_waker);
        let worker = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || fire(&timers, 7))
        };
        let mut future = Future::new();
        let first = timers.arm(future.entry(), 10, 0, &waker).expect("it is open");
        worker.join().unwrap();
        assert_eq!((timers.next(), timers.exact_next()), (10, 10), "the wheel says when its timer is due");
        assert_eq!((other.woken(), woken.woken()), (1, 0), "who is due fires, who is not does not");
        fire(&timers, 10);
        assert_eq!(woken.woken(), 1, "it fires, once");
        seen.either(first, "the first", "behind another");
        drop(early);
        check_end(&timers);
    });
}

/// A timer is cancelled and armed anew, in another wheel, as the first wheel fires it.
#[test]
fn arm_anew_vs_fire() {
    Model { bound: None, floor: 50, outcomes: &["fired", "cancelled"] }.check(|seen| {
        let timers = Arc::new(Timers::new());
        let elsewhere = Timers::new();
        let ((woken, waker), (again, other)) = (waiter(), waiter());
        let mut future = Future::armed(&timers, 10, &waker);
        let worker = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || fire(&timers, 10))
        };
        assert_eq!(elsewhere.arm(future.entry(), 20, 0, &other), Ok(true), "it is the only one there");
        worker.join().unwrap();
        assert_eq!(again.woken(), 0, "the second waker is the other wheel's");
        seen.either(woken.woken() == 1, "fired", "cancelled");
        fire(&elsewhere, 20);
        assert_eq!(again.woken(), 1, "the other wheel fires it, once");
        check_end(&timers);
        check_end(&elsewhere);
    });
}

/// A future is polled with another waker as its timer fires.
#[test]
fn update_vs_fire() {
    Model { bound: None, floor: 10, outcomes: &["the first", "the second"] }.check(|seen| {
        let timers = Arc::new(Timers::new());
        let [first, second] = [(); 2].map(|()| waiter());
        let mut future = Future::armed(&timers, 10, &first.1);
        let worker = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || fire(&timers, 10))
        };
        let updated = future.entry().update(&second.1);
        worker.join().unwrap();
        assert!(!future.entry().is_armed(), "it has fired");
        match (first.0.woken(), second.0.woken(), updated) {
            (1, 0, false) => seen.note("the first"),
            (0, 1, true) => seen.note("the second"),
            woken => panic!("one of two wakers is woken, the second if it came in time: {woken:?}"),
        }
        check_end(&timers);
    });
}

/// A deadline is put off as it comes.
#[test]
fn put_off_vs_fire() {
    Model { bound: None, floor: 6, outcomes: &["put off", "fired"] }.check(|seen| {
        let timers = Arc::new(Timers::new());
        let (woken, waker) = waiter();
        let mut future = Future::armed(&timers, 10, &waker);
        let worker = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || fire(&timers, 10))
        };
        let moved = future.entry().move_to(200, 0);
        worker.join().unwrap();
        assert_eq!(future.entry().is_armed(), moved.is_some(), "who was put off is armed");
        assert_eq!(woken.woken(), u32::from(moved.is_none()), "who was put off has not fired");
        fire(&timers, 199);
        assert_eq!(woken.woken(), u32::from(moved.is_none()), "nor does it fire before its time");
        fire(&timers, 200);
        assert_eq!(woken.woken(), 1, "it fires, once");
        seen.either(moved.is_some(), "put off", "fired");
        check_end(&timers);
    });
}

/// A deadline comes nearer than the time to which its wheel is about to fire.
#[test]
fn bring_forward_vs_fire() {
    Model { bound: None, floor: 10, outcomes: &["fired at once", "fired by the next who looks"] }.check(
        |seen| {
            let timers = Arc::new(Timers::new());
            let [first, other] = [(); 2].map(|()| waiter());
            let mut future = Future::armed(&timers, 5_000, &first.1);
            let stays = Future::armed(&timers, 40, &other.1);
            let worker = {
                let timers = Arc::clone(&timers);
                thread::spawn(move || fire(&timers, 100))
            };
            let moved = future.entry().move_to(50, 20).expect("it is not due");
            worker.join().unwrap();
            let at_once = first.0.woken() == 1;
            assert!(at_once || moved, "whoever waits for the first hears of a new one");
            fire(&timers, 100);
            assert_eq!((first.0.woken(), other.0.woken()), (1, 1), "each fires, once");
            seen.either(at_once, "fired at once", "fired by the next who looks");
            drop(stays);
            check_end(&timers);
        },
    );
}

/// A runtime ends as somebody arms a timer in it.
#[test]
fn close_vs_arm() {
    Model { bound: None, floor: 6, outcomes: &["armed and woken", "refused"] }.check(|seen| {
        let timers = Arc::new(Timers::new());
        let (woken, waker) = waiter();
        let user = {
            let (remote, waker) = (timers.remote(), waker.clone());
            thread::spawn(move || {
                let mut future = Future::new();
                let armed = remote.arm(future.entry(), 10, 0, &waker);
                (future, armed)
            })
        };
        timers.close();
        timers.fire_all(Waker::wake);
        let (mut future, armed) = user.join().unwrap();
        assert!(!future.entry().is_armed(), "nobody would fire it");
        assert_eq!(woken.woken(), u32::from(armed.is_ok()), "who could arm it is woken, once");
        assert_eq!(timers.next(), NEVER);
        seen.either(armed.is_ok(), "armed and woken", "refused");
        drop(future);
        drop(waker);
        assert_eq!(Arc::strong_count(&woken), 1, "no waker is left behind");
    });
}

/// A wheel goes to another runtime as somebody arms a timer in the one before.
#[test]
fn next_runtime_vs_arm() {
    Model { bound: Some(3), floor: 15, outcomes: &["armed in time", "refused"] }.check(|seen| {
        let before = Timers::new();
        let remote = before.remote();
        let (woken, waker) = waiter();
        let user = thread::spawn(move || {
            let mut future = Future::new();
            let armed = remote.arm(future.entry(), 10, 0, &waker);
            (future, armed)
        });
        drop(before);
        let timers = Timers::new();
        assert!(remote != timers.remote(), "whose wheel it is can be told");
        let (own, its_waker) = waiter();
        let mut stays = Future::new();
        assert_eq!(timers.arm(stays.entry(), 20, 0, &its_waker), Ok(true), "the wheel came empty");
        let (mut future, armed) = user.join().unwrap();
        assert!(!future.entry().is_armed(), "a timer of the runtime before is in the next one's wheel");
        assert_eq!(timers.exact_next(), 20, "the wheel has its own timers only");
        fire(&timers, 20);
        assert_eq!((woken.woken(), own.woken()), (0, 1), "who has ended wakes nobody");
        let late = remote.arm(future.entry(), 30, 20, &its_waker);
        assert_eq!(late, Err(Closed), "and takes no timers");
        seen.either(armed.is_ok(), "armed in time", "refused");
        check_end(&timers);
    });
}
