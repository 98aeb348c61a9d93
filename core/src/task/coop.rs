//! The cooperative budget: how many operations a task may do in one poll before its leaf futures answer
//! `Pending`, so that a task which always finds something ready lets the others run.
//!
//! The idea is tokio's. A leaf asks [`poll_proceed`] before it does its work and tells
//! [`Spent::made_progress`] when the work was done.

use super::current;
use std::marker::PhantomData;
use std::task::{Context, Poll};

/// How many operations a poll may do.
pub const BUDGET: u8 = 128;

/// What is left, or no limit; and how often nothing was left in this poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    left: Option<u8>,
    denied: u8,
}

impl Budget {
    pub(super) const FULL: Budget = Budget { left: Some(BUDGET), denied: 0 };
    pub(super) const UNLIMITED: Budget = Budget { left: None, denied: 0 };

    /// A poll ends when it is denied. If it asks again and again instead, somebody inside polls in a loop of
    /// his own (another library's `block_on`), and only a new budget lets him go on.
    const MOST_DENIALS: u8 = 128;
}

/// One operation's share, given back unless the operation was done.
#[derive(Debug)]
#[must_use]
pub struct Spent {
    before: Budget,
    /// It is this thread's budget that is given back.
    not_send: PhantomData<*const ()>,
}

impl Spent {
    /// The operation was done: its share is spent.
    #[inline]
    pub fn made_progress(self) {
        std::mem::forget(self);
    }
}

impl Drop for Spent {
    #[inline]
    fn drop(&mut self) {
        // An operation that waits instead costs nothing.
        if self.before != Budget::UNLIMITED {
            current::with(|c| c.budget.set(self.before));
        }
    }
}

/// Asks for one operation's share. `Pending` if the budget is used up: the task was woken, and goes on in its
/// next poll.
#[inline]
pub fn poll_proceed(cx: &mut Context<'_>) -> Poll<Spent> {
    current::with(|c| {
        let before = c.budget.get();
        let left = match before.left {
            None => return Poll::Ready(Spent { before, not_send: PhantomData }),
            Some(0) if before.denied == Budget::MOST_DENIALS => BUDGET,
            Some(0) => {
                c.budget.set(Budget { denied: before.denied + 1, ..before });
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(left) => left,
        };
        c.budget.set(Budget { left: Some(left - 1), denied: 0 });
        Poll::Ready(Spent { before, not_send: PhantomData })
    })
}

/// `false` if the next [`poll_proceed`] would answer `Pending`.
pub fn has_budget_remaining() -> bool {
    current::with(|c| c.budget.get().left != Some(0))
}

/// Polls without a budget until the guard is dropped.
#[derive(Debug)]
pub struct Unconstrained {
    before: Budget,
    not_send: PhantomData<*const ()>,
}

/// Lifts the budget on this thread for the guard's life.
pub fn unconstrained() -> Unconstrained {
    Unconstrained { before: current::with(|c| c.budget.replace(Budget::UNLIMITED)), not_send: PhantomData }
}

/// A full budget on this thread for the guard's life: for combinators that poll many children.
pub fn fresh() -> Unconstrained {
    Unconstrained { before: current::with(|c| c.budget.replace(Budget::FULL)), not_send: PhantomData }
}

impl Drop for Unconstrained {
    fn drop(&mut self) {
        current::with(|c| c.budget.set(self.before));
    }
}
