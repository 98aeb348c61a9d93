//! Testing asynchronous code: what happens if it is cancelled.
//!
//! Dropping a future is how asynchronous code is cancelled, by `select!`, by a timeout, by an abort; and it can happen
//! at every await. [`cancel_each_await`] does it at every await of an operation, one after another, and checks each
//! time that what the operation worked on is still in order.
//!
//! ```
//! use airmail::test::cancel_each_await;
//! use airmail::task::yield_now;
//!
//! struct Account {
//!     here: u32,
//!     there: u32,
//! }
//!
//! // Safe to cancel: between its awaits the sum is right.
//! async fn transfer(account: &mut Account) {
//!     yield_now().await;
//!     account.here -= 1;
//!     account.there += 1;
//!     yield_now().await;
//! }
//!
//! let checked = cancel_each_await(async || Account { here: 5, there: 0 }, transfer)
//!     .check(async |account| assert_eq!(account.here + account.there, 5));
//! assert_eq!(checked.awaits(), 2);
//! ```
//!
//! The attribute `#[airmail::test]`, of the feature `macros`, stands beside this module under the same name. A guide
//! to both is docs/testing.md in the repository.

use crate::sim::{Failure, Sim, cancelled_here};
use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

/// An operation of more awaits than this is not cancelled at those behind.
const MOST_AWAITS: u32 = 10_000;

/// Cancels `op` at each of its awaits, each time on something new that `setup` makes. See [the module](self) and
/// [`check`](CancelEachAwait::check).
///
/// Both run inside a [simulation](crate::sim), so they may spawn tasks and sleep. An await is counted each time that
/// the operation's future answers `Pending`.
#[track_caller]
pub fn cancel_each_await<W, S, O>(setup: S, op: O) -> CancelEachAwait<W, S, O>
where
    S: AsyncFn() -> W + 'static,
    O: AsyncFn(&mut W) + 'static,
    W: 'static,
{
    CancelEachAwait { setup, op, sim: Sim::new().seeds(1), world: PhantomData }
}

/// An operation that is to be cancelled, made by [`cancel_each_await`].
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `check`"]
pub struct CancelEachAwait<W, S, O> {
    setup: S,
    op: O,
    sim: Sim,
    world: PhantomData<fn() -> W>,
}

/// Where a run drops the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// Nowhere.
    Never,
    /// As soon as it waits.
    Waiting(u32),
    /// Once it was woken, before it is polled: what it waited for has come, and it does not see it.
    Woken(u32),
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Never => f.write_str("not cancelled"),
            Moment::Waiting(at) => write!(f, "cancelled at await {at}, as it waits"),
            Moment::Woken(at) => write!(f, "cancelled at await {at}, as it is woken"),
        }
    }
}

impl<W, S, O> CancelEachAwait<W, S, O>
where
    S: AsyncFn() -> W + 'static,
    O: AsyncFn(&mut W) + 'static,
    W: 'static,
{
    /// Under so many seeds at each await. Default: 1, which is first in, first out.
    pub fn seeds(self, seeds: u64) -> CancelEachAwait<W, S, O> {
        CancelEachAwait { sim: self.sim.seeds(seeds), ..self }
    }

    /// With these choices, such as faults and a number of seeds. Its name stands before what this adds.
    pub fn sim(self, sim: Sim) -> CancelEachAwait<W, S, O> {
        CancelEachAwait { sim, ..self }
    }

    /// Runs the operation to its end; then again and again, dropped at its first await, its second, and so on: once as
    /// soon as it waits, and once when what it waited for has come and it was woken, but not polled yet. After each run
    /// `invariant` looks at what the operation worked on, and may await what is to happen in the end.
    ///
    /// Of an operation with more than 10,000 awaits, those behind are left alone.
    ///
    /// All three are one task: a waker that the operation left behind wakes the invariant too. One that awaits what
    /// such a waker could spoil does so in a task that it spawns.
    ///
    /// # Panics
    /// If a run fails, by a panic of the invariant above all; the message is the [`Failure`], with the await that it
    /// was.
    #[track_caller]
    pub fn check<C: AsyncFn(W) + 'static>(self, invariant: C) -> Checked {
        match self.try_check(invariant) {
            Ok(checked) => checked,
            Err(failure) => panic!("{failure}"),
        }
    }

    /// As [`check`](CancelEachAwait::check), with an answer instead of a panic.
    ///
    /// # Errors
    /// The first run that failed.
    #[track_caller]
    pub fn try_check<C>(self, invariant: C) -> Result<Checked, Box<Failure>>
    where
        C: AsyncFn(W) + 'static,
    {
        let CancelEachAwait { setup, op, sim, .. } = self;
        let parts = Rc::new((setup, op, invariant));
        let mut checked = Checked { awaits: 0, schedules: 0 };
        let mut explore = |moment: Moment| -> Result<bool, Box<Failure>> {
            let reached = Rc::new(Cell::new(false));
            let explored = sim.with_remark(&moment).try_explore(|| {
                let (parts, reached) = (Rc::clone(&parts), Rc::clone(&reached));
                async move {
                    let (setup, op, invariant) = &*parts;
                    let mut world = setup().await;
                    if run_until(op(&mut world), moment).await.is_break() {
                        reached.set(true);
                    }
                    invariant(world).await;
                }
            })?;
            checked.schedules += explored.schedules();
            Ok(reached.get())
        };
        explore(Moment::Never)?;
        let mut at = 0;
        while at < MOST_AWAITS && explore(Moment::Waiting(at + 1))? {
            at += 1;
            explore(Moment::Woken(at))?;
        }
        checked.awaits = at;
        Ok(checked)
    }
}

/// Runs `op` to its end, or drops it at that moment.
async fn run_until(op: impl Future<Output = ()>, moment: Moment) -> ControlFlow<()> {
    let mut op = pin!(op);
    let mut awaits = 0;
    poll_fn(|cx| {
        if moment == Moment::Woken(awaits) && awaits > 0 {
            return Poll::Ready(ControlFlow::Break(()));
        }
        if op.as_mut().poll(cx).is_ready() {
            return Poll::Ready(ControlFlow::Continue(()));
        }
        awaits += 1;
        if moment == Moment::Waiting(awaits) || moment == Moment::Woken(awaits) {
            cancelled_here();
        }
        if moment == Moment::Waiting(awaits) { Poll::Ready(ControlFlow::Break(())) } else { Poll::Pending }
    })
    .await
}

/// What [`CancelEachAwait::check`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    awaits: u32,
    schedules: u64,
}

impl Checked {
    /// At how many awaits the operation was cancelled: as many as it has, under the seed that gives it most.
    pub fn awaits(&self) -> u32 {
        self.awaits
    }

    /// How many runs there were.
    pub fn schedules(&self) -> u64 {
        self.schedules
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cancelled at each of {} awaits, {} schedules", self.awaits, self.schedules)
    }
}
