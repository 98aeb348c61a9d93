//! Two long tasks. One operation is a pair of tasks that work for about a millisecond each in one poll, from their
//! spawn by a third one to their end: as long as one of them takes, if two workers take one each.

use super::pieces::work;
use crate::peer::Peer;
use crate::question::Question;

/// About a millisecond.
const STEPS: u32 = 500_000;

pub(crate) struct TwoTasks;

impl Question for TwoTasks {
    const NAME: &'static str = "two tasks";
    const WHAT: &'static str = "a pair of tasks that each work for a millisecond or so in one poll";
    const ROUND: u32 = 10;

    async fn run<P: Peer>(operations: u32) {
        for n in 0..operations.min(Self::ROUND) {
            let one = P::spawn(async move { work(n.into(), STEPS) });
            let other = P::spawn(async move { work(n.into(), STEPS) });
            assert_eq!(one.await, other.await);
        }
    }
}
