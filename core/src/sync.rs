//! The only file that names the synchronisation types of the standard library.
//!
//! `airmail-model` compiles this crate's other files beside a `sync` of its own that gives the same names
//! over loom. So a file of this crate that takes part in a protocol names `crate::sync` and nothing else.

pub(crate) use std::sync::{Arc, Mutex, MutexGuard};

/// Atomics that take part in a protocol: loom explores every interleaving of them.
pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
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
