//! How an executor with nothing to do waits.

use crate::sync::atomic::{AtomicU8, Ordering};
use crate::sync::thread::{self, Thread};
use crate::sync::{Arc, Instant, Mutex, lock, park_until};
use std::task::{Wake, Waker};

/// Waits for the world: for a wake-up from another thread, a deadline, sockets, virtual time.
///
/// The default parks its thread. Give another one to
/// [`Builder::driver`](crate::runtime::Builder::driver).
pub trait Driver: Send + 'static {
    /// Wakes the thread in [`park`](Driver::park), or makes the next `park` return at once. Works from any
    /// thread, also while nobody parks, and is remembered once.
    fn waker(&self) -> Waker;

    /// Waits until the waker was used, something happened, or `until` has come. May return early. A time
    /// that is past means: look, do not wait.
    fn park(&mut self, until: Option<Instant>);

    /// Takes note of what has happened, without waiting. Called after every
    /// [`event_interval`](crate::runtime::Builder::event_interval) polls, while tasks are ready, and before a
    /// [paused](crate::time::pause) clock jumps, in place of a `park` with a deadline. By default
    /// [`park`](Driver::park) with a time that is past.
    fn look(&mut self) {
        self.park(Some(Instant::now()));
    }

    /// Whether [`look`](Driver::look) does anything. Asked once, when the runtime is built. By default `true`.
    fn looks(&self) -> bool {
        true
    }
}

/// Nobody parks and nobody called.
const EMPTY: u8 = 0;
/// Somebody parks.
const PARKED: u8 = 1;
/// Somebody called; the next park takes note and returns.
const CALLED: u8 = 2;

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

    /// Wakes the sleeper, or the next one.
    pub(crate) fn call(&self) {
        if self.state.swap(CALLED, Ordering::AcqRel) == PARKED
            && let Some(sleeper) = &*lock(&self.sleeper)
        {
            sleeper.unpark();
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
