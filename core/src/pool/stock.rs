//! The stock of a block: its free slots behind its lock, and the pages that new ones are cut from.

use super::page::Page;
use super::{SIZES, find, size_for};
use crate::sync::atomic::Ordering;
use crate::task::{Shared, Slot};

#[derive(Debug)]
pub(crate) struct Stock {
    /// The number of the first free slot of each size, or 0.
    free: [u32; SIZES],
    pages: [Vec<&'static Page>; SIZES],
    /// How many slots of the last page of each size were cut.
    cut: [usize; SIZES],
}

impl Stock {
    pub(crate) fn new() -> Stock {
        Stock { free: [0; SIZES], pages: [const { Vec::new() }; SIZES], cut: [0; SIZES] }
    }

    /// A free slot with room for `bytes`, for a thread outside the seat.
    pub(crate) fn take(&mut self, shared: &Shared, bytes: usize) -> Slot {
        self.take_size(shared, size_for(bytes))
    }

    pub(super) fn take_size(&mut self, shared: &Shared, size: usize) -> Slot {
        if self.free[size] == 0 {
            self.free[size] = shared.depot.take_all(size);
        }
        match find(self.free[size]) {
            Some(slot) => {
                self.free[size] = slot.header().link.load(Ordering::Relaxed);
                slot
            }
            None => self.cut(shared, size),
        }
    }

    /// A slot that was never used.
    fn cut(&mut self, shared: &Shared, size: usize) -> Slot {
        let pages = &mut self.pages[size];
        let page = match pages.last() {
            Some(page) if self.cut[size] < page.slots() => page,
            _ => {
                self.cut[size] = 0;
                let page = Page::new(shared.index, size, pages.len());
                pages.push(page);
                page
            }
        };
        self.cut[size] += 1;
        page.cut(self.cut[size] - 1)
    }

    /// A free slot comes back under the lock.
    pub(super) fn put_size(&mut self, slot: Slot, size: usize) {
        slot.header().link.store(self.free[size], Ordering::Relaxed);
        self.free[size] = slot.header().index();
    }

    /// Every slot that was ever cut for the block.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        for (pages, &cut) in self.pages.iter().zip(&self.cut) {
            for (n, page) in pages.iter().enumerate() {
                let places = if n + 1 == pages.len() { cut } else { page.slots() };
                slots.extend((0..places).filter_map(|place| page.slot(place)));
            }
        }
        slots
    }
}
