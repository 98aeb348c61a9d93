use crate::peer::Peer;
use crate::question::Question;

pub(crate) struct SpawnJoin;

impl Question for SpawnJoin {
    const NAME: &'static str = "spawn+join";
    const WHAT: &'static str = "spawn a task that answers at once, and await it";
    const ROUND: u32 = 50_000;

    async fn run<P: Peer>(operations: u32) {
        for n in 0..operations {
            assert_eq!(P::spawn(async move { n }).await, n);
        }
    }
}
