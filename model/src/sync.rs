//! Core's `sync.rs`, and the runtime's, over loom.

pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
pub(crate) use std::time::{Duration, Instant};
#[cfg(test)]
pub(crate) use timed::time_passes;
pub(crate) use timed::{Condvar, lock, wait_until};

/// `std`'s, as in core: they outlive an execution.
pub(crate) mod process {
    pub(crate) use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, RwLock};
}

/// As few places as a ring can have, so that it is full, and wraps, within a model.
pub(crate) const RING: usize = 4;

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

    /// `std`'s loop, of loads and exchanges that pass the turnstile each.
    macro_rules! fetch_update {
        ($($atomic:ident: $value:ty;)*) => {$(
            impl $atomic {
                pub(crate) fn fetch_update(
                    &self,
                    order: Ordering,
                    otherwise: Ordering,
                    mut next: impl FnMut($value) -> Option<$value>,
                ) -> Result<$value, $value> {
                    let mut before = self.load(otherwise);
                    while let Some(after) = next(before) {
                        match self.compare_exchange_weak(before, after, order, otherwise) {
                            Ok(_) => return Ok(before),
                            Err(other) => before = other,
                        }
                    }
                    Err(before)
                }
            }
        )*};
    }

    fetch_update! {
        AtomicU64: u64;
    }

    atomics! {
        AtomicBool: bool;
        AtomicPtr<T>: *mut T;
        AtomicU8: u8, AtomicU8;
        AtomicU32: u32, AtomicU32;
        AtomicU64: u64, AtomicU64;
        AtomicUsize: usize, AtomicUsize;
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

/// Threads that park. loom's own `unpark` also ends what else a thread waits for meanwhile, such as a lock.
pub(crate) mod thread {
    use loom::sync::{Condvar, Mutex};
    use std::sync::Arc;

    #[derive(Clone, Debug)]
    pub(crate) struct Thread(Arc<(Mutex<bool>, Condvar)>);

    loom::thread_local! {
        static CURRENT: Thread = Thread(Arc::new((Mutex::new(false), Condvar::new())));
    }

    pub(crate) fn current() -> Thread {
        CURRENT.with(Thread::clone)
    }

    pub(super) fn park() {
        let Thread(token) = current();
        let mut called = token.0.lock().unwrap();
        while !*called {
            called = token.1.wait(called).unwrap();
        }
        *called = false;
    }

    impl Thread {
        pub(crate) fn unpark(&self) {
            *self.0.0.lock().unwrap() = true;
            self.0.1.notify_one();
        }
    }
}

/// Parks this thread. No time passes in the models: whoever parks there waits for a call.
pub(crate) fn park_until(until: Option<Instant>) {
    assert!(until.is_none(), "the models park without a deadline, since no time passes in them");
    thread::park();
}

/// The runtime's condition variables, on which a wait may end by itself.
mod timed {
    use super::{Mutex, MutexGuard};
    use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use std::sync::Arc;
    use std::time::Instant;

    loom::lazy_static! {
        /// How many timed waits are still to end by themselves. Whichever waiter looks first is the one.
        static ref DUE: AtomicU32 = AtomicU32::new(0);
        static ref WAITING: std::sync::Mutex<Vec<Arc<loom::sync::Condvar>>> = std::sync::Mutex::default();
    }

    pub(crate) struct Condvar(Arc<loom::sync::Condvar>);

    impl Condvar {
        pub(crate) fn new() -> Condvar {
            let condvar = Arc::new(loom::sync::Condvar::new());
            WAITING.lock().unwrap().push(Arc::clone(&condvar));
            Condvar(condvar)
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }

        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }
    }

    /// The time of one timed wait has come: of one that waits, was just notified, or is only about to wait. Everybody
    /// is woken to look; for the others that is a spurious wake-up.
    pub(crate) fn time_passes() {
        DUE.fetch_add(1, Relaxed);
        let waiting = WAITING.lock().unwrap().clone();
        waiting.iter().for_each(|condvar| condvar.notify_all());
    }

    fn is_late(until: Option<Instant>) -> bool {
        until.is_some() && DUE.fetch_update(Relaxed, Relaxed, |due| due.checked_sub(1)).is_ok()
    }

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap()
    }

    pub(crate) fn wait_until<'a, T>(
        condvar: &Condvar,
        guard: MutexGuard<'a, T>,
        until: Option<Instant>,
    ) -> (MutexGuard<'a, T>, bool) {
        if is_late(until) {
            return (guard, true);
        }
        let guard = condvar.0.wait(guard).unwrap();
        (guard, is_late(until))
    }
}
