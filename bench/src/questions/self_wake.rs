use crate::peer::Peer;
use crate::question::Question;
use std::future::poll_fn;
use std::task::Poll;

pub(crate) struct SelfWake;

impl Question for SelfWake {
    const NAME: &'static str = "self-wake";
    const WHAT: &'static str = "one poll of a task that wakes itself in every poll";
    const ROUND: u32 = 100_000;

    async fn run<P: Peer>(operations: u32) {
        let mut left = operations;
        let task = poll_fn(move |cx| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        P::spawn(task).await;
    }
}
