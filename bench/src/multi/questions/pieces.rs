//! Work for the processor. One operation is one piece of it, of some microseconds, of 2,000 that are spawned by one
//! task and awaited by it: as little as the work takes, divided by the workers, if all have enough to do.

use crate::peer::Peer;
use crate::question::Question;
use std::hint::black_box;

/// How much work is spread.
const PIECES: u32 = 2_000;
/// How often a piece turns its number over.
const STEPS: u32 = 5_000;

pub(crate) struct Pieces;

impl Question for Pieces {
    const NAME: &'static str = "CPU work";
    const WHAT: &'static str =
        "one of 2,000 pieces of work for the processor, of some microseconds, each a task that is awaited";
    const ROUND: u32 = PIECES;

    async fn run<P: Peer>(operations: u32) {
        let pieces: Vec<_> =
            (0..operations).map(|n| P::spawn(async move { work(n.into(), STEPS) })).collect();
        for piece in pieces {
            assert_ne!(piece.await, 0);
        }
    }
}

/// Each step needs the one before it. The result is odd.
pub(super) fn work(number: u64, steps: u32) -> u64 {
    let mut number = black_box(number) | 1;
    for _ in 0..steps {
        number = (number ^ (number >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    }
    number
}
