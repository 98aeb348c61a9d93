//! The way into an executor from other threads: any thread puts tasks in, one thread takes them all out.
//!
//! A stack after R. K. Treiber (1986), linked through the task headers, so putting a task in allocates
//! nothing. The taker swaps the whole stack out and turns it round, so the order is kept; since nobody takes
//! single entries, a head that comes back (ABA) harms nobody.

use super::chain::find;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::task::Runnable;

/// Tasks on their way from other threads: many put them in, one takes them all.
#[derive(Debug)]
pub struct Inbox {
    /// The number of the slot that came last, or 0.
    head: AtomicU32,
}

impl Default for Inbox {
    fn default() -> Inbox {
        Inbox::new()
    }
}

impl Inbox {
    /// An empty inbox.
    #[must_use]
    pub fn new() -> Inbox {
        Inbox { head: AtomicU32::new(0) }
    }

    /// Puts a task in. Lock-free; the caller then wakes the taker.
    ///
    /// `Release` pairs with the `Acquire` in [`take`](Inbox::take): the taker finds the link, and the task as
    /// its waker left it.
    pub fn put(&self, task: Runnable) {
        let slot = task.slot();
        let index = task.into_index();
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            slot.header().link.store(head, Ordering::Relaxed);
            match self.head.compare_exchange_weak(head, index, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// `true` if there was nothing in it a moment ago: one relaxed load.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed) == 0
    }

    /// Takes everything out, first in first.
    pub fn take(&self) -> Batch {
        let mut last = find(self.head.swap(0, Ordering::Acquire));
        let mut first = 0;
        while let Some(slot) = last {
            let link = &slot.header().link;
            last = find(link.load(Ordering::Relaxed));
            link.store(first, Ordering::Relaxed);
            first = slot.header().index();
        }
        Batch { first }
    }
}

impl Drop for Inbox {
    /// Tasks that nobody took are cancelled, each where it may be.
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// What an inbox held, in the order in which it came.
#[derive(Debug)]
pub struct Batch {
    first: u32,
}

impl Iterator for Batch {
    type Item = Runnable;

    fn next(&mut self) -> Option<Runnable> {
        let index = self.first;
        self.first = find(index)?.header().link.load(Ordering::Relaxed);
        // SAFETY: R1, `put` gave this index up, and each is taken once.
        unsafe { Runnable::from_index(index) }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}
