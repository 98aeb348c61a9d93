//! What a join handle keeps: two words, so that a spawn returns its handle in two registers.

use super::joinword::Registered;
use super::meta::{Id, Site};
use super::slot::{Header, Slot};
use std::ptr::NonNull;

/// Where a task's outcome is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In its slot, or not there yet; who was registered last to hear of it.
    Slot(Slot, Registered),
    /// Taken, and the slot given back.
    Taken(Id, Site),
}

/// A packed [`Place`].
#[derive(Debug)]
pub(super) struct Ticket {
    /// A slot's address, or an id, which is never zero.
    first: NonNull<()>,
    /// What was registered, or a spawn site with the tag.
    second: *mut (),
}

/// Tells a spawn site from what can be registered.
const TAKEN: usize = 1;
const TAGS: usize = 7;
const _: () = assert!(align_of::<std::panic::Location<'static>>() > TAGS);

impl Ticket {
    /// Of a new task.
    #[inline(always)]
    pub(super) fn new(slot: Slot) -> Ticket {
        Ticket { first: slot.as_non_null().cast(), second: Registered::NOBODY.into_raw() }
    }

    #[inline(always)]
    pub(super) fn place(&self) -> Place {
        if self.second.addr() & TAGS == TAKEN {
            let site = Site::from_raw(self.second.map_addr(|address| address & !TAGS));
            return Place::Taken(Id::from_u64(self.first.addr().get() as u64), site);
        }
        // SAFETY: A2, it came from a slot in `new`.
        let slot = unsafe { Slot::new(self.first.cast::<Header>()) };
        Place::Slot(slot, Registered::from_raw(self.second))
    }

    #[inline(always)]
    pub(super) fn set_registered(&mut self, registered: Registered) {
        self.second = registered.into_raw();
    }

    #[inline(always)]
    pub(super) fn set_taken(&mut self, id: Id, site: Site) {
        let id = std::ptr::without_provenance_mut(id.as_u64() as usize);
        self.first = NonNull::new(id).expect("slots are numbered from 1");
        self.second = site.into_raw().map_addr(|address| address | TAKEN);
    }
}
