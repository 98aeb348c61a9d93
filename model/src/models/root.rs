//! The future of a `block_on` and its wakers. The loop that polls and parks is not core's: here it turns while
//! the root is due.

use super::executor::{Executor, answer};
use super::harness::{Flag, Foreign, Log, Model, Recorded, recorded, wait_for};
use crate::task::{Options, Root, Spawn};
use loom::thread;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A root, its future, and what wakes its thread.
struct Block<F> {
    root: Root,
    future: Recorded<F>,
    unpark: Arc<Foreign>,
}

impl<F: FnMut(&mut Context<'_>, u32) -> Poll<()> + Unpin> Block<F> {
    fn on(future: Recorded<F>, counted: bool) -> Block<F> {
        let unpark = Arc::new(Foreign::default());
        let root = Root::new(
            Waker::from(Arc::clone(&unpark)),
            &Options { count_wakers: counted, ..Options::default() },
            Spawn::here(),
        );
        Block { root, future, unpark }
    }

    /// Polls while the root is due; `true` once the future answered.
    fn run(&mut self) -> bool {
        while self.root.is_due() {
            if self.root.poll(Pin::new(&mut self.future)).is_ready() {
                return true;
            }
        }
        false
    }

    /// The `block_on` ends; what wakes its thread is left.
    fn leave(self) -> Arc<Foreign> {
        let Block { root, future, unpark } = self;
        drop(root);
        drop(future);
        unpark
    }

    /// The end state: the slot is free and its reference to the bell is gone.
    fn check_end(self, log: &Log) {
        let unpark = self.leave();
        log.check_end();
        assert_eq!(Arc::strong_count(&unpark), 1, "the bell is let go");
    }
}

fn tell(flag: &Flag, waker: &Waker) -> thread::JoinHandle<()> {
    let (flag, waker) = (flag.clone(), waker.clone());
    thread::spawn(move || {
        flag.raise();
        waker.wake();
    })
}

/// A foreign wake meets a root that is about to wait: the root is due again, and its thread is woken.
#[test]
fn wake_vs_wait() {
    Model { bound: None, floor: 20, outcomes: &["done at once", "woken"] }.check(|seen| {
        let (log, flag) = (Log::default(), Flag::new());
        let mut block = Block::on(wait_for(&log, [&flag]), false);
        assert!(!block.run());
        let waker = log.waker();
        let waking = tell(&flag, &waker);
        let done = block.run();
        seen.either(done, "done at once", "woken");
        waking.join().unwrap();
        assert_eq!(block.unpark.woken(), 1, "a wake-up of a waiting root wakes its thread, once");
        assert!(done || block.run(), "a root's wake-up is not lost");
        block.check_end(&log);
    });
}

/// Two foreign wakes of a root.
#[test]
fn two_wakes() {
    Model { bound: Some(3), floor: 500, outcomes: &["done at once", "woken"] }.check(|seen| {
        let (log, flags) = (Log::default(), [Flag::new(), Flag::new()]);
        let mut block = Block::on(wait_for(&log, [&flags[0], &flags[1]]), false);
        assert!(!block.run());
        let waker = log.waker();
        let waking = flags.each_ref().map(|flag| tell(flag, &waker));
        let done = block.run();
        seen.either(done, "done at once", "woken");
        waking.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(done || block.run(), "a root's wake-up is not lost");
        block.check_end(&log);
    });
}

/// A root is woken on its own thread, which needs no ownership, while a foreign wake takes it: it is polled for
/// both, and the foreign wake's delivery finds it in order.
#[test]
fn own_wake_vs_foreign_wake() {
    let model =
        Model { bound: Some(4), floor: 100, outcomes: &["done at once", "one more turn", "the last turn"] };
    model.check(|seen| {
        let (log, flags) = (Log::default(), [Flag::new(), Flag::new()]);
        let mut block = Block::on(wait_for(&log, [&flags[0], &flags[1]]), false);
        assert!(!block.run());
        let waker = log.waker();
        let waking = tell(&flags[0], &waker);
        flags[1].raise();
        waker.wake();
        assert!(block.root.is_due(), "woken here");
        let first = block.run();
        let second = first || block.run();
        waking.join().unwrap();
        let last = second || block.run();
        assert!(last, "a root's wake-up is not lost");
        seen.note(match (first, second) {
            (true, _) => "done at once",
            (_, true) => "one more turn",
            _ => "the last turn",
        });
        block.check_end(&log);
    });
}

/// A root that was woken on its own thread, so that nobody owns it, is dropped while a foreign wake takes it.
#[test]
fn drop_of_a_noted_root_vs_wake() {
    Model { bound: Some(4), floor: 100, outcomes: &["found it gone", "came too late"] }.check(|seen| {
        let (log, flag) = (Log::default(), Flag::new());
        let mut block = Block::on(wait_for(&log, [&flag]), false);
        assert!(!block.run());
        log.waker().wake();
        assert!(!block.run(), "polled once, without being owned");
        let waker = log.waker();
        let waking = tell(&flag, &waker);
        waker.wake();
        let unpark = block.leave();
        let early = crate::pool::all_free();
        waking.join().unwrap();
        seen.either(early, "came too late", "found it gone");
        log.check_end();
        assert_eq!(Arc::strong_count(&unpark), 1, "the bell is let go");
    });
}

/// Two foreign wakes while a root is polled that nobody owns, and its end: only one of them owns it at a time.
#[test]
fn noted_poll_vs_two_wakes_vs_drop() {
    Model { bound: Some(2), floor: 500, outcomes: &["freed at once", "freed later"] }.check(|seen| {
        let (log, flags) = (Log::default(), [Flag::new(), Flag::new(), Flag::new()]);
        let mut block = Block::on(wait_for(&log, [&flags[0], &flags[1], &flags[2]]), false);
        assert!(!block.run());
        let waker = log.waker();
        waker.wake_by_ref();
        let waking = [&flags[0], &flags[1]].map(|flag| tell(flag, &waker));
        assert!(!block.run(), "the third flag is down");
        let unpark = block.leave();
        seen.either(crate::pool::all_free(), "freed at once", "freed later");
        waking.into_iter().for_each(|thread| thread.join().unwrap());
        log.check_end();
        assert_eq!(Arc::strong_count(&unpark), 1, "the bell is let go");
    });
}

/// The `block_on` ends while a wake is on its way: the slot and the bell are given back once.
#[test]
fn drop_vs_wake() {
    Model { bound: Some(4), floor: 500, outcomes: &["delivered", "came too late", "found it gone"] }.check(
        |seen| {
            let (log, flag) = (Log::default(), Flag::new());
            let mut block = Block::on(wait_for(&log, [&flag]), false);
            assert!(!block.run());
            let waking = tell(&flag, &log.waker());
            let due = block.root.is_due();
            let unpark = block.leave();
            let early = crate::pool::all_free();
            waking.join().unwrap();
            if due {
                seen.note("delivered");
            } else {
                seen.either(early, "came too late", "found it gone");
            }
            log.check_end();
            assert_eq!(Arc::strong_count(&unpark), 1, "the bell is let go");
        },
    );
}

/// Two wakes are on their way when the `block_on` ends.
#[test]
fn drop_vs_two_wakes() {
    Model { bound: Some(2), floor: 500, outcomes: &["freed at once", "freed later"] }.check(|seen| {
        let (log, flags) = (Log::default(), [Flag::new(), Flag::new()]);
        let mut block = Block::on(wait_for(&log, [&flags[0], &flags[1]]), false);
        assert!(!block.run());
        let waker = log.waker();
        let waking = flags.each_ref().map(|flag| tell(flag, &waker));
        let unpark = block.leave();
        seen.either(crate::pool::all_free(), "freed at once", "freed later");
        waking.into_iter().for_each(|thread| thread.join().unwrap());
        log.check_end();
        assert_eq!(Arc::strong_count(&unpark), 1, "the bell is let go");
    });
}

/// A `block_on` ends while a wake is on its way, and another thread begins a `block_on` of its own: if it gets
/// the slot, it is its own from then on.
#[test]
fn drop_vs_wake_vs_next_root() {
    Model { bound: Some(3), floor: 5_000, outcomes: &["the same slot", "another slot"] }.check(|seen| {
        let (log, flag) = (Log::default(), Flag::new());
        let mut block = Block::on(wait_for(&log, [&flag]), false);
        assert!(!block.run());
        let waking = tell(&flag, &log.waker());
        let next = {
            let seen = seen.clone();
            thread::spawn(move || {
                let (log, flag) = (Log::default(), Flag::new());
                let mut block = Block::on(wait_for(&log, [&flag]), false);
                seen.either(crate::pool::slots() == 1, "the same slot", "another slot");
                assert!(!block.run());
                flag.raise();
                log.waker().wake();
                assert!(block.run(), "a root is nobody else's to end");
                let unpark = block.leave();
                log.check_end();
                assert_eq!(Arc::strong_count(&unpark), 1, "the bell is let go");
            })
        };
        let unpark = block.leave();
        waking.join().unwrap();
        next.join().unwrap();
        log.check_end();
        assert_eq!(Arc::strong_count(&unpark), 1, "the bell is let go");
    });
}

/// A root awaits a task that a second thread runs.
#[test]
fn root_awaits_task() {
    Model { bound: Some(4), floor: 100, outcomes: &["answered at once", "woken"] }.check(|seen| {
        let (executor, logs) = (Executor::new(), [Log::default(), Log::default()]);
        let mut handle = executor.spawn(recorded(&logs[0], |_, _| Poll::Ready(())));
        let runner = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || executor.turn())
        };
        let future = recorded(&logs[1], move |cx, _| answer(&mut handle, cx.waker()).map(drop));
        let mut block = Block::on(future, false);
        let done = block.run();
        seen.either(done && logs[1].polls() == 1, "answered at once", "woken");
        runner.join().unwrap();
        assert!(done || block.run(), "a root's wake-up is not lost");
        block.check_end(&logs[1]);
        logs[0].check_end();
        executor.check_end();
    });
}

/// A counted root is dropped while its one waker is used up elsewhere: the slot waits for the count.
#[test]
fn counted_root_drop_vs_wake() {
    Model { bound: Some(3), floor: 50, outcomes: &["done", "dropped waiting"] }.check(|seen| {
        let (log, flag) = (Log::default(), Flag::new());
        let mut block = Block::on(wait_for(&log, [&flag]), true);
        assert!(!block.run());
        let waker = log.waker();
        let waking = thread::spawn({
            let flag = flag.clone();
            move || {
                flag.raise();
                waker.wake();
            }
        });
        seen.either(block.run(), "done", "dropped waiting");
        let unpark = block.leave();
        drop(log.take_waker());
        waking.join().unwrap();
        log.check_end();
        assert_eq!(Arc::strong_count(&unpark), 1, "the bell is let go");
        // The slot came back: the next root gets it.
        let slots = crate::pool::slots();
        let (log, flag) = (Log::default(), Flag::new());
        let block = Block::on(wait_for(&log, [&flag]), false);
        assert_eq!(crate::pool::slots(), slots, "the slot is given back");
        block.check_end(&log);
    });
}
