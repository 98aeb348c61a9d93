//! Counted wakers: they pin their slot, and tell when nobody can wake a task any more.

use super::executor::{Executor, Reports, answer, take};
use super::harness::{Flag, Log, Model, Output, recorded, wait_for};
use crate::task::{JoinHandle, Trouble};
use loom::thread;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;

fn world() -> (Reports, Arc<Executor>) {
    let reports = Reports::default();
    let executor = Executor::with(reports.options(true));
    (reports, executor)
}

fn wakers(handle: &JoinHandle<Output>) -> u32 {
    handle.abort_handle().info().expect("not gone").wakers.expect("counted")
}

/// The task ends and its handle is dropped while the last two wakers die on two threads: the slot is given
/// back once, by whoever is last, and not before.
#[test]
fn last_wakers_vs_free() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["freed by the handle", "freed by a waker"] }.check(
        |seen| {
            let ((reports, executor), log) = (world(), Log::default());
            let own = log.clone();
            let (handle, waker) = executor.spawn_waiting(
                &log,
                recorded(&log, move |cx, polls| {
                    own.leave(cx.waker());
                    if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
                }),
            );
            waker.wake_by_ref();
            assert_eq!(executor.turn().done, 1);
            // One waker from each poll.
            let dropping = [waker, log.waker()].map(|waker| thread::spawn(move || drop(waker)));
            let index = handle.id().as_u64() >> 32;
            drop(take(handle));
            // Not in the seat, so the slot came to the depot; from there the next spawn takes it.
            let early = executor.spawn(recorded(&Log::default(), |_, _| Poll::Ready(())));
            dropping.into_iter().for_each(|thread| thread.join().unwrap());
            let late = executor.spawn(recorded(&Log::default(), |_, _| Poll::Ready(())));
            let later = executor.spawn(recorded(&Log::default(), |_, _| Poll::Ready(())));
            let indices = [&early, &late, &later].map(|handle| handle.id().as_u64() >> 32);
            seen.either(indices[0] == index, "freed by the handle", "freed by a waker");
            assert_eq!(
                indices.iter().filter(|&&i| i == index).count(),
                1,
                "the slot is given back exactly once"
            );
            executor.drain();
            for handle in [early, late, later] {
                assert_eq!(wakers(&handle), 0, "the next task starts without wakers");
                drop(take(handle));
            }
            assert_eq!(reports.take(), []);
            log.check_end();
            executor.check_end();
        },
    );
}

/// A waker is cloned, dropped and used while the task is polled and parks: that is no orphan, ever.
#[test]
fn clone_drop_wake_vs_park() {
    Model { bound: Some(3), floor: 500, outcomes: &["done at once", "done later"] }.check(|seen| {
        let ((reports, executor), log, flag) = (world(), Log::default(), Flag::new());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&flag]));
        waker.wake_by_ref();
        let waking = thread::spawn(move || {
            let clone = waker.clone();
            drop(waker);
            flag.raise();
            clone.wake();
        });
        seen.either(executor.turn().done == 1, "done at once", "done later");
        waking.join().unwrap();
        executor.drain();
        assert!(log.answered(), "no wake-up is lost");
        assert_eq!(reports.take(), [], "a task whose waker is on its way is no orphan");
        // The waker that the poll before left is the last.
        drop(log);
        drop(take(handle).expect("completed"));
        executor.check_end();
    });
}

/// The only waker is used up by value, the poll that follows leaves none and ends: the report of the orphan
/// comes from the park, and only after it.
#[test]
fn wake_by_value_vs_park() {
    Model { bound: Some(3), floor: 20, outcomes: &["polled at once", "polled later"] }.check(|seen| {
        let ((reports, executor), log) = (world(), Log::default());
        let own = log.clone();
        let (handle, waker) = executor.spawn_waiting(
            &log,
            recorded(&log, move |cx, polls| {
                if polls == 1 {
                    own.leave(cx.waker());
                }
                Poll::Pending
            }),
        );
        let waking = thread::spawn(move || waker.wake());
        let early = executor.turn().pending == 1;
        seen.either(early, "polled at once", "polled later");
        waking.join().unwrap();
        executor.drain();
        assert_eq!(log.polls(), 2);
        assert!(reports.take().contains(&Trouble::Orphan), "an orphan is reported");
        handle.abort();
        executor.drain();
        assert!(take(handle).is_err());
        log.check_end();
        executor.check_end();
    });
}

/// Two wakers of an idle task die on two threads: the last one reports the orphan, once.
#[test]
fn last_wakers_die_idle() {
    Model { bound: None, floor: 20, outcomes: &["reported"] }.check(|seen| {
        let ((reports, executor), log) = (world(), Log::default());
        let (handle, waker) = executor.spawn_waiting(&log, wait_for(&log, [&Flag::new()]));
        let dropping = [waker.clone(), waker].map(|waker| thread::spawn(move || drop(waker)));
        dropping.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(reports.take(), [Trouble::Orphan], "an orphan is reported once");
        seen.note("reported");
        assert_eq!(wakers(&handle), 0);
        handle.abort();
        executor.drain();
        assert!(take(handle).is_err());
        log.check_end();
        executor.check_end();
    });
}

/// The last waker dies while the task is polled and parks: an orphan, reported once, by one of the two.
#[test]
fn last_waker_dies_vs_park() {
    Model { bound: Some(4), floor: 200, outcomes: &["dropped early", "dropped late"] }.check(|seen| {
        let ((reports, executor), log) = (world(), Log::default());
        let own = log.clone();
        let (handle, waker) = executor.spawn_waiting(
            &log,
            recorded(&log, move |cx, polls| {
                if polls == 1 {
                    own.leave(cx.waker());
                }
                Poll::Pending
            }),
        );
        waker.wake_by_ref();
        let dropped = Arc::new(AtomicBool::new(false));
        let dropping = thread::spawn({
            let dropped = Arc::clone(&dropped);
            move || {
                drop(waker);
                dropped.store(true, Relaxed);
            }
        });
        executor.turn();
        seen.either(dropped.load(Relaxed), "dropped early", "dropped late");
        dropping.join().unwrap();
        assert_eq!(reports.take(), [Trouble::Orphan], "an orphan is reported once");
        handle.abort();
        executor.drain();
        assert!(take(handle).is_err());
        log.check_end();
        executor.check_end();
    });
}

/// A join word counts the waker it holds, and lets it go when the task ends or the handle is dropped.
#[test]
fn joiner_counts() {
    Model { bound: None, floor: 100, outcomes: &["answered", "woken", "let go"] }.check(|seen| {
        let ((reports, executor), logs, flag) = (world(), [Log::default(), Log::default()], Flag::new());
        let (joiner, waker) = executor.spawn_waiting(&logs[0], wait_for(&logs[0], [&flag]));
        let mut awaited = executor.spawn(recorded(&logs[1], |_, _| Poll::Ready(())));
        let runner = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || executor.turn())
        };
        executor.scheduled();
        let answered = answer(&mut awaited, &waker).is_ready();
        drop(awaited);
        runner.join().unwrap();
        match (answered, executor.scheduled()) {
            (true, _) => seen.note("answered"),
            (false, 0) => seen.note("let go"),
            (false, _) => seen.note("woken"),
        }
        executor.drain();
        drop(logs[0].take_waker());
        assert_eq!(wakers(&joiner), 1, "the word has let its waker go, ours is left");
        assert_eq!(reports.take(), []);
        flag.raise();
        waker.wake();
        executor.drain();
        drop(take(joiner).expect("completed"));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}

/// Each poll of a task leaves one waker, which is used up by a wake that causes the next poll, while another
/// thread, whose waker was the last for a moment, looks for an orphan at any speed. At every moment the task
/// is queued or has a waker, so a report would be false.
#[test]
fn no_false_orphan() {
    Model { bound: Some(4), floor: 1_000, outcomes: &["dropped early", "dropped late"] }.check(|seen| {
        let ((reports, executor), log) = (world(), Log::default());
        let own = log.clone();
        let (handle, waker) = executor.spawn_waiting(
            &log,
            recorded(&log, move |cx, polls| {
                own.leave(cx.waker());
                if polls < 5 { Poll::Pending } else { Poll::Ready(()) }
            }),
        );
        waker.wake_by_ref();
        let dropped = Arc::new(AtomicBool::new(false));
        let dropping = thread::spawn({
            let dropped = Arc::clone(&dropped);
            move || {
                drop(waker);
                dropped.store(true, Relaxed);
            }
        });
        executor.turn();
        for _ in 0..3 {
            log.waker().wake();
            executor.turn();
        }
        seen.either(dropped.load(Relaxed), "dropped early", "dropped late");
        dropping.join().unwrap();
        assert_eq!(reports.take(), [], "a task that has a waker, or is queued, is no orphan");
        drop(log.take_waker());
        drop(take(handle).expect("completed"));
        log.check_end();
        executor.check_end();
    });
}

/// One counted task awaits another, with two runners.
#[test]
fn counted_task_awaits_task() {
    Model { bound: Some(3), floor: 100, outcomes: &["answered at once", "woken"] }.check(|seen| {
        let ((reports, executor), logs, flag) = (world(), [Log::default(), Log::default()], Flag::new());
        let (mut awaited, waker) = executor.spawn_waiting(&logs[0], wait_for(&logs[0], [&flag]));
        let joiner = executor.spawn(recorded(&logs[1], move |cx, _| {
            Pin::new(&mut awaited).poll(cx).map(|outcome| assert!(outcome.is_ok()))
        }));
        let runner = {
            let executor = Arc::clone(&executor);
            thread::spawn(move || {
                flag.raise();
                waker.wake();
                executor.turn();
            })
        };
        executor.turn();
        runner.join().unwrap();
        executor.drain();
        seen.either(logs[1].polls() == 1, "answered at once", "woken");
        assert_eq!(wakers(&joiner), 0, "the word has let its waker go");
        assert_eq!(reports.take(), [], "a task whose last waker is being used is no orphan");
        drop(take(joiner).expect("completed"));
        logs.iter().for_each(Log::check_end);
        executor.check_end();
    });
}
