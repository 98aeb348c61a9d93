//! Core's `sync.rs` over loom.

pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};

pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
}

/// Notes decide nothing: leaving them out of the exploration keeps the models small.
pub(crate) mod note {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64};
}

pub(crate) use loom::cell::UnsafeCell;

/// loom's thread-locals live for one execution and are initialised lazily.
macro_rules! per_thread {
    ($name:ident: $type:ty = $init:expr) => {
        loom::thread_local! {
            static $name: $type = $init;
        }
    };
}
pub(crate) use per_thread;
