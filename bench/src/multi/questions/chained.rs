//! Chains of tasks. One operation is one task of a chain of 1,000, in which each spawns the next one and ends.

use crate::peer::Peer;
use crate::question::Question;
use futures::channel::oneshot;
use std::pin::Pin;

/// How long a chain is.
const LINKS: u32 = 1_000;

pub(crate) struct Chained;

impl Question for Chained {
    const NAME: &'static str = "chained";
    const WHAT: &'static str = "one task of a chain of 1,000, in which each spawns the next one and ends";
    const ROUND: u32 = 50_000;

    async fn run<P: Peer>(operations: u32) {
        let mut left = operations;
        while left > 0 {
            let now = left.min(LINKS);
            let (last, done) = oneshot::channel();
            P::detach(link::<P>(now, last));
            done.await.expect("the last one says so");
            left -= now;
        }
    }
}

/// Boxed, since it spawns itself.
fn link<P: Peer>(number: u32, last: oneshot::Sender<()>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if number > 1 {
            P::detach(link::<P>(number - 1, last));
        } else {
            last.send(()).expect("the round waits for it");
        }
    })
}
