//! Wheels of one schedule: the next has shuttle's locks of its own.

use super::entry::Shared;

pub(super) fn take() -> &'static Shared {
    Box::leak(Box::new(Shared::new()))
}

pub(super) fn give(wheel: &'static Shared) {
    // SAFETY: it is one of `take`'s, and its machine has ended: no timer is linked, and what is not linked does not look at
    // its wheel any more.
    drop(unsafe { Box::from_raw(std::ptr::from_ref(wheel).cast_mut()) });
}
