//! Futures that have a deadline.

use super::error::Elapsed;
use super::{Duration, Instant, Sleep, sleep, sleep_until};
use crate::task::coop;
use pin_project_lite::pin_project;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A future with a deadline, made by [`timeout`] and [`timeout_at`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Timeout<T> {
        #[pin]
        value: T,
        #[pin]
        delay: Sleep,
    }
}

/// Gives a future `duration` to be ready, from this call on.
///
/// The future is polled first: if it is ready in time, or in the poll in which the deadline has come, that is the
/// answer. Otherwise it is dropped with the `Timeout`. One that does not yield, such as a loop without an await that
/// waits, cannot be interrupted. If it used up the [cooperative budget](crate::task::coop), the deadline counts all the
/// same.
///
/// One that would end more than 584 years after the process began, such as [`Duration::MAX`], never ends.
///
/// # Errors
/// [`Elapsed`], if the deadline came first.
///
/// # Panics
/// The call itself never does. See [`Sleep`] for polls outside of a runtime.
///
/// # Cancel safety
/// That of the future itself.
///
/// ```
/// use airmail::time::{Duration, timeout};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let late = std::future::pending::<()>();
///     assert!(timeout(Duration::from_secs(5), late).await.is_err());
///     assert_eq!(timeout(Duration::from_secs(5), async { 42 }).await, Ok(42));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout { value: future.into_future(), delay: sleep(duration) }
}

/// Gives a future time until `deadline`; otherwise as [`timeout`].
///
/// # Errors
/// [`Elapsed`], if the deadline came first.
///
/// # Panics
/// As [`timeout`].
///
/// # Cancel safety
/// That of the future itself.
///
/// ```
/// use airmail::time::{Duration, Instant, timeout_at};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let deadline = Instant::now() + Duration::from_secs(5);
///     assert!(timeout_at(deadline, std::future::pending::<()>()).await.is_err());
///     assert_eq!(Instant::now(), deadline);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout { value: future.into_future(), delay: sleep_until(deadline) }
}

impl<T> Timeout<T> {
    /// The future.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The future.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The future, without its deadline.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Future> Future for Timeout<T> {
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let had_budget = coop::has_budget_remaining();
        if let Poll::Ready(output) = this.value.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        // A future that uses up its budget in every poll would keep the timer from ever being asked.
        let used_up = had_budget && !coop::has_budget_remaining();
        let _no_limit = used_up.then(airmail_core::coop::unconstrained);
        this.delay.poll(cx).map(|()| Err(Elapsed(())))
    }
}
