//! The depot of a block: slots that were given back by threads outside its seat.
//!
//! One list a size, linked through the headers. Givers push with one exchange; the taker swaps the whole list
//! out. Nobody ever takes a single slot, so an old head that comes back (ABA) harms nobody.

use super::{SIZES, Size};
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::task::Slot;

#[derive(Debug)]
pub(crate) struct Depot([AtomicU32; SIZES]);

impl Depot {
    pub(crate) fn new() -> Depot {
        Depot(std::array::from_fn(|_| AtomicU32::new(0)))
    }

    /// Gives back a free slot.
    ///
    /// `Release` pairs with the `Acquire` in [`take_all`](Depot::take_all): the taker finds the links, and
    /// comes after all that the giver did to the slots.
    pub(super) fn push(&self, slot: Slot, size: Size) {
        let head = &self.0[size.index()];
        let mut next = head.load(Ordering::Relaxed);
        loop {
            slot.header().link.store(next, Ordering::Relaxed);
            match head.compare_exchange_weak(
                next,
                slot.header().index(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => next = now,
            }
        }
    }

    /// The number of the first slot of all that were given back, or 0.
    pub(super) fn take_all(&self, size: Size) -> u32 {
        if self.0[size.index()].load(Ordering::Relaxed) == 0 {
            0
        } else {
            self.0[size.index()].swap(0, Ordering::Acquire)
        }
    }
}
