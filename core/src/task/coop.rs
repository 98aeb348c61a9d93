//! The cooperative budget: how many operations a task may do in one poll before its leaf futures answer
//! `Pending`, so that a task which always finds something ready lets the others run.
//!
//! The idea is tokio's. A leaf asks [`poll_proceed`] before it does its work and tells
//! [`Spent::made_progress`] when the work was done.

use super::current;
use std::marker::PhantomData;
use std::task::{Context, Poll, ready};

/// How many operations a poll may do.
pub const BUDGET: u8 = 128;

/// What is left; and how often nothing was left in this poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    left: u8,
    denied: u8,
}

impl Budget {
    pub(super) const FULL: Budget = Budget { left: BUDGET, denied: 0 };
    pub(super) const UNLIMITED: Budget = Budget { left: u8::MAX, denied: 0 };

    #[inline(always)]
    pub(super) const fn bits(self) -> u16 {
        u16::from_le_bytes([self.left, self.denied])
    }

    #[inline(always)]
    pub(super) const fn from_bits(bits: u16) -> Budget {
        let [left, denied] = bits.to_le_bytes();
        Budget { left, denied }
    }

    /// A poll ends when it is denied. If it asks again and again instead, somebody inside polls in a loop of
    /// his own (another library's `block_on`), and only a new budget lets him go on.
    const MOST_DENIALS: u8 = 128;

    /// What is left after one operation.
    #[inline(always)]
    fn spent(self) -> Budget {
        if self == Budget::UNLIMITED { self } else { Budget { left: self.left.saturating_sub(1), denied: 0 } }
    }
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
            current::with(|c| c.replace_budget(self.before));
        }
    }
}

/// Asks for one operation's share. `Pending` if the budget is used up: the task was woken, and goes on in its
/// next poll.
#[inline]
pub fn poll_proceed(cx: &mut Context<'_>) -> Poll<Spent> {
    ready!(poll_allowed(cx));
    let before = spend();
    Poll::Ready(Spent { before, not_send: PhantomData })
}

/// As [`poll_proceed`], but spends nothing: the caller does, by [`spend`], once the operation is done.
#[inline(always)]
pub(super) fn poll_allowed(cx: &Context<'_>) -> Poll<()> {
    if current::with(|c| c.poll.get().budget().left) == 0 { denied(cx) } else { Poll::Ready(()) }
}

#[cold]
fn denied(cx: &Context<'_>) -> Poll<()> {
    current::with(|c| {
        let budget = c.poll.get().budget();
        if budget.denied == Budget::MOST_DENIALS {
            c.replace_budget(Budget::FULL);
            return Poll::Ready(());
        }
        c.replace_budget(Budget { denied: budget.denied + 1, ..budget });
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Spends one operation's share, which was [allowed](poll_allowed); tells what was left before.
#[inline(always)]
pub(super) fn spend() -> Budget {
    current::with(|c| c.replace_budget(c.poll.get().budget().spent()))
}

/// `false` if the next [`poll_proceed`] would answer `Pending`.
pub fn has_budget_remaining() -> bool {
    current::with(|c| c.poll.get().budget().left != 0)
}

/// Polls without a budget until the guard is dropped.
#[derive(Debug)]
pub struct Unconstrained {
    before: Budget,
    not_send: PhantomData<*const ()>,
}

/// Lifts the budget on this thread for the guard's life.
pub fn unconstrained() -> Unconstrained {
    Unconstrained { before: current::with(|c| c.replace_budget(Budget::UNLIMITED)), not_send: PhantomData }
}

/// A full budget on this thread for the guard's life: for combinators that poll many children.
pub fn fresh() -> Unconstrained {
    Unconstrained { before: current::with(|c| c.replace_budget(Budget::FULL)), not_send: PhantomData }
}

impl Drop for Unconstrained {
    fn drop(&mut self) {
        current::with(|c| c.replace_budget(self.before));
    }
}
