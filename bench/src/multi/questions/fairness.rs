//! Who gets how many turns. 1,000 tasks yield, again and again, on all workers, until they were polled 200,000
//! times together. Jain's index of their shares is 1 if all have the same, and 1/1,000 if one has everything. The
//! gap is how many polls of all came between two of one task, at most; as fair as can be is 1,000 or so.

use crate::multi::peer::Workers;
use crate::multi::question::{Figure, Figures, Probe, Unit};
use crate::peer::Peer;
use crate::race::Better;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many take turns.
const TASKS: u32 = 1_000;

pub(crate) struct Fairness;

/// What all share.
#[derive(Default)]
struct Turns {
    /// Everybody is there.
    begun: AtomicBool,
    /// Polls of all since then.
    polls: AtomicU64,
}

/// What one had.
struct Share {
    polls: u64,
    /// The most that others had between two of its own, or before its first, or after its last.
    gap: u64,
}

impl Probe for Fairness {
    const NAME: &'static str = "fairness";
    const ROUND: u32 = 200 * TASKS;
    const FIGURES: &'static [Figure] = &[
        Figure {
            name: "Jain index",
            what: "1,000 tasks yield until they were polled 200,000 times together: how even their shares are, \
                   1 at most",
            unit: Unit::Number,
            better: Better::More,
        },
        Figure {
            name: "gap",
            what: "the same: the most polls of all between two of the same task",
            unit: Unit::Number,
            better: Better::Less,
        },
    ];

    fn ask<P: Workers>(workers: usize, operations: u32) -> Option<Figures> {
        let shares = P::with_workers(workers).block_on(async move {
            let turns = Arc::new(Turns::default());
            let task = |_| P::spawn(takes_turns::<P>(Arc::clone(&turns), operations.into()));
            let tasks: Vec<_> = (0..TASKS).map(task).collect();
            turns.begun.store(true, Ordering::Release);
            let mut shares = Vec::new();
            for task in tasks {
                shares.push(task.await);
            }
            shares
        });
        let gap = shares.iter().map(|share| share.gap).max().unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
        Some(vec![jain(&shares), gap as f64])
    }
}

async fn takes_turns<P: Peer>(turns: Arc<Turns>, all: u64) -> Share {
    while !turns.begun.load(Ordering::Acquire) {
        P::yield_now().await;
    }
    let (mut share, mut last) = (Share { polls: 0, gap: 0 }, 0);
    loop {
        let now = turns.polls.fetch_add(1, Ordering::Relaxed);
        share.gap = share.gap.max(now.min(all) - last);
        if now >= all {
            return share;
        }
        (share.polls, last) = (share.polls + 1, now);
        P::yield_now().await;
    }
}

/// The square of the sum of the shares, divided by their number and the sum of their squares.
fn jain(shares: &[Share]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let shares: Vec<_> = shares.iter().map(|share| share.polls as f64).collect();
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let number = shares.len() as f64;
    if squares == 0.0 { 1.0 } else { sum * sum / (number * squares) }
}

#[cfg(test)]
mod tests {
    use super::{Share, jain};

    #[test]
    fn even_and_uneven_shares() {
        let of = |polls: &[u64]| {
            let shares: Vec<_> = polls.iter().map(|polls| Share { polls: *polls, gap: 0 }).collect();
            jain(&shares)
        };
        assert!((of(&[5, 5, 5, 5]) - 1.0).abs() < 1e-9);
        assert!((of(&[8, 0, 0, 0]) - 0.25).abs() < 1e-9);
        assert!((of(&[0, 0]) - 1.0).abs() < 1e-9);
    }
}
