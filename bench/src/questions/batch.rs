use crate::peer::Peer;
use crate::question::Question;

/// How many tasks are spawned before the first is awaited.
const TASKS: u32 = 1_000;

pub(crate) struct Batch;

impl Question for Batch {
    const NAME: &'static str = "batch";
    const WHAT: &'static str = "one task of 1,000 that are spawned and then awaited";
    const ROUND: u32 = 50_000;

    async fn run<P: Peer>(operations: u32) {
        spawn_and_join::<P>(operations, TASKS).await;
    }
}

/// Spawns so many tasks, at most `at_once` before they are awaited.
pub(crate) async fn spawn_and_join<P: Peer>(operations: u32, at_once: u32) {
    let mut tasks = Vec::with_capacity(at_once as usize);
    let mut left = operations;
    while left > 0 {
        let now = left.min(at_once);
        tasks.extend((0..now).map(|n| P::spawn(async move { n })));
        for (n, task) in tasks.drain(..).enumerate() {
            assert_eq!(task.await as usize, n);
        }
        left -= now;
    }
}
