//! The injector: many put in, many take out.

use super::harness::{Model, Plain};
use super::loose::loose;
use crate::pool;
use crate::queue::{Chain, Injector};
use crate::sync::atomic::{Ordering, fence};
use crate::task::Runnable;
use loom::thread;
use std::sync::Arc;

/// Everything that is in it, as the workers find it: by the word that says where something is.
fn everything(injector: &Injector) -> Vec<Runnable> {
    let mut out = Vec::new();
    while !injector.seems_empty() {
        out.extend(injector.take(0, 1, usize::MAX));
    }
    if !injector.is_empty() {
        // Not to be dropped, here or there.
        std::mem::forget(out);
        panic!("an injector that seems empty is empty");
    }
    out
}

/// Two threads put two tasks each, in the same shard, while one takes: what each put comes out in its order.
#[test]
fn two_putters_vs_taker() {
    const OUTCOMES: [&str; 5] = ["took none", "took one", "took two", "took three", "took four"];
    Model { bound: Some(2), floor: 1_000, outcomes: &OUTCOMES }.check(|seen| {
        let (loose, [a, b, c, d]) = loose();
        let injector = Arc::new(Injector::new(1));
        let putting = [(0, [a, b]), (1, [c, d])].map(|(from, tasks)| {
            let injector = Arc::clone(&injector);
            thread::spawn(move || tasks.into_iter().for_each(|task| injector.put(from, task)))
        });
        let mut out: Vec<Runnable> = injector.take(0, 2, 2).collect();
        out.extend(injector.take(0, 1, 4));
        seen.note(OUTCOMES[out.len()]);
        putting.into_iter().for_each(|thread| thread.join().unwrap());
        out.extend(everything(&injector));
        let numbers = loose.numbers(&out);
        for [first, second] in [[0, 1], [2, 3]] {
            let place = |number| numbers.iter().position(|&n| n == number);
            assert!(place(first) < place(second), "first in, first out, for each that puts");
        }
        loose.check(out);
    });
}

/// Two take one task each. Who finds the shard locked goes without.
#[test]
fn two_takers() {
    const OUTCOMES: [&str; 3] = ["took none", "took one", "took both"];
    Model { bound: Some(3), floor: 50, outcomes: &OUTCOMES[1..] }.check(|seen| {
        let (loose, tasks) = loose::<2>();
        let injector = Arc::new(Injector::new(1));
        tasks.into_iter().for_each(|task| injector.put(0, task));
        let taking = {
            let injector = Arc::clone(&injector);
            thread::spawn(move || injector.take(0, 2, 1).collect::<Vec<_>>())
        };
        let mut out: Vec<Runnable> = injector.take(0, 2, 1).collect();
        out.extend(taking.join().unwrap());
        seen.note(OUTCOMES[out.len()]);
        out.extend(everything(&injector));
        loose.check(out);
    });
}

/// One takes the last task while another puts one: the word that says where something is does not forget it.
#[test]
fn put_vs_take_that_empties() {
    const OUTCOMES: [&str; 3] = ["took none", "took one", "took both"];
    Model { bound: Some(3), floor: 100, outcomes: &OUTCOMES[1..] }.check(|seen| {
        let (loose, [a, b]) = loose();
        let injector = Arc::new(Injector::new(1));
        injector.put(0, a);
        let putting = {
            let injector = Arc::clone(&injector);
            thread::spawn(move || injector.put(0, b))
        };
        let mut out: Vec<Runnable> = injector.take(0, 1, 2).collect();
        seen.note(OUTCOMES[out.len()]);
        putting.join().unwrap();
        out.extend(everything(&injector));
        loose.check(out);
    });
}

/// The same with two who take, of whom either may be the one that empties it.
#[test]
fn put_vs_two_takers() {
    const OUTCOMES: [&str; 3] = ["took none", "took one", "took both"];
    Model { bound: Some(2), floor: 500, outcomes: &OUTCOMES[1..] }.check(|seen| {
        let (loose, [a, b]) = loose();
        let injector = Arc::new(Injector::new(1));
        injector.put(0, a);
        let putting = {
            let injector = Arc::clone(&injector);
            thread::spawn(move || injector.put(0, b))
        };
        let taking = {
            let injector = Arc::clone(&injector);
            thread::spawn(move || injector.take(0, 2, 1).collect::<Vec<_>>())
        };
        let mut out: Vec<Runnable> = injector.take(0, 2, 1).collect();
        out.extend(taking.join().unwrap());
        seen.note(OUTCOMES[out.len()]);
        putting.join().unwrap();
        out.extend(everything(&injector));
        loose.check(out);
    });
}

/// A worker that is about to sleep looks while another takes one of two tasks: it never finds the injector empty.
#[test]
fn last_look_vs_take() {
    Model { bound: Some(3), floor: 20, outcomes: &["took one"] }.check(|seen| {
        let (loose, tasks) = loose::<2>();
        let injector = Arc::new(Injector::new(1));
        tasks.into_iter().for_each(|task| injector.put(0, task));
        let taking = {
            let injector = Arc::clone(&injector);
            thread::spawn(move || injector.take(0, 2, 1).collect::<Vec<_>>())
        };
        fence(Ordering::SeqCst);
        assert!(!injector.is_empty(), "an injector with a task never looks empty");
        let mut out = taking.join().unwrap();
        assert_eq!(out.len(), 1);
        seen.note("took one");
        out.extend(everything(&injector));
        loose.check(out);
    });
}

/// A chain is put while another is taken from: it comes out whole, in order, in parts.
#[test]
fn chain_put_vs_take() {
    const OUTCOMES: [&str; 5] = ["took none", "took one", "took two", "took three", "took four"];
    Model { bound: Some(3), floor: 100, outcomes: &["took one", "took three"] }.check(|seen| {
        let (loose, [a, b, c, d]) = loose();
        let injector = Arc::new(Injector::new(2));
        injector.put(1, a);
        let chain: Chain = [b, c, d].into_iter().collect();
        let putting = {
            let injector = Arc::clone(&injector);
            thread::spawn(move || injector.put_all(1, chain))
        };
        let mut out: Vec<Runnable> = injector.take(0, 2, 8).collect();
        seen.note(OUTCOMES[out.len()]);
        putting.join().unwrap();
        out.extend(everything(&injector));
        assert_eq!(loose.numbers(&out), [0, 1, 2, 3], "first in, first out");
        loose.check(out);
    });
}

/// Who takes a task has seen what was done before it was put, also if another thread turned it round.
#[test]
fn put_tells_what_came_before() {
    Model { bound: Some(2), floor: 50, outcomes: &["took it", "did not"] }.check(|seen| {
        let (loose, [a, b]) = loose();
        let (injector, before) = (Arc::new(Injector::new(1)), pool::leak(Plain::new()));
        let putting = {
            let injector = Arc::clone(&injector);
            thread::spawn(move || {
                before.write(1);
                injector.put_all(0, [a, b].into_iter().collect());
            })
        };
        let taking = {
            let injector = Arc::clone(&injector);
            thread::spawn(move || injector.take(0, 2, 1).collect::<Vec<_>>())
        };
        let mut out: Vec<Runnable> = injector.take(0, 2, 1).collect();
        seen.either(!out.is_empty(), "took it", "did not");
        if !out.is_empty() {
            assert_eq!(before.read(), 1);
        }
        putting.join().unwrap();
        out.extend(taking.join().unwrap());
        out.extend(everything(&injector));
        loose.check(out);
    });
}
