//! Pages: zeroed memory cut into slots of one size, kept for the life of the process.

use super::{PAGES, STEP, Size};
use crate::sync::process::OnceLock;
use crate::task::{BODY_OFFSET, FIRST_EXEC, Header, MAX_ADDRESS, Slot};
use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The first page of a size is small, since many executors have few tasks; each next one doubles.
const SMALLEST: usize = 4 << 10;
const LARGEST: usize = 64 << 10;

/// A slot's number is its page's number and its place in the page, counted from 1.
const PLACE_BITS: u32 = 10;
/// The most slots of a page.
pub(super) const MOST_SLOTS: usize = LARGEST / (BODY_OFFSET + STEP);
const _: () = assert!(MOST_SLOTS < (1 << PLACE_BITS));

#[derive(Debug)]
pub(super) struct Page {
    base: NonNull<u8>,
    stride: usize,
    slots: usize,
    number: usize,
    /// How many pages of its size its block had before.
    before: usize,
    /// The sequence numbers of the tasks in it, if an executor gave such: generation and number.
    sequence: OnceLock<Box<[AtomicU64]>>,
}

// SAFETY: P2, a page is an address range; what may be done there is decided slot by slot.
unsafe impl Send for Page {}
// SAFETY: P2, as above.
unsafe impl Sync for Page {}

/// Page number and place in the page, of a slot's number.
#[inline(always)]
pub(super) fn split(index: u32) -> Option<(usize, usize)> {
    let place = index & ((1 << PLACE_BITS) - 1);
    Some(((index >> PLACE_BITS) as usize, place.checked_sub(1)? as usize))
}

/// Which of its block's pages of its size a slot lies in, and its place there.
pub(super) fn place_of(slot: Slot) -> (usize, usize) {
    let found = split(slot.header().index()).and_then(|(page, place)| Some((PAGES.get(page)?.before, place)));
    found.expect("a slot that was cut from a page")
}

impl Page {
    /// A page of slots of size `size` for block `exec`, which has `before` such pages.
    pub(super) fn new(exec: u32, size: Size, before: usize) -> &'static Page {
        let stride = BODY_OFFSET + size.body_bytes();
        let bytes = (SMALLEST << before.min(8)).min(LARGEST);
        let layout = Layout::from_size_align(bytes, 64).expect("a power of two");
        // SAFETY: P4.
        let base = unsafe { alloc_zeroed(layout) };
        let Some(base) = NonNull::new(base) else { handle_alloc_error(layout) };
        assert!(
            base.addr().get() + bytes <= MAX_ADDRESS,
            "the allocator gave memory above 2^48, which wakers of airmail cannot address"
        );
        let (slots, number) = (bytes / stride, next_number(exec));
        let page: &'static Page =
            Box::leak(Box::new(Page { base, stride, slots, number, before, sequence: OnceLock::new() }));
        PAGES.put(page.number, page);
        page
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// The slot in this place.
    #[inline(always)]
    pub(super) fn slot(&self, place: usize) -> Option<Slot> {
        if place >= self.slots {
            return None;
        }
        // SAFETY: P2, inside the page; zeroed memory is a free header; pages live for ever, and the pointer
        // may reach the whole page.
        unsafe { Some(Slot::new(self.base.add(place * self.stride).cast::<Header>())) }
    }

    /// Gives the slot in this place its number, once, before its first use.
    pub(super) fn cut(&self, place: usize) -> Slot {
        let slot = self.slot(place).expect("cut inside the page");
        slot.header().set_index((self.number << PLACE_BITS | (place + 1)) as u32);
        slot
    }

    /// Notes the sequence number of the task in this place. A header has no room for one that most executors do not
    /// give; the generation says whose it is, since it stays when the task has gone.
    pub(super) fn set_sequence(&self, place: usize, generation: u32, number: u32) {
        let numbers = self.sequence.get_or_init(|| (0..self.slots).map(|_| AtomicU64::new(0)).collect());
        numbers[place].store(u64::from(generation) << 32 | u64::from(number), Ordering::Relaxed);
    }

    /// The sequence number of the task that was in this place in that generation; 0: it has none.
    pub(super) fn sequence(&self, place: usize, generation: u32) -> u32 {
        let noted = self.sequence.get().map_or(0, |numbers| numbers[place].load(Ordering::Relaxed));
        if (noted >> 32) as u32 == generation { noted as u32 } else { 0 }
    }
}

/// Executors' pages count up from 0, so that their first tasks have small ids; the pages of blocks without
/// an executor count down from the top.
fn next_number(exec: u32) -> usize {
    static UP: AtomicUsize = AtomicUsize::new(0);
    static DOWN: AtomicUsize = AtomicUsize::new(super::table::Table::<Page, 4096>::CAPACITY);
    if exec < FIRST_EXEC {
        DOWN.fetch_sub(1, Ordering::Relaxed) - 1
    } else {
        UP.fetch_add(1, Ordering::Relaxed)
    }
}
