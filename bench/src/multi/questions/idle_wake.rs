//! A runtime that sleeps is woken. One operation is a round trip: a thread that is no worker wakes a task, and the
//! task's poll unparks the thread. Before each the runtime is left alone until its workers sleep. The figure is the
//! middle one of a round.

use crate::multi::peer::{Detach, Workers};
use crate::multi::question::{Figure, Figures, Probe, Unit};
use crate::race::Better;
use crate::stats::Spread;
use futures::task::AtomicWaker;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long the runtime is left alone.
const PAUSE: Duration = Duration::from_micros(200);
/// Rung at the end.
const END: u32 = u32::MAX;

pub(crate) struct IdleWake;

/// A bell at a door: how often it was rung, and how often somebody answered.
struct Bell {
    rung: AtomicU32,
    answered: AtomicU32,
    inside: AtomicWaker,
    outside: Thread,
}

impl Bell {
    /// Until it is rung for the last time.
    async fn answer(&self) {
        poll_fn(|cx| {
            self.inside.register(cx.waker());
            let rung = self.rung.load(Ordering::Acquire);
            if self.answered.swap(rung, Ordering::AcqRel) != rung {
                self.outside.unpark();
            }
            if rung == END { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Until it is answered.
    fn ring(&self, number: u32) {
        self.rung.store(number, Ordering::Release);
        self.inside.wake();
        while self.answered.load(Ordering::Acquire) != number {
            thread::park();
        }
    }
}

impl Probe for IdleWake {
    const NAME: &'static str = "idle wake";
    const ROUND: u32 = 200;
    const FIGURES: &'static [Figure] = &[Figure {
        name: "idle wake",
        what: "a task of an idle runtime is woken by a thread that is no worker, and its poll unparks the \
               thread",
        unit: Unit::Nanoseconds,
        better: Better::Less,
    }];

    fn ask<P: Workers>(workers: usize, operations: u32) -> Option<Figures> {
        let peer = P::with_workers(workers);
        let bell = Bell {
            rung: AtomicU32::new(0),
            answered: AtomicU32::new(0),
            inside: AtomicWaker::new(),
            outside: thread::current(),
        };
        let bell = Arc::new(bell);
        let inside = Arc::clone(&bell);
        peer.outside().detach(async move { inside.answer().await });
        bell.ring(1);
        let round_trip = |number| {
            thread::sleep(PAUSE);
            let started = Instant::now();
            bell.ring(number);
            started.elapsed().as_secs_f64() * 1e9
        };
        let samples: Vec<_> = (2..operations + 2).map(round_trip).collect();
        bell.ring(END);
        Some(vec![Spread::of(&samples).median])
    }
}
