//! `std`'s [`Arc`](std::sync::Arc), as ThreadSanitizer must see it.
//!
//! Whoever drops the last reference reads the count with `Release` and then has a `fence(Acquire)`, which
//! ThreadSanitizer does not know: it reports each drop of a value that other threads used. The standard library
//! built for ThreadSanitizer has a `load(Acquire)` of the count in its place. The linker puts this function in the
//! place of all subtractions from 64-bit atomics (`--wrap` in `ci/tsan.sh`), and it does the same. airmail's own
//! subtractions are of 32 bits, or of counts that nothing is read after.

use std::ffi::c_int;

const ACQUIRE: c_int = 2;
const RELEASE: c_int = 3;

unsafe extern "C" {
    fn __real___tsan_atomic64_fetch_sub(atomic: *mut u64, by: u64, order: c_int) -> u64;
    fn __tsan_atomic64_load(atomic: *const u64, order: c_int) -> u64;
}

/// # Safety
/// As of what it stands for: `atomic` points to an atomic that lives.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap___tsan_atomic64_fetch_sub(atomic: *mut u64, by: u64, order: c_int) -> u64 {
    // SAFETY: as the caller promises.
    let before = unsafe { __real___tsan_atomic64_fetch_sub(atomic, by, order) };
    if order == RELEASE && before == by {
        // SAFETY: who took the last reference has the memory for itself.
        unsafe { __tsan_atomic64_load(atomic, ACQUIRE) };
    }
    before
}
