//! Waiting for a point in time.

use super::Instant;
use super::timer::Timer;
use crate::sync::LazyLock;
use crate::task::coop;
use crate::timers::Deadline;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What [`Sleep::deadline`] says when there is none.
static FAR: LazyLock<Instant> = LazyLock::new(|| {
    let (now, years) = (std::time::Instant::now(), Duration::from_hours(30 * 365 * 24));
    Instant::from_std(now.checked_add(years).unwrap_or(now))
});

pin_project! {
    /// A future that is ready when its deadline has come, made by [`sleep`] and [`sleep_until`].
    ///
    /// Dropping it takes the timer back. It can be [`reset`](Sleep::reset) instead of made anew.
    ///
    /// # Whose clock
    /// It goes by the clock of the runtime that polls it, which is also who wakes its task. Until then it is the one
    /// in which it was made, or, outside of runtimes, the machine's. If these are not the same clock, what was left on
    /// the one when it came to the other is left there; of a sleep made outside, all is.
    ///
    /// # Panics
    /// A poll before the deadline panics if the sleep is in no runtime, or its runtime is gone and the poll is in no
    /// other: nobody would ever end it. The drop never panics.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Sleep {
        #[pin]
        timer: Timer,
    }
}

/// Waits for `duration`, to the nanosecond: never less, and as little more as the machine allows.
///
/// One that would end more than 584 years after the process began, such as [`Duration::MAX`], never ends. One of zero is
/// ready at its first poll. The timer starts with this call, not with the first poll.
///
/// # Cancel safety
/// Nothing is lost if the future is dropped.
///
/// # Panics
/// The call itself never does. See [`Sleep`] for polls outside of a runtime.
///
/// ```
/// use airmail::time::{Duration, Instant, sleep};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// let start = Instant::now();
/// runtime.block_on(sleep(Duration::from_millis(2)));
/// assert!(start.elapsed() >= Duration::from_millis(2));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { timer: Timer::after(duration) }
}

/// Waits until `deadline`. One that is past is ready at its first poll.
///
/// # Cancel safety
/// Nothing is lost if the future is dropped.
///
/// # Panics
/// As [`sleep`].
///
/// ```
/// use airmail::time::{Duration, Instant, sleep_until};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// let deadline = Instant::now() + Duration::from_millis(2);
/// runtime.block_on(sleep_until(deadline));
/// assert!(Instant::now() >= deadline);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { timer: Timer::at(Deadline::At(deadline.into_std())) }
}

impl Sleep {
    /// What its clock shows.
    pub(super) fn now(&self) -> std::time::Instant {
        self.timer.now()
    }

    /// As [`reset`](Sleep::reset).
    pub(super) fn reset_to(self: Pin<&mut Self>, deadline: Deadline) {
        self.project().timer.reset(deadline);
    }

    /// When it ends. If it never does, an instant 30 years from now.
    pub fn deadline(&self) -> Instant {
        match self.timer.deadline {
            Deadline::At(deadline) => Instant::from_std(deadline),
            Deadline::Never => *FAR,
        }
    }

    /// The deadline has come, polled or not.
    pub fn is_elapsed(&self) -> bool {
        self.timer.is_elapsed()
    }

    /// Gives it another deadline, also after it was ready.
    ///
    /// The task that polled it last need not poll it again: it is woken at the new deadline.
    ///
    /// ```
    /// use airmail::time::{Duration, sleep};
    /// use std::pin::pin;
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
    /// runtime.block_on(async {
    ///     let mut sleep = pin!(sleep(Duration::from_secs(1)));
    ///     sleep.as_mut().await;
    ///     let later = sleep.deadline() + Duration::from_secs(1);
    ///     sleep.as_mut().reset(later);
    ///     assert!(!sleep.is_elapsed());
    ///     sleep.await;
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.reset_to(Deadline::At(deadline.into_std()));
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let share = ready!(coop::poll_proceed(cx));
        ready!(self.project().timer.poll(cx.waker()));
        share.made_progress();
        Poll::Ready(())
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.timer.deadline).finish_non_exhaustive()
    }
}
