//! Waiting again and again.

use super::{Duration, Instant, Sleep, sleep, sleep_until};
use crate::timers::Deadline;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A tick that is no later than this is not missed.
const TOLERANCE: Duration = Duration::from_millis(5);

/// Ticks every `period`, at once for the first time.
///
/// An interval counts from tick to tick, however long the work between them takes; a [`sleep`](super::sleep) in a loop
/// counts from the end of the work. What happens when the work takes longer than the period is said by
/// [`MissedTickBehavior`].
///
/// # Panics
/// If the period is zero.
///
/// ```
/// use airmail::time::{Duration, Instant, interval};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let start = Instant::now();
///     let mut interval = interval(Duration::from_secs(10));
///     for tick in 0..3 {
///         assert_eq!(interval.tick().await, start + tick * Duration::from_secs(10));
///     }
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    Interval::new(sleep(Duration::ZERO), period)
}

/// Ticks every `period`, for the first time at `start`; otherwise as [`interval`].
///
/// # Panics
/// If the period is zero.
///
/// ```
/// use airmail::time::{Duration, Instant, interval_at};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let start = Instant::now() + Duration::from_secs(50);
///     let mut interval = interval_at(start, Duration::from_secs(10));
///     assert_eq!(interval.tick().await, start);
///     assert_eq!(interval.tick().await, start + Duration::from_secs(10));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    Interval::new(sleep_until(start), period)
}

/// What an [`Interval`] does after ticks that nobody took in time, which is: within 5 ms.
///
/// Of an interval of 10 seconds, whose user was away from second 15 to second 47:
///
/// | | it ticks at |
/// |---|---|
/// | [`Burst`](MissedTickBehavior::Burst) | 0, 10, 47, 47, 47, 50, 60 |
/// | [`Delay`](MissedTickBehavior::Delay) | 0, 10, 47, 57, 67 |
/// | [`Skip`](MissedTickBehavior::Skip) | 0, 10, 47, 50, 60 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedTickBehavior {
    /// Ticks as often as it should have, without a pause, until it has caught up.
    #[default]
    Burst,
    /// Counts anew from the late tick.
    Delay,
    /// Leaves the missed ticks out, and goes on where it would have been.
    Skip,
}

impl MissedTickBehavior {
    /// When the tick after one that was due at `due`, and was taken at `now`, is due.
    fn next(self, due: std::time::Instant, now: std::time::Instant, period: Duration) -> Deadline {
        match self {
            MissedTickBehavior::Burst => Deadline::after(due, period),
            MissedTickBehavior::Delay => Deadline::after(now, period),
            MissedTickBehavior::Skip => {
                let late = now.saturating_duration_since(due).as_nanos();
                let into_period = Duration::from_nanos_u128(late % period.as_nanos());
                Deadline::after(now, period.saturating_sub(into_period))
            }
        }
    }
}

/// Ticks again and again, made by [`interval`] and [`interval_at`].
#[derive(Debug)]
pub struct Interval {
    delay: Pin<Box<Sleep>>,
    period: Duration,
    missed_tick_behavior: MissedTickBehavior,
}

impl Interval {
    #[track_caller]
    fn new(first: Sleep, period: Duration) -> Interval {
        assert!(!period.is_zero(), "the period of an interval is zero; it must be at least 1 ns");
        Interval { delay: Box::pin(first), period, missed_tick_behavior: MissedTickBehavior::default() }
    }

    /// Waits for the next tick; tells when it was due.
    ///
    /// # Cancel safety
    /// A tick is only taken when this is ready: nothing is lost if the future is dropped before.
    ///
    /// # Panics
    /// As a [`Sleep`]: if it has to wait outside of a runtime.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// As [`tick`](Interval::tick), for futures of one's own. While it is pending, the task of the last call is woken
    /// when the tick is due.
    ///
    /// # Panics
    /// As [`tick`](Interval::tick).
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(self.delay.as_mut().poll(cx));
        let (due, now) = (self.delay.deadline(), self.delay.now());
        let missed = now.saturating_duration_since(due.into_std()) > TOLERANCE;
        let behavior = if missed { self.missed_tick_behavior } else { MissedTickBehavior::Burst };
        let next = behavior.next(due.into_std(), now, self.period);
        self.delay.as_mut().reset_to(next);
        Poll::Ready(due)
    }

    /// The next tick is one period from now.
    ///
    /// ```
    /// use airmail::time::{self, Duration, Instant, interval};
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
    /// runtime.block_on(async {
    ///     let start = Instant::now();
    ///     let mut interval = interval(Duration::from_secs(10));
    ///     interval.tick().await;
    ///     time::advance(Duration::from_secs(7)).await;
    ///     interval.reset();
    ///     assert_eq!(interval.tick().await, start + Duration::from_secs(17));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// The next tick is now.
    ///
    /// ```
    /// use airmail::time::{Duration, Instant, interval};
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
    /// runtime.block_on(async {
    ///     let start = Instant::now();
    ///     let mut interval = interval(Duration::from_secs(10));
    ///     interval.tick().await;
    ///     interval.reset_immediately();
    ///     assert_eq!(interval.tick().await, start);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset_immediately(&mut self) {
        self.reset_after(Duration::ZERO);
    }

    /// The next tick is `after` from now; the period stays.
    ///
    /// ```
    /// use airmail::time::{Duration, Instant, interval};
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
    /// runtime.block_on(async {
    ///     let start = Instant::now();
    ///     let mut interval = interval(Duration::from_secs(10));
    ///     interval.reset_after(Duration::from_secs(3));
    ///     assert_eq!(interval.tick().await, start + Duration::from_secs(3));
    ///     assert_eq!(interval.tick().await, start + Duration::from_secs(13));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset_after(&mut self, after: Duration) {
        let deadline = Deadline::after(self.delay.now(), after);
        self.delay.as_mut().reset_to(deadline);
    }

    /// The next tick is at `deadline`; the period stays.
    ///
    /// ```
    /// use airmail::time::{Duration, Instant, interval};
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
    /// runtime.block_on(async {
    ///     let deadline = Instant::now() + Duration::from_secs(3);
    ///     let mut interval = interval(Duration::from_secs(10));
    ///     interval.reset_at(deadline);
    ///     assert_eq!(interval.tick().await, deadline);
    ///     assert_eq!(interval.tick().await, deadline + Duration::from_secs(10));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset_at(&mut self, deadline: Instant) {
        self.delay.as_mut().reset(deadline);
    }

    /// The time from tick to tick.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What happens after a missed tick.
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed_tick_behavior
    }

    /// Says what is to happen after a missed tick. At first it is [`Burst`](MissedTickBehavior::Burst).
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed_tick_behavior = behavior;
    }
}
