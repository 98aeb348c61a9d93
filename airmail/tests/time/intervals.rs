//! Intervals: every tick at its time, and what comes after missed ones.

use crate::common::panic_of;
use crate::{MS, SECOND, in_virtual_time, paused};
use airmail::time::{self, Duration, Instant, Interval, MissedTickBehavior, interval, interval_at};
use std::future::poll_fn;

/// The seconds at which the next ticks are taken.
async fn ticks(interval: &mut Interval, start: Instant, count: usize) -> Vec<u64> {
    let mut ticks = Vec::new();
    for _ in 0..count {
        interval.tick().await;
        ticks.push(start.elapsed().as_secs());
    }
    ticks
}

#[test]
fn the_first_tick_is_at_once() {
    in_virtual_time(async {
        let start = Instant::now();
        let mut interval = interval(10 * SECOND);
        assert_eq!(interval.period(), 10 * SECOND);
        for n in 0..5 {
            assert_eq!(interval.tick().await, start + n * 10 * SECOND);
            assert_eq!(start.elapsed(), n * 10 * SECOND);
            // Work that is shorter than the period does not move the ticks.
            time::sleep(3 * SECOND).await;
        }
    });
}

#[test]
fn interval_at_begins_when_told() {
    in_virtual_time(async {
        let start = Instant::now();
        let mut later = interval_at(start + 5 * SECOND, SECOND);
        assert_eq!(ticks(&mut later, start, 3).await, [5, 6, 7]);
        // In the past: ticks that were missed before the start count like any.
        let mut earlier = interval_at(start + 4 * SECOND, SECOND);
        assert_eq!(earlier.tick().await, start + 4 * SECOND);
        assert_eq!(ticks(&mut earlier, start, 5).await, [7, 7, 7, 8, 9]);
    });
}

#[test]
fn poll_tick_is_tick() {
    in_virtual_time(async {
        let start = Instant::now();
        let mut interval = interval(SECOND);
        for n in 0..3 {
            assert_eq!(poll_fn(|cx| interval.poll_tick(cx)).await, start + n * SECOND);
        }
    });
}

/// The table in the docs of `MissedTickBehavior`: away from second 15 to second 47.
#[test]
fn each_behavior_after_missed_ticks() {
    let cases = [
        (MissedTickBehavior::Burst, vec![0, 10, 47, 47, 47, 50, 60]),
        (MissedTickBehavior::Delay, vec![0, 10, 47, 57, 67]),
        (MissedTickBehavior::Skip, vec![0, 10, 47, 50, 60]),
    ];
    assert_eq!(MissedTickBehavior::default(), MissedTickBehavior::Burst);
    for (behavior, expected) in cases {
        in_virtual_time(async {
            let start = Instant::now();
            let mut interval = interval(10 * SECOND);
            assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Burst);
            interval.set_missed_tick_behavior(behavior);
            assert_eq!(interval.missed_tick_behavior(), behavior);
            let mut taken = ticks(&mut interval, start, 2).await;
            time::sleep(37 * SECOND).await;
            taken.extend(ticks(&mut interval, start, expected.len() - 2).await);
            assert_eq!(taken, expected, "{behavior:?}");
        });
    }
}

/// A tick that is late by no more than 5 ms is not missed: the next one keeps its time. A later one is, to the
/// nanosecond.
#[test]
fn a_little_late_is_not_missed() {
    let late = 5 * MS + Duration::from_nanos(1);
    for (late, next) in [(5 * MS, 20 * SECOND), (late, 20 * SECOND + late)] {
        in_virtual_time(async {
            let start = Instant::now();
            let mut interval = interval(10 * SECOND);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval.tick().await;
            time::advance(10 * SECOND + late).await;
            assert_eq!(interval.tick().await, start + 10 * SECOND);
            assert_eq!(interval.tick().await, start + next);
        });
    }
}

/// Skipping keeps to the grid of the period, also after more nanoseconds than a `u64` of them.
#[test]
fn skip_keeps_to_the_grid() {
    in_virtual_time(async {
        let start = Instant::now();
        let mut interval = interval(7 * SECOND);
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        interval.tick().await;
        time::advance(Duration::from_hours(24 * 365 * 500)).await;
        interval.tick().await;
        let next = interval.tick().await;
        assert_eq!(next.duration_since(start).as_nanos() % (7 * SECOND).as_nanos(), 0);
        assert_eq!(next, Instant::now());
    });
}

#[test]
fn resets() {
    in_virtual_time(async {
        let start = Instant::now();
        let mut interval = interval(10 * SECOND);
        interval.tick().await;
        time::advance(3 * SECOND).await;
        interval.reset();
        assert_eq!(ticks(&mut interval, start, 2).await, [13, 23]);
        interval.reset_immediately();
        assert_eq!(ticks(&mut interval, start, 2).await, [23, 33]);
        interval.reset_after(2 * SECOND);
        assert_eq!(ticks(&mut interval, start, 2).await, [35, 45]);
        interval.reset_at(start + 50 * SECOND);
        assert_eq!(ticks(&mut interval, start, 2).await, [50, 60]);
        interval.reset_after(Duration::MAX);
        assert!(time::timeout(1000 * SECOND, interval.tick()).await.is_err());
    });
}

/// A tick that was not taken is not lost.
#[test]
fn a_cancelled_tick_is_not_lost() {
    in_virtual_time(async {
        let start = Instant::now();
        let mut interval = interval(10 * SECOND);
        interval.tick().await;
        for _ in 0..3 {
            assert!(time::timeout(3 * SECOND, interval.tick()).await.is_err());
        }
        assert_eq!(interval.tick().await, start + 10 * SECOND);
        assert_eq!(start.elapsed(), 10 * SECOND);
    });
}

/// The longest period: a first tick, and no other.
#[test]
fn a_period_without_end() {
    in_virtual_time(async {
        let mut interval = interval(Duration::MAX);
        interval.tick().await;
        assert!(time::timeout(Duration::from_hours(24 * 365), interval.tick()).await.is_err());
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        interval.reset_immediately();
        time::advance(SECOND).await;
        interval.tick().await;
    });
}

#[test]
fn a_period_of_zero_is_refused() {
    for text in
        [panic_of(|| interval(Duration::ZERO)), panic_of(|| interval_at(Instant::now(), Duration::ZERO))]
    {
        assert!(text.contains("period of an interval is zero"), "{text}");
    }
}

/// Made outside of a runtime, it begins with its first poll.
#[test]
fn an_interval_made_outside() {
    let mut interval = interval(SECOND);
    let runtime = paused();
    runtime.block_on(async {
        let start = Instant::now();
        assert_eq!(interval.tick().await, start);
        assert_eq!(interval.tick().await, start + SECOND);
    });
}
