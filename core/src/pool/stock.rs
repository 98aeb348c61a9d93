//! The stock of a block: its pages, and its free slots behind its lock.

use super::shelf::Shelf;
use super::{SIZES, Size, find};
use crate::sync::atomic::Ordering;
use crate::task::{Shared, Slot};

#[derive(Debug)]
pub(crate) struct Stock([Shelf; SIZES]);

impl Stock {
    pub(crate) fn new() -> Stock {
        Stock(std::array::from_fn(|_| Shelf::default()))
    }

    /// A free slot.
    pub(crate) fn take(&mut self, shared: &Shared, size: Size) -> Slot {
        self.collect(shared, size);
        self.0[size.index()].take(shared.index, size)
    }

    /// So many free slots.
    pub(super) fn take_many(
        &mut self,
        shared: &Shared,
        size: Size,
        count: usize,
    ) -> impl Iterator<Item = Slot> {
        self.collect(shared, size);
        let shelf = &mut self.0[size.index()];
        (0..count).map(move |_| shelf.take(shared.index, size))
    }

    /// What is in the depot.
    #[inline]
    fn collect(&mut self, shared: &Shared, size: Size) {
        let mut given_back = shared.depot.take_all(size);
        while let Some(slot) = find(given_back) {
            given_back = slot.header().link.load(Ordering::Relaxed);
            self.put(slot, size);
        }
    }

    /// A free slot comes back under the lock.
    pub(super) fn put(&mut self, slot: Slot, size: Size) {
        self.0[size.index()].put(slot);
    }

    /// Every slot that was ever cut for the block.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.0.iter().flat_map(Shelf::slots).collect()
    }
}
