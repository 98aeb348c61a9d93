//! The pages of one size that a block has, and which of their slots are free: a bit a slot.
//!
//! The lowest free slots go first. So, in whatever order slots come back, neighbours in memory are used one after the
//! other, as a processor expects, and a block that once had a million tasks works in its first pages again.

use super::Size;
use super::page::{MOST_SLOTS, Page, place_of};
use crate::task::Slot;

const WORDS: usize = MOST_SLOTS.div_ceil(64);
const _: () = assert!(WORDS <= 16, "`Free` has a bit for each word");

#[derive(Debug, Default)]
pub(super) struct Shelf {
    pages: Vec<&'static Page>,
    /// How many slots of the last page were cut.
    cut: usize,
    /// Of each page.
    free: Vec<Free>,
    /// No page before this one has a free slot.
    lowest: usize,
}

/// The free slots of a page.
#[derive(Clone, Debug, Default)]
struct Free {
    /// Which words are not zero.
    some: u16,
    words: [u64; WORDS],
}

impl Free {
    fn insert(&mut self, place: usize) {
        let (word, bit) = (place / 64, place % 64);
        debug_assert!(self.words[word] & 1 << bit == 0, "a slot is given back once");
        self.words[word] |= 1 << bit;
        self.some |= 1 << word;
    }

    fn take_lowest(&mut self) -> Option<usize> {
        let word = self.some.trailing_zeros() as usize;
        let bits = self.words.get_mut(word)?;
        let bit = bits.trailing_zeros() as usize;
        *bits &= *bits - 1;
        if *bits == 0 {
            self.some &= self.some - 1;
        }
        Some(word * 64 + bit)
    }
}

impl Shelf {
    /// The lowest free slot, or one that was never used.
    #[inline]
    pub(super) fn take(&mut self, exec: u32, size: Size) -> Slot {
        match self.lowest_free() {
            Some(slot) => slot,
            None => self.cut(exec, size),
        }
    }

    #[inline]
    pub(super) fn lowest_free(&mut self) -> Option<Slot> {
        while let Some(free) = self.free.get_mut(self.lowest) {
            if let Some(place) = free.take_lowest() {
                return self.pages[self.lowest].slot(place);
            }
            self.lowest += 1;
        }
        None
    }

    /// A slot is free again.
    pub(super) fn put(&mut self, slot: Slot) {
        let (page, place) = place_of(slot);
        self.free[page].insert(place);
        self.lowest = self.lowest.min(page);
    }

    /// A slot that was never used, for block `exec`.
    fn cut(&mut self, exec: u32, size: Size) -> Slot {
        let page = match self.pages.last() {
            Some(page) if self.cut < page.slots() => page,
            _ => {
                // May panic: nothing has changed by then.
                let page = Page::new(exec, size, self.pages.len());
                self.pages.push(page);
                self.free.push(Free::default());
                self.cut = 0;
                page
            }
        };
        self.cut += 1;
        page.cut(self.cut - 1)
    }

    /// Every slot that was ever cut.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.pages.iter().enumerate().flat_map(|(n, page)| {
            let places = if n + 1 == self.pages.len() { self.cut } else { page.slots() };
            (0..places).filter_map(|place| page.slot(place))
        })
    }
}
