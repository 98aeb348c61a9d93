//! Time, in every order: never early, never backwards, no limit that breaks.

use crate::ORDERS;
use airmail::sim::{Sim, random};
use airmail::task::yield_now;
use airmail::time::{self, Duration, Instant, MissedTickBehavior, interval, sleep, timeout};
use std::sync::{Arc, Mutex};

/// Around every power of two of nanoseconds, milliseconds and seconds, and the longest.
fn near_a_limit() -> Duration {
    let power = 1_u64.checked_shl(u32::try_from(random() % 65).expect("small")).unwrap_or(u64::MAX);
    let count = power.saturating_add(random() % 3).saturating_sub(1);
    match random() % 4 {
        0 => Duration::from_nanos(count),
        1 => Duration::from_millis(count),
        2 => Duration::from_secs(count),
        _ => Duration::MAX.saturating_sub(Duration::from_nanos(count)),
    }
}

/// C1: of two durations near any limit the shorter one ends, exactly then; those of 584 years, or longer, never do.
#[test]
fn c1_durations_near_every_limit() {
    Sim::new().seeds(2000).name("limits").explore(|| async {
        let (start, limit, length) = (Instant::now(), near_a_limit(), near_a_limit());
        let ends = |after: Duration| {
            let is_known = after.as_nanos() < u128::from(u64::MAX);
            is_known.then(|| start.checked_add(after).expect("an instant says more"))
        };
        let task = airmail::spawn(timeout(limit, sleep(length)));
        let expected = match (ends(limit), ends(length)) {
            (None, None) => {
                // A day later both are still to come.
                sleep(Duration::from_hours(24)).await;
                assert!(!task.is_finished());
                task.abort();
                assert!(task.await.expect_err("it was aborted").is_cancelled());
                return;
            }
            (limit, length) => {
                let slept = length.is_some_and(|length| limit.is_none_or(|limit| length <= limit));
                (slept, if slept { length } else { limit })
            }
        };
        let slept = task.await.expect("no panic").is_ok();
        assert_eq!((slept, Some(Instant::now())), expected, "{limit:?}, {length:?}");
    });
}

/// C2: a deadline that has come is no wait in any order, and lets others run all the same.
#[test]
fn c2_deadlines_of_the_past_take_no_time() {
    for strategy in ORDERS {
        Sim::new().seeds(50).name("past").strategy(strategy).explore(|| async {
            let start = Instant::now();
            sleep(Duration::from_millis(5)).await;
            let other = airmail::spawn(yield_now());
            // More than any budget: the others get their turn.
            let mut rounds = 0;
            while !other.is_finished() {
                sleep(Duration::ZERO).await;
                time::sleep_until(start).await;
                rounds += 1;
            }
            assert!(rounds < 10_000, "{rounds} deadlines in a row kept the only other task waiting");
            assert_eq!(start.elapsed(), Duration::from_millis(5));
        });
    }
}

/// A clock that every task looks at.
#[derive(Clone)]
struct Watched(Arc<Mutex<Instant>>);

impl Watched {
    fn look(&self) -> Instant {
        let mut last = self.0.lock().expect("no panic");
        let now = Instant::now();
        assert!(now >= *last, "the clock went back");
        *last = now;
        now
    }
}

/// C6: a clock that stands still and then jumps by thirty days never goes back, ends no sleep early, and an interval
/// takes up the missed ticks as it was told.
#[test]
fn c6_a_jump_of_thirty_days() {
    const JUMP: Duration = Duration::from_hours(30 * 24);
    const HOUR: Duration = Duration::from_hours(1);
    const BEHAVIORS: [(MissedTickBehavior, u32); 3] =
        [(MissedTickBehavior::Burst, 2), (MissedTickBehavior::Delay, 721), (MissedTickBehavior::Skip, 721)];
    for strategy in ORDERS {
        Sim::new().seeds(50).name("jump").strategy(strategy).explore(|| async {
            let start = Instant::now();
            let clock = Watched(Arc::new(Mutex::new(start)));
            let sleepers = [0; 10].map(|_| {
                let (clock, after) = (clock.clone(), Duration::from_secs(1 + random() % JUMP.as_secs()));
                airmail::spawn(async move {
                    sleep(after).await;
                    assert!(clock.look() >= start + after, "early");
                })
            });
            let mut intervals = BEHAVIORS.map(|(behavior, _)| {
                let mut interval = interval(HOUR);
                interval.set_missed_tick_behavior(behavior);
                interval
            });
            for _ in 0..50 {
                yield_now().await;
                assert_eq!(clock.look(), start, "somebody is ready: it stands still");
            }
            for interval in &mut intervals {
                assert_eq!(interval.tick().await, start);
            }
            time::advance(JUMP).await;
            assert!(clock.look() >= start + JUMP);
            for interval in &mut intervals {
                assert_eq!(interval.tick().await, start + HOUR, "the tick that was missed first");
            }
            for (interval, (behavior, hours)) in intervals.iter_mut().zip(BEHAVIORS) {
                assert_eq!(interval.tick().await, start + hours * HOUR, "{behavior:?}");
            }
            for sleeper in sleepers {
                sleeper.await.expect("it was not early");
            }
        });
    }
}
