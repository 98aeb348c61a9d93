//! Timeouts: the future first, then the deadline, whatever the budget.

use crate::common::{Drops, Gate};
use crate::{MS, SECOND, in_virtual_time, takes};
use airmail::task::coop;
use airmail::time::{self, Duration, Instant, sleep, timeout, timeout_at};
use std::future::{pending, poll_fn, ready};
use std::io;
use std::pin::pin;
use std::task::Poll;

#[test]
fn whoever_comes_first() {
    in_virtual_time(async {
        assert_eq!(
            timeout(2 * SECOND, async {
                sleep(SECOND).await;
                7
            })
            .await,
            Ok(7)
        );
        let start = Instant::now();
        assert!(timeout(SECOND, sleep(2 * SECOND)).await.is_err());
        assert_eq!(start.elapsed(), SECOND);
        assert!(timeout_at(start + 3 * SECOND, pending::<()>()).await.is_err());
        assert_eq!(start.elapsed(), 3 * SECOND);
        assert_eq!(timeout_at(start, ready(1)).await, Ok(1), "ready in the first poll, though it is late");
        assert!(timeout(Duration::ZERO, pending::<()>()).await.is_err());
    });
}

/// At the same moment the future wins: it is polled first.
#[test]
fn a_tie_is_the_futures() {
    in_virtual_time(async {
        assert!(timeout(SECOND, sleep(SECOND)).await.is_ok());
    });
}

#[test]
fn no_timeout_is_too_long() {
    in_virtual_time(async {
        assert_eq!(
            timeout(Duration::MAX, async {
                sleep(SECOND).await;
                7
            })
            .await,
            Ok(7)
        );
        let endless = airmail::spawn(timeout(Duration::MAX, pending::<()>()));
        time::advance(Duration::from_hours(24 * 365 * 100)).await;
        assert!(!endless.is_finished());
        endless.abort();
        assert!(endless.await.expect_err("aborted").is_cancelled());
    });
}

#[test]
fn what_is_inside() {
    let mut inside = timeout(SECOND, ready(5));
    assert_eq!(format!("{:?}", inside.get_ref()), format!("{:?}", ready(5)));
    *inside.get_mut() = ready(6);
    assert_eq!(inside.into_inner().into_inner(), 6);
}

#[test]
fn the_error_speaks() {
    let error = in_virtual_time(timeout(SECOND, pending::<()>())).expect_err("late");
    assert_eq!(error, error.clone());
    assert_eq!(error.to_string(), "deadline has elapsed");
    let error: io::Error = error.into();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.into_inner().expect("it has one").is::<time::error::Elapsed>());
}

/// The future is dropped once, with the timeout.
#[test]
fn the_future_is_dropped_once() {
    in_virtual_time(async {
        let drops = Drops::new();
        assert!(timeout(SECOND, drops.wrap(pending::<()>())).await.is_err());
        drops.assert_each_once(1);
        drop(timeout(SECOND, drops.wrap(pending::<()>())));
        drops.assert_each_once(2);
    });
}

/// A future that uses up the budget in every poll does not keep the deadline from coming.
#[test]
fn a_greedy_future_times_out() {
    in_virtual_time(async {
        let greedy = async {
            loop {
                coop::consume_budget().await;
            }
        };
        let mut late = pin!(timeout(SECOND, greedy));
        let mut polls = 0;
        let outcome = poll_fn(|cx| {
            polls += 1;
            late.as_mut().poll(cx)
        });
        let mover = airmail::spawn(async {
            for _ in 0..10 {
                time::advance(SECOND / 10).await;
            }
        });
        assert!(outcome.await.is_err());
        assert!(polls < 20, "{polls}");
        mover.await.expect("no panic");
    });
}

/// If the budget was used up before, the timeout waits for the next poll as everything does.
#[test]
fn a_used_up_budget_is_not_given_back() {
    in_virtual_time(async {
        let mut late = pin!(timeout(Duration::ZERO, pending::<()>()));
        poll_fn(|cx| {
            while coop::has_budget_remaining() {
                let Poll::Ready(share) = coop::poll_proceed(cx) else { unreachable!("there is some") };
                share.made_progress();
            }
            assert!(late.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        assert!(late.await.is_err());
    });
}

/// Nested, the nearest deadline counts.
#[test]
fn timeouts_in_timeouts() {
    in_virtual_time(async {
        let gate = Gate::new();
        let nested = timeout(3 * SECOND, timeout(2 * SECOND, timeout(5 * SECOND, gate.wait())));
        let start = Instant::now();
        let outcome = nested.await;
        assert!(matches!(outcome, Ok(Err(_))), "{outcome:?}");
        assert_eq!(start.elapsed(), 2 * SECOND);
        gate.open();
        assert_eq!(takes(timeout(MS, gate.wait())).await, Duration::ZERO);
    });
}
