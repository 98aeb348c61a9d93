//! Core's pool over loom: the depot, shelves, stock and stash are core's own; pages and tables are made anew for each
//! execution of a model, since loom's types live for one execution.

#[path = "../../../core/src/pool/depot.rs"]
mod depot;
mod page;
#[path = "../../../core/src/pool/shelf.rs"]
mod shelf;
#[path = "../../../core/src/pool/stash.rs"]
mod stash;
#[path = "../../../core/src/pool/stock.rs"]
mod stock;

pub(crate) use depot::Depot;
pub(crate) use page::{all_free, begin, check_slots, find, leak, leak_mut, slots};
pub(crate) use stash::Stash;
pub(crate) use stock::Stock;

use crate::task::{ROOTS, Shared, Slot, with_head};
use page::World;

const SIZES: usize = 1;

/// There is one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size;

impl Size {
    pub(crate) const fn of_bytes(bytes: usize) -> Size {
        // Larger bodies are never in a slot, since they all are allocations of their own.
        let _ = bytes;
        Size
    }

    fn all() -> [Size; 1] {
        [Size]
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the face of core's")]
    fn index(self) -> usize {
        0
    }
}

/// The block of this number. Made when it is first asked for.
pub(crate) fn shared(index: u32) -> &'static Shared {
    loop {
        if let Some(shared) = World::with(|world| world.blocks.get(index as usize).copied()) {
            return shared;
        }
        let next = World::with(|world| world.blocks.len() as u32);
        let new = page::leak(Shared::new(next));
        World::with(|world| world.blocks.push(new));
    }
}

pub(crate) fn claim() -> &'static Shared {
    shared(ROOTS);
    if let Some(shared) = World::with(|world| world.vacant.pop()) {
        return shared;
    }
    shared(World::with(|world| world.blocks.len() as u32))
}

pub(crate) fn unclaim(shared: &'static Shared) {
    World::with(|world| world.vacant.push(shared));
}

pub(crate) fn give(slot: Slot, size: Size) {
    let exec = slot.header().exec();
    if with_head(exec, |head| head.stash.put(head.shared(), slot, size)).is_none() {
        shared(exec).depot.push(slot, size);
    }
}

/// The models' executors give no sequence numbers.
pub(crate) fn set_sequence(_index: u32, _generation: u32, _number: u32) {}

pub(crate) fn sequence(_index: u32, _generation: u32) -> u32 {
    0
}

/// Bodies are allocations of their own, so that a use after their end is one for the allocator too.
pub(crate) fn boxes_bodies() -> bool {
    true
}
