//! The cooperative budget: a task that always finds something ready lets the others run all the same.
//!
//! In one poll a task may do [`BUDGET`] operations: values received, tasks joined, children taken from a
//! [`JoinSet`](super::JoinSet). After that, airmail's own futures answer `Pending` although they are ready, and
//! the task goes to the back of the queue; its next poll has a full budget again. Code that is in no task, and
//! the poll of a foreign executor, have no limit.
//!
//! Futures of other crates do not know the budget. [`cooperative`] makes them keep to it, [`consume_budget`] is
//! for loops that compute, [`poll_proceed`] for futures of one's own, and [`unconstrained`] lifts the limit.
//!
//! ```
//! use airmail::task::coop;
//!
//! let runtime = airmail::runtime::Builder::new_current_thread().build()?;
//! runtime.block_on(async {
//!     let mut done = 0;
//!     while coop::has_budget_remaining() {
//!         coop::consume_budget().await;
//!         done += 1;
//!     }
//!     assert_eq!(done, coop::BUDGET);
//! });
//! # Ok::<(), std::io::Error>(())
//! ```

use pin_project_lite::pin_project;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

#[doc(inline)]
pub use airmail_core::coop::BUDGET;

/// The share of one operation, from [`poll_proceed`]. It goes back to the budget when it is dropped, unless
/// [`made_progress`](RestoreOnPending::made_progress) says that the operation was done.
///
/// It belongs to the poll that asked for it, and is not to be kept beyond that poll.
#[doc(inline)]
pub use airmail_core::coop::Spent as RestoreOnPending;

/// Asks for the share of one operation, before a future tries to do it.
///
/// `Pending` says that the budget is used up: the future answers `Pending` too, and the task is polled again,
/// since it was woken.
///
/// ```
/// use airmail::task::coop;
/// use std::future::poll_fn;
/// use std::task::{Context, Poll, ready};
///
/// struct Box1(Option<u8>);
///
/// impl Box1 {
///     fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<u8> {
///         let share = ready!(coop::poll_proceed(cx));
///         match self.0.take() {
///             Some(letter) => {
///                 share.made_progress();
///                 Poll::Ready(letter)
///             }
///             // (A real one keeps the waker.) The share goes back: waiting costs nothing.
///             None => Poll::Pending,
///         }
///     }
/// }
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// assert_eq!(runtime.block_on(poll_fn(|cx| Box1(Some(7)).poll_take(cx))), 7);
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(inline)]
pub use airmail_core::coop::poll_proceed;

/// `false` if the current task has used up its budget in this poll, so that airmail's own futures answer
/// `Pending` until the next one.
///
/// A combinator such as a timeout asks before and after it polls a future: if that future used up the budget,
/// the timer has to be polled [`unconstrained`], or it would never be asked.
///
/// ```
/// // In no task there is no limit.
/// assert!(airmail::task::coop::has_budget_remaining());
/// ```
pub fn has_budget_remaining() -> bool {
    airmail_core::coop::has_budget_remaining()
}

/// Counts as one operation, and lets the other tasks go first if the budget is used up.
///
/// For long computations: most calls return at once, unlike [`yield_now`](super::yield_now).
///
/// # Cancel safety
/// Nothing is lost if the future is dropped.
///
/// ```
/// async fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
///     let mut sum = 0;
///     for number in numbers {
///         sum += number;
///         airmail::task::consume_budget().await;
///     }
///     sum
/// }
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// assert_eq!(runtime.block_on(sum(0..1000)), 499_500);
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn consume_budget() {
    poll_fn(|cx| poll_proceed(cx).map(RestoreOnPending::made_progress)).await;
}

pin_project! {
    /// A future that keeps to the budget, made by [`cooperative`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Coop<F: Future> {
        #[pin]
        future: F,
    }
}

/// Makes a future keep to the budget: while the budget is used up it answers `Pending` without being polled,
/// and when it is ready that counts as one operation.
///
/// For futures that do not know the budget, above all a channel's `recv` in a loop: if the channel is never
/// empty, the loop would never let another task run.
///
/// # Cancel safety
/// That of the future itself.
///
/// ```
/// use airmail::task::coop::cooperative;
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     for i in 0..1000 {
///         assert_eq!(cooperative(std::future::ready(i)).await, i);
///     }
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn cooperative<F: Future>(future: F) -> Coop<F> {
    Coop { future }
}

impl<F: Future> Future for Coop<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let share = ready!(poll_proceed(cx));
        let output = ready!(self.project().future.poll(cx));
        share.made_progress();
        Poll::Ready(output)
    }
}

pin_project! {
    /// A future without a budget, made by [`unconstrained`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Unconstrained<F> {
        #[pin]
        future: F,
    }
}

/// Lifts the limit for one future: nothing in it is made to yield, and what it does is charged to nobody.
///
/// A future that always finds something ready then keeps its thread to itself for as long as it does.
///
/// # Cancel safety
/// That of the future itself.
///
/// ```
/// use airmail::task::{consume_budget, coop, unconstrained};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     unconstrained(async {
///         for _ in 0..1000 {
///             consume_budget().await;
///             assert!(coop::has_budget_remaining());
///         }
///     })
///     .await;
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn unconstrained<F>(future: F) -> Unconstrained<F> {
    Unconstrained { future }
}

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _no_limit = airmail_core::coop::unconstrained();
        self.project().future.poll(cx)
    }
}
