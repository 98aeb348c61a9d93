//! Slots of one schedule. The protocols of core's pool are explored by its own models: here a free slot is a number in
//! a list, and slots are numbered anew by each schedule, so that it runs the same way again.

use crate::task::{BODY_OFFSET, FIRST_EXEC, Header, ROOTS, Shared, Slot, TaskInfo, word::Word};
use std::alloc::{Layout, alloc};
use std::cell::RefCell;
use std::ptr::NonNull;

/// A body holds a pointer.
const BODY: usize = 16;

/// Drops what is behind a pointer whose type is forgotten.
type Drops = unsafe fn(NonNull<()>);

/// What one schedule made. shuttle runs the threads of a schedule as coroutines of one thread, so a real thread-local
/// is the place for what all of them share.
#[derive(Default)]
struct World {
    blocks: Vec<&'static Shared>,
    vacant: Vec<&'static Shared>,
    slots: Vec<Slot>,
    /// Free slots of each block.
    free: Vec<Vec<Slot>>,
    /// What lives as long as the schedule, and how it is dropped.
    leaked: Vec<(NonNull<()>, Drops)>,
    /// Memory of earlier schedules.
    memory: Vec<NonNull<Header>>,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

/// No step may happen inside.
fn with<R>(f: impl FnOnce(&mut World) -> R) -> R {
    WORLD.with_borrow_mut(f)
}

/// Forgets the schedule before.
pub(crate) fn begin() {
    let leaked = with(|world| {
        world.memory.extend(world.slots.drain(..).map(|slot| NonNull::from(slot.header())));
        world.free.clear();
        world.vacant.clear();
        world.blocks.clear();
        std::mem::take(&mut world.leaked)
    });
    // SAFETY: `leak` put them there, and nothing of the schedule before is left.
    leaked.into_iter().for_each(|(leaked, drop)| unsafe { drop(leaked) });
}

/// For the rest of the schedule.
pub(crate) fn leak<T>(value: T) -> &'static T {
    /// # Safety
    /// `leaked` is a `Box<T>`, given up once.
    unsafe fn take<T>(leaked: NonNull<()>) {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(leaked.cast::<T>().as_ptr()) });
    }
    let leaked = NonNull::from(Box::leak(Box::new(value)));
    with(|world| world.leaked.push((leaked.cast(), take::<T>)));
    // SAFETY: just made, and dropped by the next schedule.
    unsafe { leaked.as_ref() }
}

/// At the end of a schedule: every slot is free.
pub(crate) fn check_slots() {
    for slot in with(|world| world.slots.clone()) {
        let info = TaskInfo::look(slot);
        assert!(info.is_none(), "every slot is given back: {info:?}");
    }
}

/// There is one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size;

impl Size {
    pub(crate) const fn of_bytes(bytes: usize) -> Size {
        // Larger bodies are never in a slot, since they all are allocations of their own.
        let _ = bytes;
        Size
    }
}

/// The block of this number. Made when it is first asked for.
pub(crate) fn shared(index: u32) -> &'static Shared {
    loop {
        if let Some(block) = with(|world| world.blocks.get(index as usize).copied()) {
            return block;
        }
        let next = with(|world| world.blocks.len() as u32);
        let new = leak(Shared::new(next));
        with(|world| {
            world.blocks.push(new);
            world.free.push(Vec::new());
        });
    }
}

pub(crate) fn claim() -> &'static Shared {
    shared(ROOTS);
    if let Some(shared) = with(|world| world.vacant.pop()) {
        return shared;
    }
    shared(with(|world| (world.blocks.len() as u32).max(FIRST_EXEC)))
}

pub(crate) fn unclaim(shared: &'static Shared) {
    with(|world| world.vacant.push(shared));
}

pub(crate) fn find(index: u32) -> Option<Slot> {
    with(|world| world.slots.get((index as usize).checked_sub(1)?).copied())
}

pub(crate) fn give(slot: Slot, _size: Size) {
    with(|world| world.free[slot.header().exec() as usize].push(slot));
}

fn take(block: u32) -> Slot {
    with(|world| world.free[block as usize].pop().unwrap_or_else(|| cut(world)))
}

fn cut(world: &mut World) -> Slot {
    let place = world.memory.pop().unwrap_or_else(|| {
        let layout = Layout::from_size_align(BODY_OFFSET + BODY, 64).expect("small");
        // SAFETY: the layout is not of size zero.
        let memory = unsafe { alloc(layout) };
        NonNull::new(memory).expect("allocated").cast()
    });
    // SAFETY: it has room for a header and a body behind it, and nobody else has it.
    let slot = unsafe {
        place.write(Header::new(Word::FREE));
        Slot::new(place)
    };
    world.slots.push(slot);
    slot.header().set_index(world.slots.len() as u32);
    slot
}

/// The scenarios' executors give no sequence numbers.
pub(crate) fn set_sequence(_index: u32, _generation: u32, _number: u32) {}

pub(crate) fn sequence(_index: u32, _generation: u32) -> u32 {
    0
}

/// Bodies are allocations of their own, so that a use after their end is one for the allocator too.
pub(crate) fn boxes_bodies() -> bool {
    true
}

/// Nothing is kept apart.
#[derive(Debug)]
pub(crate) struct Depot;

impl Depot {
    pub(crate) fn new() -> Depot {
        Depot
    }
}

#[derive(Debug)]
pub(crate) struct Stash;

impl Stash {
    pub(crate) fn new() -> Stash {
        Stash
    }

    pub(crate) fn take(&self, shared: &Shared, _size: Size) -> Slot {
        take(shared.index)
    }

    pub(crate) fn empty_into(&self, _stock: &mut Stock) {}
}

#[derive(Debug)]
pub(crate) struct Stock;

impl Stock {
    pub(crate) fn new() -> Stock {
        Stock
    }

    pub(crate) fn take(&mut self, shared: &Shared, _size: Size) -> Slot {
        take(shared.index)
    }

    /// Of all blocks: who asks looks at whose they are.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        with(|world| world.slots.clone())
    }
}
