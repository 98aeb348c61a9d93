//! Core's `sync.rs` over loom.

pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};

/// loom's atomics, behind a turnstile each.
///
/// loom leaves out interleavings that differ in independent accesses only. To tell, it keeps the last access
/// to an atomic, by whatever thread; so a thread's own load hides the load of another thread that came before
/// it, and the exchange which follows is not tried before that other load. Core's every transition is a load
/// and an exchange. (`abort::abort_vs_first_poll` shows it: without the turnstile the abort is never first.)
/// An unordered read-modify-write before each access makes any two accesses dependent, and orders nothing.
pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{Ordering, fence};

    #[derive(Debug, Default)]
    struct Turnstile(loom::sync::atomic::AtomicBool);

    impl Turnstile {
        fn pass(&self) {
            self.0.fetch_or(false, Ordering::Relaxed);
        }
    }

    /// Passes the turnstile, then does the same on the atomic behind it.
    macro_rules! behind_turnstile {
        ($($name:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)?;)*) => {$(
            pub(crate) fn $name(&self, $($argument: $type),*) $(-> $answer)? {
                self.turnstile.pass();
                self.atomic.$name($($argument),*)
            }
        )*};
    }

    macro_rules! atomics {
        ($($atomic:ident$(<$parameter:ident>)?: $value:ty $(, $integer:ident)?;)*) => {$(
            #[derive(Debug)]
            pub(crate) struct $atomic$(<$parameter>)? {
                turnstile: Turnstile,
                atomic: loom::sync::atomic::$atomic$(<$parameter>)?,
            }

            impl$(<$parameter>)? $atomic$(<$parameter>)? {
                pub(crate) fn new(value: $value) -> Self {
                    Self { turnstile: Turnstile::default(), atomic: loom::sync::atomic::$atomic::new(value) }
                }

                behind_turnstile! {
                    load(order: Ordering) -> $value;
                    store(value: $value, order: Ordering);
                    swap(value: $value, order: Ordering) -> $value;
                    compare_exchange(before: $value, after: $value, order: Ordering, otherwise: Ordering)
                        -> Result<$value, $value>;
                    compare_exchange_weak(before: $value, after: $value, order: Ordering, otherwise: Ordering)
                        -> Result<$value, $value>;
                }
            }

            $(impl $integer {
                behind_turnstile! {
                    fetch_add(value: $value, order: Ordering) -> $value;
                    fetch_sub(value: $value, order: Ordering) -> $value;
                    fetch_or(value: $value, order: Ordering) -> $value;
                    fetch_and(value: $value, order: Ordering) -> $value;
                }
            })?
        )*};
    }

    /// Core's store that nothing slips behind: see core's `sync.rs`.
    pub(crate) fn overwrite(atomic: &AtomicU64, value: u64) {
        atomic.swap(value, Ordering::Release);
    }

    atomics! {
        AtomicPtr<T>: *mut T;
        AtomicU32: u32, AtomicU32;
        AtomicU64: u64, AtomicU64;
    }
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
