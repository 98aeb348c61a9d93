//! The queue of one thread.

mod common;

use airmail_core::{Id, ReadyQueue, Runnable, Spawn};
use common::{ByHand, Counts, panic_of};
use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

fn task(hand: &ByHand<()>) -> Runnable {
    hand.exec.spawn(pending::<()>(), Spawn::here()).expect("open").0
}

/// Pushes and pops at random, beside a `VecDeque`: same order, same length, whatever the ring's state.
#[test]
fn it_is_a_queue() {
    let hand = ByHand::new(());
    let (queue, mut model) = (ReadyQueue::new(), VecDeque::<Id>::new());
    let mut random = 1_u64;
    for step in 0..20_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // The share of pushes swings, so that the ring grows, drains, and is gone through many times.
        let push = (random >> 33) % 100 < if step / 700 % 2 == 0 { 65 } else { 35 };
        if push {
            let task = task(&hand);
            model.push_back(task.id());
            queue.push(task);
        } else {
            let taken = queue.pop();
            assert_eq!(taken.as_ref().map(Runnable::id), model.pop_front());
            if let Some(task) = taken {
                hand.seat.enter(|_| task.cancel());
            }
        }
        assert_eq!((queue.len(), queue.is_empty()), (model.len(), model.is_empty()));
    }
    hand.seat.enter(|_| drop(queue));
    hand.shut_down();
}

#[test]
fn room_is_made_in_advance_and_as_needed() {
    let hand = ByHand::new(());
    let queue = ReadyQueue::default();
    queue.reserve(0);
    assert!(queue.pop().is_none());
    queue.reserve(100);
    let ids: Vec<Id> = (0..1_000)
        .map(|_| {
            let task = task(&hand);
            let id = task.id();
            queue.push(task);
            id
        })
        .collect();
    assert_eq!(format!("{queue:?}"), "ReadyQueue { len: 1000, .. }");
    for id in ids {
        let task = queue.pop().expect("it was pushed");
        assert_eq!(task.id(), id);
        hand.seat.enter(|_| task.cancel());
    }
    hand.shut_down();
}

/// Tasks that are still in it when it is dropped are cancelled, once each.
#[test]
fn its_drop_cancels() {
    let (hand, drops) = (ByHand::new(()), Arc::new(AtomicUsize::new(0)));
    let queue = ReadyQueue::new();
    for _ in 0..70 {
        let counts = Counts(Arc::clone(&drops));
        let future = async move {
            let _counts = counts;
            pending::<()>().await;
        };
        queue.push(hand.exec.spawn(future, Spawn::here()).expect("open").0);
    }
    hand.seat.enter(|_| drop(queue));
    assert_eq!(drops.load(SeqCst), 70);
    hand.shut_down();
}

/// A size that no ring can have is refused, and the queue stays what it was.
#[test]
fn absurd_sizes_are_refused() {
    let hand = ByHand::new(());
    let queue = ReadyQueue::new();
    queue.push(task(&hand));
    for more in [usize::MAX, (1 << 63) + 5, usize::MAX / 2 + 2] {
        let message = panic_of(|| queue.reserve(more));
        assert!(message.contains("does not fit into memory"), "{message}");
    }
    assert_eq!(queue.len(), 1);
    hand.seat.enter(|_| drop(queue));
    hand.shut_down();
}
