//! How late a task is when everybody is busy. Each worker has two tasks that work for 10 microseconds in every poll
//! and yield. A thread that is no worker wakes another task, now and then; an operation is the time from that wake
//! to the poll. The next wake comes after that poll, so that none is left out.
//!
//! The floor is no runtime: as many threads as there are workers, each of which works for 10 microseconds, looks
//! into a shared mailbox, and so on.

use crate::multi::peer::Workers;
use crate::multi::question::{Figure, Figures, Probe, Unit};
use crate::peer::Peer;
use crate::race::Better;
use futures::task::AtomicWaker;
use std::future::poll_fn;
use std::hint;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

/// How long a poll is.
const POLL: Duration = Duration::from_micros(10);
/// How many tasks each worker has.
const TASKS: usize = 2;
/// How often the thread that wakes looks whether the task was polled.
const LOOK: Duration = Duration::from_micros(50);

pub(crate) struct WakeLatency;

impl WakeLatency {
    pub(crate) const ONLY: &'static [&'static str] = &[Self::NAME];
}

const fn quantile(name: &'static str, what: &'static str) -> Figure {
    Figure { name, what, unit: Unit::Nanoseconds, better: Better::Less }
}

/// Where letters arrive, and how long they were on their way.
struct Mailbox {
    began: Instant,
    /// When the letter in it was posted, in nanoseconds; 0 if there is none.
    posted: AtomicU64,
    took: Mutex<Vec<f64>>,
    reader: AtomicWaker,
    closed: AtomicBool,
}

impl Mailbox {
    fn new() -> Arc<Mailbox> {
        Arc::new(Mailbox {
            began: Instant::now(),
            posted: AtomicU64::new(0),
            took: Mutex::new(Vec::new()),
            reader: AtomicWaker::new(),
            closed: AtomicBool::new(false),
        })
    }

    /// Nanoseconds since the beginning, never 0.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).expect("not in 500 years").max(1)
    }

    fn look(&self) {
        let now = self.now();
        match self.posted.load(Ordering::Acquire) {
            0 => {}
            posted => {
                #[expect(clippy::cast_precision_loss, reason = "microseconds")]
                let took = now.saturating_sub(posted) as f64;
                // Two may see the same letter: the one who takes it out counts it.
                if self.posted.compare_exchange(posted, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                    self.took.lock().expect("nobody panics").push(took);
                }
            }
        }
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Posts so many letters, one after the other. What each took, in order of size.
    fn post(&self, letters: u32) -> Vec<f64> {
        for number in 0..letters {
            // Not always at the same time of somebody's poll.
            thread::sleep(Duration::from_micros(u64::from(number * 37 % 101)));
            self.posted.store(self.now(), Ordering::Release);
            self.reader.wake();
            while self.posted.load(Ordering::Acquire) != 0 {
                thread::sleep(LOOK);
            }
        }
        self.closed.store(true, Ordering::Release);
        self.reader.wake();
        let mut took = std::mem::take(&mut *self.took.lock().expect("nobody panics"));
        took.sort_by(f64::total_cmp);
        took
    }
}

/// Work without an end, but the clock's.
fn poll() {
    let started = Instant::now();
    while started.elapsed() < POLL {
        hint::spin_loop();
    }
}

async fn busy<P: Peer>(mailbox: Arc<Mailbox>) {
    while !mailbox.is_closed() {
        poll();
        P::yield_now().await;
    }
}

async fn reader(mailbox: Arc<Mailbox>) {
    poll_fn(|cx| {
        mailbox.reader.register(cx.waker());
        mailbox.look();
        if mailbox.is_closed() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Probe for WakeLatency {
    const NAME: &'static str = "wake latency";
    const ROUND: u32 = 1_000;
    const FIGURES: &'static [Figure] = &[
        quantile(
            "wake p50",
            "from a wake by a thread that is no worker to the poll, while each worker has two tasks that work \
             for 10 microseconds in every poll: half of the wakes take as long at most",
        ),
        quantile("wake p99", "the same: 99 % take as long at most"),
        quantile("wake p99.9", "the same: 99.9 % take as long at most"),
    ];

    fn ask<P: Workers>(workers: usize, operations: u32) -> Option<Figures> {
        let mut peer = P::with_workers(workers);
        let mailbox = Mailbox::new();
        let of_tasks = Arc::clone(&mailbox);
        let tasks = peer.block_on(async move {
            let busy = (0..TASKS * workers).map(|_| P::spawn(busy::<P>(Arc::clone(&of_tasks))));
            let busy: Vec<_> = busy.collect();
            (busy, P::spawn(reader(of_tasks)))
        });
        let took = mailbox.post(operations);
        peer.block_on(async move {
            for task in tasks.0 {
                task.await;
            }
            tasks.1.await;
        });
        Some(quantiles(&took))
    }
}

/// What two threads that poll and look need.
pub(crate) fn floor(threads: usize, operations: u32) -> Figures {
    let mailbox = Mailbox::new();
    let took = thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !mailbox.is_closed() {
                    poll();
                    mailbox.look();
                }
            });
        }
        mailbox.post(operations)
    });
    quantiles(&took)
}

/// 50 %, 99 % and 99.9 %.
fn quantiles(sorted: &[f64]) -> Figures {
    let quantile = |thousandths: usize| sorted[(sorted.len() * thousandths).div_ceil(1_000).max(1) - 1];
    vec![quantile(500), quantile(990), quantile(999)]
}

#[cfg(test)]
mod tests {
    use super::quantiles;

    #[test]
    fn quantiles_are_the_nearest_rank() {
        let thousand: Vec<_> = (1..=1_000).map(f64::from).collect();
        assert_eq!(quantiles(&thousand), [500.0, 990.0, 999.0]);
        assert_eq!(quantiles(&[7.0]), [7.0, 7.0, 7.0]);
    }
}
