//! The synchronisation types of the parts that are explored under other schedulers than the machine's.
//!
//! `multi`, `blocking` and what they stand on name these only, so that their files can be compiled beside a `sync` of
//! another kind. Under `cfg(airmail_tsan)` the locks are those whose order ThreadSanitizer sees, and so all files name
//! locks here.

#[cfg(airmail_tsan)]
use airmail_core::tsan as locks;
#[cfg(not(airmail_tsan))]
use std::sync as locks;

pub(crate) use locks::{Condvar, LazyLock, Mutex, MutexGuard, OnceLock};
pub(crate) use std::sync::{Arc, PoisonError, TryLockError, Weak, atomic};
pub(crate) use std::thread;
pub(crate) use std::time::{Duration, Instant};

/// How often a worker looks around before it sleeps: one or two microseconds.
pub(crate) const LOOKS: u32 = 8;

/// So many new tasks at once are a burst, and wake two workers.
pub(crate) const BURST: usize = 32;

/// So many threads could run at once when it was first asked: an affinity and a quota of the process are in it. 1 if
/// nobody knows. (To ask reads files, which takes as long as to start a thread.)
pub(crate) fn processors() -> usize {
    static PROCESSORS: LazyLock<usize> =
        LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));
    *PROCESSORS
}

/// Where the times of all clocks begin, and simulated time in every runtime of a process, so that their instants can be
/// compared. What was before is past.
pub(crate) fn origin() -> Instant {
    static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    *ORIGIN
}

/// The system's number of this thread, where it can be learnt: on Linux. Otherwise 0.
pub(crate) fn system_number() -> u32 {
    let number = || std::fs::read_link("/proc/thread-self").ok()?.file_name()?.to_str()?.parse().ok();
    if cfg!(target_os = "linux") { number().unwrap_or(0) } else { 0 }
}

/// A moment between two looks.
pub(crate) fn pause() {
    (0..16).for_each(|_| std::hint::spin_loop());
}

/// Locks, also after a panic: no code of a program runs under a lock, so what it guards is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Parks this thread, until `until` at the latest. May return early.
pub(crate) fn park_until(until: Option<Instant>) {
    match until {
        None => thread::park(),
        Some(until) => thread::park_timeout(until.saturating_duration_since(Instant::now())),
    }
}

/// Waits for a notification, until `until` at the latest. `true`: that time has come. May return early.
pub(crate) fn wait_until<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    until: Option<Instant>,
) -> (MutexGuard<'a, T>, bool) {
    let Some(until) = until else {
        return (condvar.wait(guard).unwrap_or_else(PoisonError::into_inner), false);
    };
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return (guard, true);
    }
    let (guard, _) = condvar.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner);
    (guard, until <= Instant::now())
}
