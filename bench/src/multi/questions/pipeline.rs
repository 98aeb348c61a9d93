//! A producer and a consumer. One operation is one item through a channel, with about a microsecond of work for
//! each of the two: one microsecond if they are on different workers, two if they take turns on one.

use super::pieces::work;
use crate::peer::Peer;
use crate::question::Question;
use tokio::sync::mpsc;

/// How many items the channel holds.
const CAPACITY: usize = 64;
/// About a microsecond.
const STEPS: u32 = 500;

pub(crate) struct Pipeline;

impl Question for Pipeline {
    const NAME: &'static str = "pipeline";
    const WHAT: &'static str = "one item from a producer to a consumer, through a channel of 64, with a \
                                microsecond or so of work for each of the two";
    const ROUND: u32 = 10_000;

    async fn run<P: Peer>(operations: u32) {
        let (sender, mut receiver) = mpsc::channel(CAPACITY);
        P::detach(async move {
            for n in 0..operations {
                sender.send(work(n.into(), STEPS)).await.expect("the consumer takes every item");
            }
        });
        let consumer = P::spawn(async move {
            let mut items = 0;
            while let Some(item) = receiver.recv().await {
                assert_ne!(work(item, STEPS), 0);
                items += 1;
            }
            items
        });
        assert_eq!(consumer.await, operations);
    }
}
