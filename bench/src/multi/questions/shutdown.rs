//! The end of a runtime that has a million tasks. Each was polled once and waits, with its own waker in its future.
//! Measured is the drop of the runtime, after which every future is gone.

use crate::multi::peer::{Detach, Workers};
use crate::multi::question::{Figure, Figures, Probe, Unit};
use crate::race::{self, Better};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

/// How many tasks come before those that came are awaited.
const WAVE: u32 = 1_000;

pub(crate) struct Shutdown;

#[derive(Default)]
struct Alive {
    polled: AtomicU32,
    dropped: AtomicU32,
}

/// Waits for ever.
struct Idle {
    alive: Arc<Alive>,
    waker: Option<Waker>,
}

impl Future for Idle {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.waker.is_none() {
            self.waker = Some(cx.waker().clone());
            self.alive.polled.fetch_add(1, Ordering::AcqRel);
        }
        Poll::Pending
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        self.alive.dropped.fetch_add(1, Ordering::AcqRel);
    }
}

impl Probe for Shutdown {
    const NAME: &'static str = "shutdown";
    const ROUND: u32 = 1_000_000;
    const FIGURES: &'static [Figure] = &[Figure {
        name: "shutdown",
        what: "a runtime with a million tasks that wait is dropped, and all of them with it",
        unit: Unit::Milliseconds,
        better: Better::Less,
    }];

    fn ask<P: Workers>(workers: usize, operations: u32) -> Option<Figures> {
        let runtime = P::ending(workers)?;
        let alive = Arc::new(Alive::default());
        let mut spawned = 0;
        while spawned < operations {
            let now = WAVE.min(operations - spawned);
            (0..now).for_each(|_| runtime.detach(Idle { alive: Arc::clone(&alive), waker: None }));
            spawned += now;
            while alive.polled.load(Ordering::Acquire) < spawned {
                thread::sleep(Duration::from_micros(20));
            }
        }
        let took = race::time(|| drop(runtime), 1);
        assert_eq!(alive.dropped.load(Ordering::Acquire), operations, "all are gone");
        Some(vec![took / 1e6])
    }
}
