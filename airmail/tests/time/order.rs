//! Many sleeps: every one in its place.

use crate::common::lock;
use crate::{SECOND, in_virtual_time};
use airmail::time::{Duration, Instant, sleep, sleep_until};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

/// A generator of numbers, the same in every run (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Tasks that sleep to the same moment run in the order in which they began to wait.
#[test]
fn equal_deadlines_fire_in_the_order_of_arming() {
    in_virtual_time(async {
        let deadline = Instant::now() + SECOND;
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let order = Arc::clone(&order);
                airmail::spawn(async move {
                    sleep_until(deadline).await;
                    lock(&order).push(n);
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        assert_eq!(*lock(&order), (0..200).collect::<Vec<_>>());
    });
}

/// Against a sorted list: every sleep ends exactly at its deadline, in order of deadline and then of arming; some are
/// dropped, and some reset, before.
#[test]
fn sleeps_end_as_a_sorted_list_says() {
    for seed in 0..20 {
        let mut random = Random(seed);
        let plans: Vec<Plan> = (0..500).map(|number| Plan::new(number, &mut random)).collect();
        let mut expected: Vec<_> = plans.iter().filter_map(Plan::ends).collect();
        // Stable. A reset counts as armed at that time, which is later than all else: see `Plan::new`.
        expected.sort_by_key(|(at, _)| *at);
        let ended = in_virtual_time(async {
            let ended = Arc::new(Mutex::new(Vec::new()));
            let start = Instant::now();
            let tasks: Vec<_> = plans
                .into_iter()
                .map(|plan| {
                    let ended = Arc::clone(&ended);
                    airmail::spawn(async move {
                        if plan.run(start).await {
                            lock(&ended).push((start.elapsed(), plan.number));
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("no panic");
            }
            std::mem::take(&mut *lock(&ended))
        });
        assert_eq!(ended, expected, "seed {seed}");
    }
}

#[derive(Clone, Copy)]
enum Fate {
    Ends,
    Dropped,
    Reset(Duration),
}

#[derive(Clone, Copy)]
struct Plan {
    number: usize,
    first: Duration,
    fate: Fate,
}

impl Plan {
    /// First deadlines are even and often equal; resets go to an odd time of their own.
    fn new(number: usize, random: &mut Random) -> Plan {
        let first = Duration::from_nanos(2 * random.below(200));
        let fate = match random.below(4) {
            0 => Fate::Dropped,
            1 => Fate::Reset(Duration::from_nanos(2 * number as u64 + 1)),
            _ => Fate::Ends,
        };
        Plan { number, first, fate }
    }

    fn ends(&self) -> Option<(Duration, usize)> {
        match self.fate {
            Fate::Ends => Some((self.first, self.number)),
            Fate::Dropped => None,
            Fate::Reset(to) => Some((to, self.number)),
        }
    }

    /// `true` if it slept to its end.
    async fn run(self, start: Instant) -> bool {
        let mut sleep = Box::pin(sleep(self.first));
        // Armed, unless it is over.
        std::future::poll_fn(|cx: &mut Context<'_>| {
            let _ = sleep.as_mut().poll(cx);
            Poll::Ready(())
        })
        .await;
        match self.fate {
            Fate::Ends if self.first.is_zero() => {}
            Fate::Ends => sleep.await,
            Fate::Dropped => return false,
            Fate::Reset(to) => {
                sleep.as_mut().reset(start + to);
                sleep.await;
            }
        }
        true
    }
}

/// Tasks, each with a sleep of another length.
fn crowd(sleepers: u64) {
    in_virtual_time(async {
        let mut random = Random(1);
        let start = Instant::now();
        let tasks: Vec<_> = (0..sleepers)
            .map(|_| {
                let duration = Duration::from_micros(random.below(1_000_000));
                airmail::spawn(async move {
                    sleep(duration).await;
                    assert_eq!(start.elapsed(), duration);
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

/// It broke a peer.
#[test]
fn ten_thousand_sleeps_at_once() {
    crowd(10_000);
}

/// A million where it is fast, fewer in a debug build.
#[test]
fn a_million_sleeps_at_once() {
    crowd(if cfg!(debug_assertions) { 30_000 } else { 1_000_000 });
}

/// All at the same deadline, with the machine's clock: all are fired, in several batches.
#[test]
fn ten_thousand_real_sleeps_to_one_deadline() {
    crate::common::run(async {
        let deadline = Instant::now() + Duration::from_millis(5);
        let tasks: Vec<_> = (0..10_000)
            .map(|_| {
                airmail::spawn(async move {
                    sleep_until(deadline).await;
                    assert!(Instant::now() >= deadline);
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}
