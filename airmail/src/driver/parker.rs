//! A thread's place to sleep.

use super::Driver;
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::sync::thread::{self, Thread};
use crate::sync::{Instant, Mutex, lock, park_until};
// `Wake` takes no other.
use std::sync::Arc;
use std::task::{Wake, Waker};

/// Nobody parks and nobody called.
const EMPTY: u8 = 0;
/// Somebody parks.
const PARKED: u8 = 1;
/// Somebody called; the next park takes note and returns.
const CALLED: u8 = 2;
/// Somebody waits elsewhere.
const ELSEWHERE: u8 = 3;

/// A thread's place to sleep: one remembered wake-up, no spinning.
#[derive(Debug)]
pub(crate) struct Parker {
    state: AtomicU8,
    /// Who sleeps here, or did last.
    sleeper: Mutex<Option<Thread>>,
}

impl Parker {
    pub(crate) fn new() -> Arc<Parker> {
        Arc::new(Parker { state: AtomicU8::new(EMPTY), sleeper: Mutex::new(None) })
    }

    /// Sleeps until somebody called, or until the deadline. `Acquire` pairs with the caller's `Release`, so
    /// that what was queued before the call is found after it.
    pub(crate) fn park(&self, until: Option<Instant>) {
        if self.state.compare_exchange(CALLED, EMPTY, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            return;
        }
        // First: whoever finds the place taken finds the thread.
        *lock(&self.sleeper) = Some(thread::current());
        if self.state.compare_exchange(EMPTY, PARKED, Ordering::Release, Ordering::Relaxed).is_ok() {
            self.sleep(until);
        }
        // A swap, so that every call's writes are seen.
        self.state.swap(EMPTY, Ordering::Acquire);
    }

    fn sleep(&self, until: Option<Instant>) {
        while !self.is_called() && until.is_none_or(|until| until > Instant::now()) {
            park_until(until);
        }
    }

    /// The next [`park`](Parker::park) will not sleep.
    pub(crate) fn is_called(&self) -> bool {
        self.state.load(Ordering::Relaxed) == CALLED
    }

    /// Waits in `wait`, which is told whether it may, or somebody has called already.
    #[cfg_attr(not(feature = "net"), allow(dead_code, reason = "there is nowhere else"))]
    pub(crate) fn elsewhere(&self, wait: impl FnOnce(bool)) {
        wait(self.state.compare_exchange(EMPTY, ELSEWHERE, Ordering::AcqRel, Ordering::Acquire).is_ok());
        // A swap, so that every call's writes are seen.
        self.state.swap(EMPTY, Ordering::Acquire);
    }

    /// Wakes the sleeper, or the next one.
    pub(crate) fn call(&self) {
        let _ = self.summon();
    }

    /// As [`call`](Parker::call). `true`: it waits elsewhere, and is to be woken there.
    pub(crate) fn summon(&self) -> bool {
        match self.state.swap(CALLED, Ordering::AcqRel) {
            PARKED => {
                if let Some(sleeper) = &*lock(&self.sleeper) {
                    sleeper.unpark();
                }
                false
            }
            before => before == ELSEWHERE,
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.call();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.call();
    }
}

/// The default driver: nothing to wait for but calls and deadlines.
#[derive(Debug)]
pub(crate) struct ThreadDriver(Arc<Parker>);

impl ThreadDriver {
    pub(crate) fn new() -> ThreadDriver {
        ThreadDriver(Parker::new())
    }
}

impl Driver for ThreadDriver {
    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }

    fn park(&mut self, until: Option<Instant>) {
        self.0.park(until);
    }

    /// Nothing happens here but calls, and those are for whoever parks.
    fn look(&mut self) {}

    fn looks(&self) -> bool {
        false
    }
}
