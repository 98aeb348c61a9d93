//! A task that is always ready, and many that come once. On one worker a task wakes itself in every poll, while
//! another one spawns 1,000 children and awaits them. One operation is one child.

use crate::multi::peer::Workers;
use crate::multi::question::{Figure, Figures, Probe, Unit};
use crate::peer::Peer;
use crate::questions::batch;
use crate::race::Better;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Instant;

/// How many are there at the same time.
const CHILDREN: u32 = 1_000;

pub(crate) struct Children;

impl Probe for Children {
    const NAME: &'static str = "children";
    const ROUND: u32 = 10_000;
    const FIGURES: &'static [Figure] = &[Figure {
        name: "children",
        what: "one of 1,000 tasks that are spawned and awaited while another one wakes itself in every \
               poll; one worker",
        unit: Unit::Nanoseconds,
        better: Better::Less,
    }];

    fn ask<P: Workers>(_: usize, operations: u32) -> Option<Figures> {
        Some(vec![P::with_workers(1).block_on(family::<P>(operations))])
    }
}

/// Nanoseconds per child.
async fn family<P: Peer>(operations: u32) -> f64 {
    let ended = Arc::new(AtomicBool::new(false));
    let selfish = {
        let ended = Arc::clone(&ended);
        poll_fn(move |cx| {
            if ended.load(Ordering::Acquire) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    };
    let selfish = P::spawn(selfish);
    batch::spawn_and_join::<P>(CHILDREN, CHILDREN).await;
    let started = Instant::now();
    batch::spawn_and_join::<P>(operations, CHILDREN).await;
    let took = started.elapsed();
    ended.store(true, Ordering::Release);
    selfish.await;
    took.as_secs_f64() * 1e9 / f64::from(operations)
}
