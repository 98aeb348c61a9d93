use crate::peer::Peer;
use crate::question::Question;
use tokio::sync::mpsc;

/// How many tasks send.
const SENDERS: u32 = 4;
/// How many messages the channel holds.
const CAPACITY: usize = 16;

pub(crate) struct Mpsc;

impl Question for Mpsc {
    const NAME: &'static str = "mpsc";
    const WHAT: &'static str =
        "one message of four tasks to a fifth, through a channel of 16 (tokio::sync::mpsc)";
    const ROUND: u32 = 40_000;

    async fn run<P: Peer>(operations: u32) {
        let (sender, mut receiver) = mpsc::channel(CAPACITY);
        for _ in 0..SENDERS {
            let sender = sender.clone();
            P::detach(async move {
                for n in 0..operations / SENDERS {
                    sender.send(n).await.expect("the receiver takes every message");
                }
            });
        }
        drop(sender);
        let received = P::spawn(async move {
            let mut received = 0;
            while receiver.recv().await.is_some() {
                received += 1;
            }
            received
        });
        assert_eq!(received.await, operations / SENDERS * SENDERS);
    }
}
