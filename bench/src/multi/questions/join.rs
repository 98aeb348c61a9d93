//! Fan-out of several sizes. One operation is one of N tasks that are spawned by one task and then awaited by it.

use crate::peer::Peer;
use crate::question::Question;
use crate::questions::batch;

/// So many tasks at a time.
pub(crate) struct Join<const TASKS: u32>;

impl<const TASKS: u32> Question for Join<TASKS> {
    const NAME: &'static str = match TASKS {
        10 => "join 10",
        100 => "join 100",
        1_000 => "join 1k",
        10_000 => "join 10k",
        100_000 => "join 100k",
        _ => unreachable!(),
    };
    const WHAT: &'static str = match TASKS {
        10 => "one task of 10 that are spawned and then awaited",
        100 => "one task of 100 that are spawned and then awaited",
        1_000 => "one task of 1,000 that are spawned and then awaited",
        10_000 => "one task of 10,000 that are spawned and then awaited",
        100_000 => "one task of 100,000 that are spawned and then awaited",
        _ => unreachable!(),
    };
    const ROUND: u32 = if TASKS > 50_000 { TASKS } else { 50_000 };

    async fn run<P: Peer>(operations: u32) {
        batch::spawn_and_join::<P>(operations, TASKS).await;
    }
}
