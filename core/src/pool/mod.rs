//! Where slots come from and go to, and where everything is found by number.
//!
//! Slots are cut from pages that are never given back to the allocator, so a stale waker always finds a
//! header. Each executor's block has slots of its own:
//!
//! ```text
//! Stash   in the seat: plain memory, no atomics. Refilled from the stock, and half of it given back, in batches
//! Stock   behind the block's lock: pages, and which of their slots are free. Takes what is in the depot
//! Depot   one atomic list a size: slots given back by threads that sit elsewhere
//! ```
//!
//! In malloc mode (`AIRMAIL_SLOTS=malloc`) every body is an allocation of its own, freed when its task ends,
//! so that AddressSanitizer and valgrind see each access to a body that is gone.

mod depot;
mod page;
mod shelf;
mod stash;
mod stock;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use depot::Depot;
pub(crate) use stash::Stash;
pub(crate) use stock::Stock;

use crate::sync::atomic::Ordering;
use crate::sync::process::{Mutex, OnceLock};
use crate::task::{MAX_INLINE, ROOTS, Shared, Slot, with_head};
use page::Page;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU8;
use table::Table;

/// How many sizes of slots there are.
const SIZES: usize = MAX_INLINE / STEP;
/// How much more body each has than the one before. Finer than doubling: of a million idle tasks, what is left
/// over in their slots counts more than a page that is not full.
const STEP: usize = 16;

/// One of the sizes of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(u8);

impl Size {
    /// The smallest that has room for a body of `bytes`.
    pub(crate) const fn of_bytes(bytes: usize) -> Size {
        assert!(bytes <= MAX_INLINE);
        Size((if bytes == 0 { 0 } else { (bytes - 1) / STEP }) as u8)
    }

    fn all() -> impl Iterator<Item = Size> {
        (0..SIZES as u8).map(Size)
    }

    /// Its place in an array of all of them.
    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self.0) % SIZES
    }

    fn body_bytes(self) -> usize {
        (self.index() + 1) * STEP
    }
}

static BLOCKS: Table<Shared, 1024> = Table::new();
static PAGES: Table<Page, 4096> = Table::new();

/// Blocks without a tenant, most recently used last, and how many blocks there are.
#[derive(Default)]
struct Vacant {
    blocks: Vec<&'static Shared>,
    count: u32,
}

fn vacant() -> &'static Mutex<Vacant> {
    static VACANT: OnceLock<Mutex<Vacant>> = OnceLock::new();
    VACANT.get_or_init(|| {
        // The two blocks without an executor come first.
        for index in 0..=ROOTS {
            BLOCKS.put(index as usize, leak(Shared::new(index)));
        }
        Mutex::new(Vacant { blocks: Vec::new(), count: ROOTS + 1 })
    })
}

/// The block of this number.
#[inline(always)]
pub(crate) fn shared(index: u32) -> &'static Shared {
    match BLOCKS.get(index as usize) {
        Some(shared) => shared,
        None => first_use(index),
    }
}

#[cold]
fn first_use(index: u32) -> &'static Shared {
    vacant();
    BLOCKS.get(index as usize).expect("only numbers of blocks are ever stored")
}

/// A block for a new executor.
pub(crate) fn claim() -> &'static Shared {
    let mut vacant = vacant().lock().unwrap_or_else(PoisonError::into_inner);
    vacant.blocks.pop().unwrap_or_else(|| {
        let shared = leak(Shared::new(vacant.count));
        BLOCKS.put(vacant.count as usize, shared);
        vacant.count += 1;
        shared
    })
}

/// For the rest of the process.
pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// The block's executor is gone.
pub(crate) fn unclaim(shared: &'static Shared) {
    vacant().lock().unwrap_or_else(PoisonError::into_inner).blocks.push(shared);
}

/// The slot of this number, if such a slot was ever cut.
#[inline]
pub(crate) fn find(index: u32) -> Option<Slot> {
    let (page, slot) = page::split(index)?;
    PAGES.get(page)?.slot(slot)
}

/// Notes the sequence number of the task that a slot has in this generation.
pub(crate) fn set_sequence(index: u32, generation: u32, number: u32) {
    if let Some((page, place)) = page::split(index)
        && let Some(page) = PAGES.get(page)
    {
        page.set_sequence(place, generation, number);
    }
}

/// What [`set_sequence`] noted; 0: nothing, for this generation.
pub(crate) fn sequence(index: u32, generation: u32) -> u32 {
    let found = page::split(index).and_then(|(page, place)| Some((PAGES.get(page)?, place)));
    found.map_or(0, |(page, place)| page.sequence(place, generation))
}

/// A slot is free: back to where the next spawn finds it.
#[inline(always)]
pub(crate) fn give(slot: Slot, size: Size) {
    let exec = slot.header().exec();
    if with_head(exec, |head| head.stash.put(head.shared(), slot, size)).is_none() {
        shared(exec).depot.push(slot, size);
    }
}

/// Malloc mode: every body is an allocation of its own.
#[inline(always)]
pub(crate) fn boxes_bodies() -> bool {
    match MODE.load(Ordering::Relaxed) {
        IN_SLOTS => false,
        OWN => true,
        _ => choose_mode(),
    }
}

const IN_SLOTS: u8 = 1;
const OWN: u8 = 2;
static MODE: AtomicU8 = AtomicU8::new(0);

#[cold]
fn choose_mode() -> bool {
    let own = std::env::var_os("AIRMAIL_SLOTS").is_some_and(|mode| mode == "malloc");
    MODE.store(if own { OWN } else { IN_SLOTS }, Ordering::Relaxed);
    own
}
