//! The stock of a block: its free slots behind its lock, and the pages that new ones are cut from.

use super::page::Page;
use super::{SIZES, Size, find};
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

    /// A free slot.
    pub(crate) fn take(&mut self, shared: &Shared, size: Size) -> Slot {
        let free = &mut self.free[size.index()];
        if *free == 0 {
            *free = shared.depot.take_all(size);
        }
        match find(*free) {
            Some(slot) => {
                *free = slot.header().link.load(Ordering::Relaxed);
                slot
            }
            None => self.cut(shared, size),
        }
    }

    /// A slot that was never used.
    fn cut(&mut self, shared: &Shared, size: Size) -> Slot {
        let (pages, cut) = (&mut self.pages[size.index()], &mut self.cut[size.index()]);
        let page = match pages.last() {
            Some(page) if *cut < page.slots() => page,
            _ => {
                // May panic: nothing has changed by then.
                let page = Page::new(shared.index, size, pages.len());
                pages.push(page);
                *cut = 0;
                page
            }
        };
        *cut += 1;
        page.cut(*cut - 1)
    }

    /// A free slot comes back under the lock.
    pub(super) fn put(&mut self, slot: Slot, size: Size) {
        slot.header().link.store(self.free[size.index()], Ordering::Relaxed);
        self.free[size.index()] = slot.header().index();
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
