//! One sleep: its deadline, its reset, its drop, its waker.

use crate::common::{self, foreign::Foreign};
use crate::{MS, SECOND, Wakes, in_virtual_time, paused, poll_with, takes};
use airmail::time::{self, Duration, Instant, sleep, sleep_until};
use std::pin::pin;
use std::task::Poll;

/// The machine's clock: never early, not even by less than the clock's usual resolution of a millisecond.
#[test]
fn a_real_sleep_is_never_early() {
    common::run(async {
        for micros in [1, 50, 999, 1000, 1001, 2500] {
            let duration = Duration::from_micros(micros);
            let start = std::time::Instant::now();
            sleep(duration).await;
            assert!(start.elapsed() >= duration, "{:?} of {duration:?}", start.elapsed());
            let deadline = Instant::now() + duration;
            sleep_until(deadline).await;
            assert!(std::time::Instant::now() >= deadline.into_std());
        }
    });
}

/// To the nanosecond, and the clock jumps no further than it has to.
#[test]
fn a_virtual_sleep_is_exact() {
    in_virtual_time(async {
        for nanos in [0, 1, 999, 1_000_001, 123_456_789_012_345] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(takes(sleep(duration)).await, duration);
            assert_eq!(takes(sleep_until(Instant::now() + duration)).await, duration);
        }
    });
}

#[test]
fn a_sleep_of_zero_or_of_the_past_is_ready_at_once() {
    in_virtual_time(async {
        let past = Instant::now().checked_sub(MS).expect("the machine runs for a millisecond");
        for mut sleep in [Box::pin(sleep(Duration::ZERO)), Box::pin(sleep_until(past))] {
            assert!(sleep.is_elapsed());
            assert!(common::poll_once(&mut sleep).is_ready());
        }
        assert_eq!(takes(sleep_until(past)).await, Duration::ZERO);
    });
}

/// Never is later than everything else; the clock does not jump there.
#[test]
fn a_sleep_beyond_all_instants_never_ends() {
    in_virtual_time(async {
        let mut never = pin!(sleep(Duration::MAX));
        assert!(common::poll_once(&mut never).is_pending());
        assert!(!never.is_elapsed());
        assert!(never.deadline() > Instant::now() + Duration::from_hours(24 * 365));
        let century = Duration::from_hours(24 * 365 * 100);
        assert_eq!(takes(sleep(century)).await, century);
        assert!(common::poll_once(&mut never).is_pending());
        assert!(!never.is_elapsed());
        let soon = Instant::now() + SECOND;
        never.as_mut().reset(soon);
        never.await;
        assert_eq!(Instant::now(), soon);
    });
}

#[test]
fn deadline_and_is_elapsed() {
    in_virtual_time(async {
        let deadline = Instant::now() + SECOND;
        let sleep = pin!(sleep(SECOND));
        assert_eq!(sleep.deadline(), deadline);
        assert!(!sleep.is_elapsed());
        time::advance(Duration::from_nanos(999_999_999)).await;
        assert!(!sleep.is_elapsed());
        time::advance(Duration::from_nanos(1)).await;
        assert!(sleep.is_elapsed(), "also if it was never polled");
        assert!(format!("{sleep:?}").contains("deadline"));
    });
}

/// Earlier, later, after it was ready, before its first poll.
#[test]
fn a_sleep_can_be_reset() {
    in_virtual_time(async {
        let start = Instant::now();
        let mut sleep = pin!(sleep(10 * SECOND));
        sleep.as_mut().reset(start + 5 * SECOND);
        sleep.as_mut().await;
        assert_eq!(start.elapsed(), 5 * SECOND);
        for seconds in [7, 6, 9] {
            sleep.as_mut().reset(start + seconds * SECOND);
            assert_eq!(sleep.deadline(), start + seconds * SECOND);
            sleep.as_mut().await;
        }
        assert_eq!(start.elapsed(), 9 * SECOND, "the one in the past took no time");
    });
}

/// The waker goes along: whoever polled last is woken at the new deadline, and not at the old one.
#[test]
fn a_reset_moves_the_wake_up() {
    in_virtual_time(async {
        let start = Instant::now();
        for (first, second) in [(5, 10), (10, 5)].map(|(first, second)| (first * SECOND, second * SECOND)) {
            let (wakes, waker) = Wakes::new();
            let mut sleep = pin!(sleep(first));
            let start = Instant::now();
            assert!(poll_with(sleep.as_mut(), &waker).is_pending());
            sleep.as_mut().reset(start + second);
            time::advance(second.saturating_sub(MS)).await;
            assert_eq!(wakes.count(), 0);
            time::advance(MS).await;
            assert_eq!(wakes.count(), 1);
            time::advance(20 * SECOND).await;
            assert_eq!(wakes.count(), 1);
        }
        assert!(start.elapsed() > 40 * SECOND);
    });
}

#[test]
fn a_dropped_sleep_wakes_nobody_and_keeps_no_waker() {
    in_virtual_time(async {
        let foreign = Foreign::new();
        let waker = foreign.waker();
        let mut sleep = Box::pin(sleep(SECOND));
        assert!(poll_with(sleep.as_mut(), &waker).is_pending());
        assert!(poll_with(sleep.as_mut(), &waker).is_pending());
        assert_eq!(foreign.counts().clones, 1, "the same waker is not taken again");
        drop(sleep);
        assert_eq!(foreign.counts().drops, 1);
        time::advance(2 * SECOND).await;
        assert_eq!(foreign.counts().wakes, 0);
        assert_eq!(takes(time::sleep(SECOND)).await, SECOND, "and the clock does not stop there");
    });
}

/// Polled by one task, then by another: the last one is woken, and the first is not kept.
#[test]
fn a_sleep_moves_between_tasks() {
    in_virtual_time(async {
        let (first, first_waker) = Wakes::new();
        let mut sleep = Box::pin(sleep(SECOND));
        assert!(poll_with(sleep.as_mut(), &first_waker).is_pending());
        let task = airmail::spawn(async move {
            sleep.await;
            Instant::now()
        });
        let start = Instant::now();
        assert_eq!(task.await.expect("no panic"), start + SECOND);
        assert_eq!(first.count(), 0);
    });
}

/// Wakers are called without a lock: they may poll, arm, reset and drop sleeps, and panic.
#[test]
fn wakers_may_reenter_and_panic() {
    let runtime = paused();
    runtime.block_on(async {
        let handle = runtime.handle().clone();
        let panics = Foreign::new().on_wake(|| panic!("on purpose"));
        let reenters = Foreign::new().on_wake(move || {
            let _entered = handle.enter();
            let mut inner = Box::pin(sleep(SECOND));
            assert!(common::poll_once(&mut inner).is_pending());
            inner.as_mut().reset(Instant::now() + MS);
            assert!(common::poll_once(&mut inner).is_pending());
        });
        let (wakes, counts) = Wakes::new();
        let wakers = [panics.waker(), reenters.waker(), panics.waker(), counts];
        let mut sleeps: Vec<_> = wakers.iter().map(|_| Box::pin(sleep(SECOND))).collect();
        for (sleep, waker) in sleeps.iter_mut().zip(&wakers) {
            assert!(poll_with(sleep.as_mut(), waker).is_pending());
        }
        time::sleep(SECOND).await;
        assert_eq!((panics.counts().wakes, reenters.counts().wakes, wakes.count()), (2, 1, 1));
        assert!(sleeps.iter_mut().all(|sleep| common::poll_once(sleep).is_ready()));
    });
    crate::common::end(runtime);
}

/// A sleep is one operation of the cooperative budget when it is ready, and none while it waits.
#[test]
fn a_sleep_charges_the_budget() {
    use airmail::task::coop;
    in_virtual_time(async {
        let mut waits = pin!(sleep(SECOND));
        for _ in 0..200 {
            assert!(common::poll_once(&mut waits).is_pending());
        }
        assert!(coop::has_budget_remaining(), "waiting costs nothing");
        let mut ready = 0;
        while coop::has_budget_remaining() {
            assert!(common::poll_once(&mut Box::pin(sleep(Duration::ZERO))).is_ready());
            ready += 1;
        }
        assert_eq!(ready, u32::from(coop::BUDGET));
        let mut denied = Box::pin(sleep(Duration::ZERO));
        assert!(common::poll_once(&mut denied).is_pending());
        airmail::task::yield_now().await;
        assert!(common::poll_once(&mut denied).is_ready());
    });
}

/// A program that keeps sleeps in structs of its own relies on these.
#[test]
fn a_sleep_is_send_and_sync() {
    fn check<T: Send + Sync>(_: &T) {}
    let sleep = sleep(SECOND);
    check(&sleep);
    check(&time::interval(SECOND));
    check(&time::timeout(SECOND, async {}));
}

#[test]
fn instants_are_those_of_the_standard_library() {
    let std = std::time::Instant::now();
    let instant = Instant::from_std(std);
    assert_eq!(
        (instant.into_std(), Instant::from(std), std::time::Instant::from(instant)),
        (std, instant, std)
    );
    let later = instant + SECOND;
    assert_eq!((later - instant, instant - later), (SECOND, Duration::ZERO));
    assert_eq!((later.duration_since(instant), instant.duration_since(later)), (SECOND, Duration::ZERO));
    assert_eq!(later.checked_duration_since(instant), Some(SECOND));
    assert_eq!(instant.checked_duration_since(later), None);
    assert_eq!(instant.saturating_duration_since(later), Duration::ZERO);
    assert_eq!(later - SECOND, instant);
    assert_eq!(instant.checked_add(Duration::MAX), None);
    assert_eq!(instant.checked_sub(Duration::MAX), None);
    let mut moved = instant;
    moved += SECOND;
    moved -= MS;
    assert_eq!(moved, later - MS);
    assert_eq!(format!("{instant:?}"), format!("{std:?}"));
    assert!(Instant::now() >= instant && instant.elapsed() < Duration::from_hours(1));
    assert!(Poll::Ready(later) > Poll::Ready(instant));
}

/// Outside of a runtime nobody would end it: the poll says so, unless it has ended already. The drop says nothing.
#[test]
fn a_sleep_in_no_runtime() {
    let mut past = Box::pin(sleep(Duration::ZERO));
    assert!(common::poll_once(&mut past).is_ready());
    let mut sleep = Box::pin(sleep(SECOND));
    let text = common::panic_of(|| common::poll_once(&mut sleep));
    assert!(text.contains("`Sleep`") && text.contains("no airmail runtime here"), "{text}");
    drop(sleep);
}

/// Made outside, it belongs to the runtime of its first poll, with what was left when it was made.
#[test]
fn a_sleep_made_outside_of_a_runtime() {
    let runtime = paused();
    let sleep = sleep(SECOND);
    let start = runtime.block_on(async { Instant::now() });
    runtime.block_on(sleep);
    assert_eq!(runtime.block_on(async { start.elapsed() }), SECOND);
    let start = std::time::Instant::now();
    common::runtime().block_on(time::sleep(2 * MS));
    assert!(start.elapsed() >= 2 * MS);
    // A reset in there is meant by the clock in there.
    let mut reset = pin!(time::sleep(SECOND));
    let took = runtime.block_on(async {
        reset.as_mut().reset(Instant::now() + 5 * SECOND);
        takes(reset).await
    });
    assert_eq!(took, 5 * SECOND);
}
