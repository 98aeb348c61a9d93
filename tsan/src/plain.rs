//! A value that nothing but the order of the program protects.

use std::cell::UnsafeCell;

/// Plain memory, read and written by whatever thread: ordered by what the program shows to be in order, or
/// ThreadSanitizer reports it.
#[derive(Debug, Default)]
pub(crate) struct Plain(UnsafeCell<u64>);

// SAFETY: each program says why the accesses are ordered; that it is so is what is tested.
unsafe impl Sync for Plain {}

impl Plain {
    pub(crate) fn set(&self, value: u64) {
        // SAFETY: as above.
        unsafe { self.0.get().write_volatile(value) }
    }

    pub(crate) fn get(&self) -> u64 {
        // SAFETY: as above.
        unsafe { self.0.get().read_volatile() }
    }
}
