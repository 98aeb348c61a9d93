//! The children of a scope, and the function that must not return before they are gone.

use super::executor::{Executor, take};
use super::harness::{Flag, Foreign, Log, Model, Plain, recorded, wait_for};
use crate::children::Children;
use crate::sync;
use loom::thread;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Two children write to what they borrow, and leave. Whoever finds them gone has that memory for itself again; whoever does
/// not is woken.
#[test]
fn two_leave_vs_wait() {
    Model { bound: None, floor: 50, outcomes: &["found nobody", "was woken"] }.check(|seen| {
        let children = sync::Arc::new(Children::default());
        let borrowed = [Arc::new(Plain::new()), Arc::new(Plain::new())];
        let leaving = borrowed.clone().map(|borrowed| {
            let leave = Children::enter(&children);
            thread::spawn(move || {
                borrowed.write(1);
                drop(leave);
            })
        });
        let foreign = Arc::new(Foreign::default());
        let waker = Waker::from(Arc::clone(&foreign));
        let poll = children.poll_gone(&Context::from_waker(&waker));
        if poll.is_ready() {
            assert!(borrowed.iter().all(|borrowed| borrowed.read() == 1), "a child is still there");
        }
        leaving.into_iter().for_each(|child| child.join().unwrap());
        assert!(poll.is_ready() || foreign.woken() == 1, "nobody wakes the function that waits");
        assert!(children.are_gone());
        assert!(matches!(children.poll_gone(&Context::from_waker(Waker::noop())), Poll::Ready(())));
        seen.either(poll.is_ready(), "found nobody", "was woken");
    });
}

/// A child comes as the others are aborted: it is aborted too, by one side or the other.
#[test]
fn note_vs_abort() {
    Model { bound: None, floor: 4, outcomes: &["aborted"] }.check(|seen| {
        let children = sync::Arc::new(Children::default());
        let (executor, log, flag) = (Executor::new(), Log::default(), Flag::new());
        let (handle, _waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        let abort = handle.abort_handle();
        let coming = {
            let children = sync::Arc::clone(&children);
            thread::spawn(move || children.note(abort))
        };
        children.abort();
        coming.join().unwrap();
        executor.drain();
        assert!(log.future_is_dropped(), "a child that came is not aborted");
        assert!(take(handle).is_err_and(|error| error.is_cancelled()));
        log.take_waker();
        log.check_end();
        executor.check_end();
        seen.note("aborted");
    });
}

/// A child fails as the function waits, with its body: it hears of it, and of the child's end after that.
#[test]
fn fail_vs_wait() {
    Model { bound: None, floor: 10, outcomes: &["found it", "was woken"] }.check(|seen| {
        let children = sync::Arc::new(Children::default());
        let (executor, log) = (Executor::new(), Log::default());
        let failing = {
            let (children, leave) = (sync::Arc::clone(&children), Children::enter(&children));
            let child = executor.spawn(recorded(&log, |_, _| Poll::Ready(())));
            let meta = child.meta();
            executor.drain();
            drop(take(child));
            thread::spawn(move || {
                children.fail(meta);
                drop(leave);
            })
        };
        let foreign = Arc::new(Foreign::default());
        let waker = Waker::from(Arc::clone(&foreign));
        let cx = Context::from_waker(&waker);
        let poll = children.poll_failed(&cx);
        let gone = poll.is_ready().then(|| children.poll_gone(&cx));
        failing.join().unwrap();
        match gone {
            None => assert_eq!(foreign.woken(), 1, "nobody tells the function of the failure"),
            Some(Poll::Pending) => assert_eq!(foreign.woken(), 1, "nobody tells the function of the end"),
            Some(Poll::Ready(())) => {}
        }
        assert!(children.failed().is_some() && children.are_gone());
        log.check_end();
        executor.check_end();
        seen.either(poll.is_ready(), "found it", "was woken");
    });
}
