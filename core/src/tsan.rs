//! `std`'s locks for ThreadSanitizer: the same locks, with the same faces, that it can see.
//!
//! The standard library as it is shipped is not instrumented: whoever waited for a lock got it inside of it, so
//! that ThreadSanitizer sees two threads at one value and nothing between them. Here each lock has an atomic
//! beside it, which is written before the lock is given up and read after it was got. That says what the lock
//! does and nothing more. Compiled with `--cfg airmail_tsan` only (`ci/tsan.sh`).
//!
//! `thread::park` stays as it is. Nothing relies on what it orders: whoever calls a sleeper changes an atomic
//! first. If something comes to rely on it, that is reported, and `park` gets a face here.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult, WaitTimeoutResult};
use std::time::Duration;

/// What a lock orders: whatever was done before the last drop of an [`Inside`] comes before what is done
/// after [`enter`](Order::enter).
#[derive(Debug, Default)]
struct Order(AtomicBool);

impl Order {
    const fn new() -> Order {
        Order(AtomicBool::new(false))
    }

    fn enter(&self) -> Inside<'_> {
        // Pairs with `Inside::drop`.
        self.0.load(Ordering::Acquire);
        Inside(self)
    }
}

/// Between getting the lock and giving it up.
#[derive(Debug)]
struct Inside<'a>(&'a Order);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // Pairs with `Order::enter`.
        self.0.0.store(false, Ordering::Release);
    }
}

/// As `std`'s.
#[derive(Debug, Default)]
pub struct Mutex<T: ?Sized> {
    order: Order,
    lock: std::sync::Mutex<T>,
}

/// As `std`'s.
#[must_use]
pub struct MutexGuard<'a, T: ?Sized> {
    // The first to be dropped: before the lock is given up.
    inside: Inside<'a>,
    guard: std::sync::MutexGuard<'a, T>,
}

impl<T> Mutex<T> {
    /// As `std`'s.
    pub const fn new(value: T) -> Mutex<T> {
        Mutex { order: Order::new(), lock: std::sync::Mutex::new(value) }
    }

    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn into_inner(self) -> LockResult<T> {
        self.lock.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        with_guard(self.lock.lock(), |guard| MutexGuard { inside: self.order.enter(), guard })
    }

    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let seen = |guard| MutexGuard { inside: self.order.enter(), guard };
        match self.lock.try_lock() {
            Ok(guard) => Ok(seen(guard)),
            Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
            Err(TryLockError::Poisoned(poisoned)) => {
                Err(PoisonError::new(seen(poisoned.into_inner())).into())
            }
        }
    }

    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.lock.get_mut()
    }
}

fn with_guard<A, B>(result: LockResult<A>, seen: impl FnOnce(A) -> B) -> LockResult<B> {
    match result {
        Ok(guard) => Ok(seen(guard)),
        Err(poisoned) => Err(PoisonError::new(seen(poisoned.into_inner()))),
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.guard.fmt(f)
    }
}

/// As `std`'s.
#[derive(Debug, Default)]
pub struct Condvar(std::sync::Condvar);

impl Condvar {
    /// As `std`'s.
    pub const fn new() -> Condvar {
        Condvar(std::sync::Condvar::new())
    }

    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let (order, guard) = guard.leave();
        with_guard(self.0.wait(guard), |guard| MutexGuard { inside: order.enter(), guard })
    }

    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let (order, guard) = guard.leave();
        with_guard(self.0.wait_timeout(guard, timeout), |(guard, timed_out)| {
            (MutexGuard { inside: order.enter(), guard }, timed_out)
        })
    }

    /// As `std`'s.
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// As `std`'s.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Still locked, but ThreadSanitizer takes it for given up.
    fn leave(self) -> (&'a Order, std::sync::MutexGuard<'a, T>) {
        (self.inside.0, self.guard)
    }
}

/// As `std`'s, but readers are alone, too: nothing here is read so often.
#[derive(Debug, Default)]
pub struct RwLock<T>(Mutex<T>);

impl<T> RwLock<T> {
    /// As `std`'s.
    pub const fn new(value: T) -> RwLock<T> {
        RwLock(Mutex::new(value))
    }

    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn read(&self) -> LockResult<MutexGuard<'_, T>> {
        self.0.lock()
    }

    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn write(&self) -> LockResult<MutexGuard<'_, T>> {
        self.0.lock()
    }
}

/// As `std`'s.
#[derive(Debug)]
pub struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    is_made: AtomicBool,
    making: Mutex<()>,
}

impl<T> OnceLock<T> {
    /// As `std`'s.
    pub const fn new() -> OnceLock<T> {
        OnceLock {
            value: std::sync::OnceLock::new(),
            is_made: AtomicBool::new(false),
            making: Mutex::new(()),
        }
    }

    /// As `std`'s.
    pub fn get(&self) -> Option<&T> {
        // Pairs with `make`.
        if self.is_made.load(Ordering::Acquire) { self.value.get() } else { None }
    }

    /// As `std`'s.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        self.get().unwrap_or_else(|| self.make(make))
    }

    /// As `std`'s.
    ///
    /// # Errors
    /// As `std`'s.
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.make(|| value.take().expect("called once"));
        value.map_or(Ok(()), Err)
    }

    /// As `std`'s.
    pub fn take(&mut self) -> Option<T> {
        *self.is_made.get_mut() = false;
        self.value.take()
    }

    fn make(&self, make: impl FnOnce() -> T) -> &T {
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let value = self.value.get_or_init(make);
        self.is_made.store(true, Ordering::Release);
        value
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> OnceLock<T> {
        OnceLock::new()
    }
}

/// As `std`'s.
#[derive(Debug)]
pub struct LazyLock<T> {
    value: OnceLock<T>,
    make: fn() -> T,
}

impl<T> LazyLock<T> {
    /// As `std`'s.
    pub const fn new(make: fn() -> T) -> LazyLock<T> {
        LazyLock { value: OnceLock::new(), make }
    }
}

impl<T> Deref for LazyLock<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.get_or_init(self.make)
    }
}
