//! The stash of a seat: free slots in plain memory, for the thread that sits there.

use super::{SIZES, Size, Stock};
use crate::sync::UnsafeCell;
use crate::task::{Shared, Slot};

/// How many slots of a size a stash holds before half of them go to the stock.
const MOST: usize = 1024;
/// How many slots it fetches at once.
const REFILL: usize = 64;

#[derive(Debug)]
pub(crate) struct Stash([UnsafeCell<Vec<Slot>>; SIZES]);

impl Stash {
    pub(crate) fn new() -> Stash {
        Stash(std::array::from_fn(|_| UnsafeCell::new(Vec::new())))
    }

    #[inline(always)]
    fn with<R>(&self, size: Size, f: impl FnOnce(&mut Vec<Slot>) -> R) -> R {
        // SAFETY: P3, a stash is used by the thread in its seat only (a `Seat` is not `Sync`), and no `f`
        // below calls back into a stash.
        self.0[size.index()].with_mut(|slots| f(unsafe { &mut *slots }))
    }

    /// A free slot.
    #[inline(always)]
    pub(crate) fn take(&self, shared: &Shared, size: Size) -> Slot {
        self.with(size, |slots| match slots.pop() {
            Some(slot) => slot,
            None => refill(slots, shared, size),
        })
    }

    /// A slot is free.
    #[inline(always)]
    pub(super) fn put(&self, shared: &Shared, slot: Slot, size: Size) {
        self.with(size, |slots| {
            if slots.len() == MOST {
                flush(slots, shared, size);
            }
            slots.push(slot);
        });
    }

    /// The seat is given up.
    pub(crate) fn empty_into(&self, stock: &mut Stock) {
        for size in Size::all() {
            self.with(size, |slots| slots.drain(..).for_each(|slot| stock.put(slot, size)));
        }
    }
}

#[cold]
fn refill(slots: &mut Vec<Slot>, shared: &Shared, size: Size) -> Slot {
    let mut gate = shared.gate();
    slots.extend(gate.stock.take_many(shared, size, REFILL));
    // The lowest are used first, and the last one is.
    slots.reverse();
    slots.pop().expect("so many are made, if need be")
}

/// The older half goes to the stock.
#[cold]
fn flush(slots: &mut Vec<Slot>, shared: &Shared, size: Size) {
    let mut gate = shared.gate();
    slots.drain(..MOST / 2).for_each(|slot| gate.stock.put(slot, size));
}
