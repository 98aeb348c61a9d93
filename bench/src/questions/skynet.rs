use crate::peer::Peer;
use crate::question::Question;
use std::pin::Pin;

/// How many children a task has.
const CHILDREN: u32 = 10;

pub(crate) struct Skynet;

impl Question for Skynet {
    const NAME: &'static str = "skynet";
    const WHAT: &'static str =
        "one leaf of a tree of tasks with 10 children each, which sum up their numbers";
    const ROUND: u32 = 100_000;

    async fn run<P: Peer>(operations: u32) {
        let leaves = 10_u32.pow(operations.max(1).ilog10());
        let sum = tree::<P>(0, leaves).await;
        assert_eq!(sum, u64::from(leaves) * u64::from(leaves - 1) / 2);
    }
}

/// The sum of the numbers of `leaves` leaves, the first of which is `first`. Boxed, since it calls itself.
fn tree<P: Peer>(first: u32, leaves: u32) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if leaves == 1 {
            return u64::from(first);
        }
        let below = leaves / CHILDREN;
        let children: Vec<_> = (0..CHILDREN).map(|n| P::spawn(tree::<P>(first + n * below, below))).collect();
        let mut sum = 0;
        for child in children {
            sum += child.await;
        }
        sum
    })
}
