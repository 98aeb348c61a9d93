//! Slots that are given back are used again.

mod common;

use airmail_core::{Runnable, Spawn, coop};
use common::{ByHand, outcome};

/// Spawns, runs and joins so many tasks in the seat; the highest slot number.
fn burst(hand: &ByHand<()>, tasks: usize) -> u64 {
    hand.seat.enter(|_| {
        let _unconstrained = coop::unconstrained();
        let spawned: Vec<_> =
            (0..tasks).map(|_| hand.exec.spawn(async {}, Spawn::here()).expect("open")).collect();
        let highest = spawned.iter().map(|(_, handle)| handle.id().as_u64() >> 32).max().expect("some");
        let (tasks, handles): (Vec<Runnable>, Vec<_>) = spawned.into_iter().unzip();
        tasks.into_iter().for_each(|task| drop(task.run()));
        handles.into_iter().for_each(|mut handle| outcome(&mut handle).expect("it answered"));
        highest
    })
}

/// Bursts of more tasks than a stash holds: what it hands on comes back to the same executor. Slots that were
/// fetched and never used are among it.
#[test]
fn bursts_use_the_same_slots() {
    for tasks in [1_100, 1_500, 5_000] {
        let hand = ByHand::new(());
        let first = (0..3).map(|_| burst(&hand, tasks)).max().expect("three");
        let later = (0..60).map(|_| burst(&hand, tasks)).max().expect("sixty");
        // Numbers go up in pages of 1,024 at most; which slots lie in a stash, and which in the depot, differs.
        assert!(later <= first + 2 * 1_024, "bursts of {tasks}: slots up to {first}, later up to {later}");
        hand.shut_down();
    }
}
