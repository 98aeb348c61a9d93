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

/// What is left, or no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget(Option<u8>);

impl Budget {
    pub(super) const FULL: Budget = Budget(Some(BUDGET));
    pub(super) const UNLIMITED: Budget = Budget(None);
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
        match before.0 {
            None => Poll::Ready(Spent { before, not_send: PhantomData }),
            Some(0) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(left) => {
                c.budget.set(Budget(Some(left - 1)));
                Poll::Ready(Spent { before, not_send: PhantomData })
            }
        }
    })
}

/// `false` if the next [`poll_proceed`] would answer `Pending`.
pub fn has_budget_remaining() -> bool {
    current::with(|c| c.budget.get() != Budget(Some(0)))
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
