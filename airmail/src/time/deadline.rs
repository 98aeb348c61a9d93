//! Deadlines that code further in can ask for.

use super::error::Elapsed;
use super::{Instant, timeout_at};
use std::future::IntoFuture;

crate::task_local! {
    inherited static DEADLINE: Instant;
}

/// Gives a future time until `deadline`, as [`timeout_at`] does, and lets what runs in it [ask](deadline) for the deadline.
/// Inside another one, the earlier of the two counts: deadlines only shrink.
///
/// The one around it is that of the first poll; copies that a future inherited are from before. So it is
/// `inherit(with_deadline(at, future))`: the other way round, the future would be told of the deadline that it inherited.
///
/// A spawned task has no deadline, unless it [inherits](crate::task::inherit) one. Then it is told, not ended by it: whoever
/// waits for the task is. A [`task::scope`](crate::task::scope()) that is dropped at its deadline aborts its tasks.
///
/// # Errors
/// [`Elapsed`], if the deadline came first.
///
/// # Panics
/// As [`timeout_at`].
///
/// # Cancel safety
/// That of the future itself.
///
/// ```
/// use airmail::task::inherit;
/// use airmail::time::{Duration, Instant, deadline, with_deadline};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let soon = Instant::now() + Duration::from_secs(5);
///     let answer = with_deadline(soon, async {
///         // Later than the one around it, so it changes nothing.
///         with_deadline(soon + Duration::from_secs(5), async { assert_eq!(deadline(), Some(soon)) }).await?;
///         airmail::spawn(inherit(async move { assert_eq!(deadline(), Some(soon)) })).await.unwrap();
///         std::future::pending::<Result<(), airmail::time::error::Elapsed>>().await
///     });
///     assert!(answer.await.is_err());
///     assert_eq!((Instant::now(), deadline()), (soon, None));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn with_deadline<F: IntoFuture>(at: Instant, future: F) -> Result<F::Output, Elapsed> {
    let at = deadline().map_or(at, |outer| outer.min(at));
    timeout_at(at, DEADLINE.scope(at, future.into_future())).await
}

/// Until when the code that runs here has time: the deadline of the [`with_deadline`] that it is in, or that its task
/// [inherited](crate::task::inherit).
///
/// ```
/// use airmail::time::{Duration, Instant, deadline, with_deadline};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     assert_eq!(deadline(), None);
///     let at = Instant::now() + Duration::from_secs(5);
///     assert_eq!(with_deadline(at, async { deadline() }).await, Ok(Some(at)));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn deadline() -> Option<Instant> {
    DEADLINE.try_get().ok()
}
