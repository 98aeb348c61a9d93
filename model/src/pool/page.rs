//! Slots of one execution.

use crate::task::{BODY_OFFSET, Header, Shared, Slot, TaskInfo, word::Word};
use std::alloc::{Layout, alloc, dealloc};
use std::cell::RefCell;
use std::ptr::NonNull;

/// A body holds a pointer.
pub(super) const BODY: usize = 16;

/// What one execution made. loom runs the threads of a model as coroutines of one OS thread, so a real
/// thread-local is the place for what all of them share.
#[derive(Default)]
pub(super) struct World {
    pub(super) blocks: Vec<&'static Shared>,
    pub(super) vacant: Vec<&'static Shared>,
    slots: Vec<Slot>,
    /// Of each slot, how many pages there were before its own.
    places: Vec<usize>,
    memory: Vec<(*mut u8, Layout)>,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

impl World {
    /// No loom operation may happen inside.
    pub(super) fn with<R>(f: impl FnOnce(&mut World) -> R) -> R {
        WORLD.with_borrow_mut(f)
    }
}

/// Forgets the execution before. Its loom objects are dead: their memory goes, their drops do not run.
pub(crate) fn begin() {
    let old = World::with(std::mem::take);
    for (memory, layout) in old.memory {
        // SAFETY: allocated below with this layout, and nothing of the execution before is left.
        unsafe { dealloc(memory, layout) };
    }
}

fn allocate(layout: Layout) -> *mut u8 {
    // SAFETY: no layout here is of size zero.
    let memory = unsafe { alloc(layout) };
    assert!(!memory.is_null(), "out of memory");
    World::with(|world| world.memory.push((memory, layout)));
    memory
}

/// For the rest of the execution.
pub(crate) fn leak<T>(value: T) -> &'static T {
    leak_mut(value)
}

/// For the rest of the execution, and for one alone.
pub(crate) fn leak_mut<T>(value: T) -> &'static mut T {
    let place = allocate(Layout::new::<T>()).cast::<T>();
    // SAFETY: just allocated for a `T`.
    unsafe {
        place.write(value);
        &mut *place
    }
}

pub(crate) fn find(index: u32) -> Option<Slot> {
    World::with(|world| world.slots.get((index as usize).checked_sub(1)?).copied())
}

/// How many slots were ever cut.
pub(crate) fn slots() -> usize {
    World::with(|world| world.slots.len())
}

/// No slot is in use at this moment.
pub(crate) fn all_free() -> bool {
    World::with(|world| world.slots.clone()).into_iter().all(|slot| TaskInfo::look(slot).is_none())
}

/// At the end of an execution: every slot is free.
pub(crate) fn check_slots() {
    for slot in World::with(|world| world.slots.clone()) {
        let info = TaskInfo::look(slot);
        assert!(info.is_none(), "every slot is given back: {info:?}");
    }
}

/// Stands for core's pages: each has one slot.
#[derive(Debug)]
pub(super) struct Page {
    slot: Slot,
    before: usize,
}

/// The most slots of a page.
pub(super) const MOST_SLOTS: usize = 1;

/// Which of its block's pages a slot lies in, and its place there.
pub(super) fn place_of(slot: Slot) -> (usize, usize) {
    (World::with(|world| world.places[slot.header().index() as usize - 1]), 0)
}

impl Page {
    pub(super) fn new(_exec: u32, _size: super::Size, before: usize) -> &'static Page {
        let layout = Layout::from_size_align(BODY_OFFSET + BODY, 16).expect("small");
        let place = NonNull::new(allocate(layout)).expect("allocated").cast::<Header>();
        // SAFETY: just allocated, with room for a header and a body behind it.
        let slot = unsafe {
            place.write(Header::new(Word::FREE));
            Slot::new(place)
        };
        leak(Page { slot, before })
    }

    pub(super) fn slots(&self) -> usize {
        1
    }

    pub(super) fn slot(&self, place: usize) -> Option<Slot> {
        (place == 0).then_some(self.slot)
    }

    pub(super) fn cut(&self, _place: usize) -> Slot {
        let index = World::with(|world| {
            world.slots.push(self.slot);
            world.places.push(self.before);
            world.slots.len() as u32
        });
        self.slot.header().set_index(index);
        self.slot
    }
}
