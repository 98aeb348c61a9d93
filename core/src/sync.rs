//! The only file that names the synchronisation types of the standard library.
//!
//! Under `cfg(airmail_tsan)` its locks come from `tsan.rs`, so that ThreadSanitizer sees what they order.
//!
//! `airmail-model` compiles this crate's other files beside a `sync` of its own that gives the same names
//! over loom. So a file of this crate that takes part in a protocol names `crate::sync` and nothing else.

#[cfg(airmail_tsan)]
use crate::tsan as locks;
#[cfg(not(airmail_tsan))]
use std::sync as locks;

pub(crate) use locks::{Mutex, MutexGuard};
pub(crate) use std::sync::Arc;

/// What the process has once. Executions of a model come one after the other, so there it is `std`'s as well.
pub(crate) mod process {
    pub(crate) use super::locks::{LazyLock, Mutex, MutexGuard, OnceLock, RwLock};
}

/// How many tasks a worker's ring has room for. The models make do with fewer.
pub(crate) const RING: usize = 256;

/// Atomics that take part in a protocol: loom explores every interleaving of them.
pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};

    /// A store of a value that no exchange under way expects, so that it is the last: any other value that comes
    /// after it in the atomic's order was put there by somebody who saw it.
    ///
    /// Apart from its cost it is a swap, and that is what the models make of it: loom 0.7.3 knows no one order
    /// of all writes to an atomic, and lets an exchange slip in behind a store that it must precede.
    #[inline(always)]
    pub(crate) fn overwrite(atomic: &AtomicU64, value: u64) {
        atomic.store(value, Ordering::Release);
    }
}

/// Atomics that only record (counters, notes for whoever looks at a task): no decision of a protocol reads
/// them, so the models leave them out.
pub(crate) mod note {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64};
}

/// A thread-local without lazy initialisation or destructor, which can be asked at any time.
macro_rules! per_thread {
    ($name:ident: $type:ty = $init:expr) => {
        std::thread_local! {
            static $name: $type = const { $init };
        }
    };
}
pub(crate) use per_thread;

/// `std`'s cell with loom's face, so that a model sees every access.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}
