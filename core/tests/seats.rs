//! An executor with several seats.

mod common;

use airmail_core::{Counters, Exec, Options, Ran, Spawn, is_ending, outside};
use common::{ByHand, outcome, panic_of};
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Poll, Waker};
use std::thread;

/// Each seat has local data of its own, runs tasks of the same executor, and counts for it.
#[test]
fn another_seat_runs_the_same_tasks() {
    let by_hand = ByHand::new(1);
    let exec = by_hand.exec;
    let other = exec.another_seat(2).expect("not retired");
    assert_eq!((by_hand.seat.local(), other.local()), (&1, &2));
    let (task, mut handle) = by_hand
        .seat
        .enter(|_| {
            assert_eq!(exec.here(|n| *n), Some(1));
            exec.spawn(async { 7 }, Spawn::here())
        })
        .expect("not closed");
    let ran = thread::scope(|scope| {
        let seat = other;
        let thread = scope.spawn(move || {
            let ran = seat.enter(|_| {
                assert_eq!(exec.here(|n| *n), Some(2));
                matches!(task.run(), Ran::Done(_))
            });
            (ran, seat)
        });
        thread.join().expect("no panic")
    });
    assert!(ran.0);
    assert_eq!(outcome(&mut handle).expect("done"), 7);
    assert_eq!(exec.counters(), Counters { spawned: 1, live: 0, cancelled: 0 });
    assert_eq!(ran.1.retire().expect("not the last one"), 2);
    assert_eq!(by_hand.shut_down(), 1);
}

/// The local data comes back once the executor is retired, also when another one has its block.
#[test]
fn a_retired_executor_has_no_more_seats() {
    let by_hand = ByHand::new("first");
    let exec = by_hand.exec;
    by_hand.shut_down();
    assert_eq!(exec.another_seat("second").expect_err("retired"), "second");
    let successors: Vec<_> = (0..8).map(|_| ByHand::new("next")).collect();
    assert_eq!(exec.another_seat("third").expect_err("retired"), "third");
    successors.into_iter().for_each(|next| assert_eq!(next.shut_down(), "next"));
}

/// Tasks of a local executor belong to one thread: a second seat is refused by a panic, and the executor goes on.
#[test]
fn a_local_executor_has_one_seat() {
    let by_hand = ByHand::local(());
    let exec = by_hand.exec;
    let message = panic_of(|| drop(exec.another_seat(())));
    assert!(message.contains("a local executor has one seat"), "{message}");
    let mut handle = by_hand.spawn(async {});
    by_hand.run();
    assert!(outcome(&mut handle).is_ok());
    by_hand.shut_down();
}

/// A seat that is not the last one is given up at any time: with tasks, and open. What it counted stays counted,
/// and who takes a seat afterwards counts on.
#[test]
fn a_seat_is_given_up_and_another_taken() {
    let by_hand = ByHand::new(0);
    let exec = by_hand.exec;
    let mut handles = Vec::new();
    for n in 1..=5 {
        let seat = exec.another_seat(n).expect("not retired");
        let spawn = || exec.spawn(pending::<()>(), Spawn::here()).expect("not closed");
        let ((task, handle), (ended, _)) = seat.enter(|_| {
            let (stays, ended) = (spawn(), spawn());
            (stays, ended)
        });
        seat.enter(|_| ended.cancel());
        by_hand.mailbox.inbox.put(task);
        handles.push(handle);
        assert_eq!(seat.retire().expect("not the last one"), n);
        assert_eq!(exec.counters(), Counters { spawned: 2 * n, live: n, cancelled: n });
    }
    let busy = by_hand.seat.retire().expect_err("the last one, and there are tasks");
    let seat = busy.0;
    exec.close();
    let other = exec.another_seat(9).expect("closed, but not retired");
    let seat = seat.retire().expect("not the last one any more");
    assert_eq!(seat, 0);
    other.enter(|_| by_hand.mailbox.inbox.take().for_each(airmail_core::Runnable::cancel));
    assert!(handles.iter_mut().all(|handle| outcome(handle).is_err()));
    assert_eq!(other.retire().expect("closed and empty"), 9);
    assert_eq!(exec.counters(), Counters::default());
}

/// Slots that a seat kept for itself are there for the others once it is given up.
#[test]
fn slots_outlive_their_seat() {
    let by_hand = ByHand::new(());
    let exec = by_hand.exec;
    let index = |id: airmail_core::Id| id.as_u64() >> 32;
    let mut used = Vec::new();
    for _ in 0..3 {
        let seat = exec.another_seat(()).expect("not retired");
        seat.enter(|_| {
            let (task, handle) = exec.spawn(async {}, Spawn::here()).expect("not closed");
            used.push(index(handle.id()));
            assert!(matches!(task.run(), Ran::Done(_)));
        });
        seat.retire().expect("not the last one");
    }
    assert!(used.iter().all(|&slot| slot == used[0]), "the same slot each time: {used:?}");
    by_hand.shut_down();
}

/// What is spawned and woken in `outside` goes the way from other threads, in whatever seat the thread sits, and
/// the seat is there again afterwards, also after a panic.
#[test]
fn outside_stands_up() {
    let by_hand = ByHand::new(Cell::new(3));
    let exec = by_hand.exec;
    by_hand.seat.enter(|_| {
        outside(|| {
            assert_eq!(exec.here(Cell::get), None);
            let (task, _handle) = exec.spawn(async {}, Spawn::here()).expect("not closed");
            assert!(panic_of(|| drop(task.run())).contains("enter the `Seat` first"));
            by_hand.seat.enter(|_| assert_eq!(exec.here(Cell::get), Some(3)));
            assert_eq!(exec.here(Cell::get), None);
        });
        assert_eq!(exec.here(Cell::get), Some(3));
        assert_eq!(panic_of(|| outside(|| panic!("outside"))), "outside");
        assert_eq!(exec.here(Cell::get), Some(3));
    });
    assert_eq!(outside(|| 5), 5);
    by_hand.shut_down();
}

/// Notes whether an end was going on when it was woken.
#[derive(Default)]
struct Notes {
    ending: AtomicUsize,
    not_ending: AtomicUsize,
}

impl std::task::Wake for Notes {
    fn wake(self: Arc<Self>) {
        let count = if is_ending() { &self.ending } else { &self.not_ending };
        count.fetch_add(1, SeqCst);
    }
}

/// Who is woken by a task's end hears so; who is woken in a poll or elsewhere does not.
#[test]
fn an_end_says_so() {
    let (by_hand, notes) = (ByHand::new(()), Arc::new(Notes::default()));
    let waker = Waker::from(Arc::clone(&notes));
    assert!(!is_ending());
    let in_poll = waker.clone();
    let mut handle = by_hand.spawn(poll_fn(move |_| {
        assert!(!is_ending());
        in_poll.wake_by_ref();
        Poll::Ready(())
    }));
    let mut context = std::task::Context::from_waker(&waker);
    assert!(std::pin::pin!(&mut handle).poll(&mut context).is_pending());
    by_hand.run();
    assert!(!is_ending());
    waker.wake_by_ref();
    assert_eq!((notes.ending.load(SeqCst), notes.not_ending.load(SeqCst)), (1, 2));
    assert!(outcome(&mut handle).is_ok());
    by_hand.shut_down();
}

/// A seat is given up by a thread that sits in another one.
#[test]
fn a_seat_is_given_up_in_another() {
    let (exec, first) = Exec::register(Options::default(), 1);
    let second = exec.another_seat(2).expect("not retired");
    let back = first.enter(|_| second.retire().expect("not the last one"));
    assert_eq!(back, 2);
    exec.close();
    assert_eq!(first.retire().expect("closed and empty"), 1);
}
