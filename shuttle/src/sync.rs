//! The `sync` of core and that of airmail, over shuttle.
//!
//! Every access to an atomic is a point where another thread may go on; shuttle explores no weaker orders than the
//! sequentially consistent one, which loom's models do (`model/`).

pub(crate) use shuttle::sync::{Mutex, MutexGuard};
pub(crate) use shuttle::thread;
pub(crate) use std::sync::{Arc, LazyLock, OnceLock, PoisonError, TryLockError, Weak};
pub(crate) use std::time::Duration;

use std::cell::{Cell, RefCell};
use std::ops::Add;

/// What the process has once: no step happens under its locks.
pub(crate) mod process {
    pub(crate) use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, RwLock};
}

/// A small ring, which overflows and is stolen from at its edges.
pub(crate) const RING: usize = 4;
/// One look around is enough: another thread may do anything meanwhile.
pub(crate) const LOOKS: u32 = 1;
/// A small burst.
pub(crate) const BURST: usize = 4;

/// Enough for every worker.
pub(crate) fn processors() -> usize {
    usize::MAX
}

/// Somebody else may go on, and should.
pub(crate) fn pause() {
    thread::yield_now();
}

/// Another thread may go on here. (To shuttle, sleeping is just that.)
fn step() {
    thread::sleep(Duration::ZERO);
}

/// The standard library's atomics, with a step before each access. shuttle's own note their history too, which nobody
/// here looks at.
pub(crate) mod atomic {
    use super::step;
    pub(crate) use std::sync::atomic::Ordering;
    use std::sync::atomic::Ordering::SeqCst;

    /// Everything is in one order.
    pub(crate) fn fence(_: Ordering) {}

    pub(crate) fn overwrite(atomic: &AtomicU64, value: u64) {
        atomic.store(value, SeqCst);
    }

    macro_rules! step_then {
        ($($name:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)?;)*) => {$(
            pub(crate) fn $name(&self, $($argument: $type,)* _: Ordering) $(-> $answer)? {
                step();
                self.0.$name($($argument,)* SeqCst)
            }
        )*};
    }

    macro_rules! atomics {
        ($($atomic:ident$(<$parameter:ident>)?: $value:ty $(, $integer:ident)?;)*) => {$(
            #[derive(Debug, Default)]
            pub(crate) struct $atomic$(<$parameter>)?(std::sync::atomic::$atomic$(<$parameter>)?);

            impl$(<$parameter>)? $atomic$(<$parameter>)? {
                pub(crate) const fn new(value: $value) -> Self {
                    Self(std::sync::atomic::$atomic::new(value))
                }

                step_then! {
                    load() -> $value;
                    store(value: $value);
                    swap(value: $value) -> $value;
                }

                pub(crate) fn compare_exchange(
                    &self,
                    before: $value,
                    after: $value,
                    _: Ordering,
                    _: Ordering,
                ) -> Result<$value, $value> {
                    step();
                    self.0.compare_exchange(before, after, SeqCst, SeqCst)
                }

                pub(crate) fn compare_exchange_weak(
                    &self,
                    before: $value,
                    after: $value,
                    order: Ordering,
                    otherwise: Ordering,
                ) -> Result<$value, $value> {
                    self.compare_exchange(before, after, order, otherwise)
                }
            }

            $(impl $integer {
                step_then! {
                    fetch_add(value: $value) -> $value;
                    fetch_sub(value: $value) -> $value;
                    fetch_or(value: $value) -> $value;
                    fetch_and(value: $value) -> $value;
                    fetch_max(value: $value) -> $value;
                }

                pub(crate) fn fetch_update(
                    &self,
                    _: Ordering,
                    _: Ordering,
                    next: impl FnMut($value) -> Option<$value>,
                ) -> Result<$value, $value> {
                    step();
                    self.0.try_update(SeqCst, SeqCst, next)
                }
            })?
        )*};
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

/// Notes decide nothing: no step.
pub(crate) mod note {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64};
}

macro_rules! per_thread {
    ($name:ident: $type:ty = $init:expr) => {
        shuttle::thread_local! {
            static $name: $type = $init;
        }
    };
}
pub(crate) use per_thread;

/// A number for this thread, the same whenever a schedule is run again.
pub(crate) fn thread_number() -> u64 {
    usize::from(thread::current().id()) as u64
}

/// A cell that finds out if two threads are inside, and one of them to change it.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T> {
    value: std::cell::UnsafeCell<T>,
    /// How many read it; -1: somebody changes it.
    inside: Cell<i32>,
}

struct Inside<'a>(&'a Cell<i32>, i32);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - self.1);
    }
}

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { value: std::cell::UnsafeCell::new(value), inside: Cell::new(0) }
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        assert!(self.inside.get() >= 0, "a cell is read while another thread changes it");
        self.inside.set(self.inside.get() + 1);
        let _inside = Inside(&self.inside, 1);
        f(self.value.get())
    }

    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        assert!(self.inside.get() == 0, "a cell is changed while another thread is inside");
        self.inside.set(-1);
        let _inside = Inside(&self.inside, -1);
        f(self.value.get())
    }
}

/// No thread of the system's own.
pub(crate) fn system_number() -> u32 {
    0
}

/// Locks.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// shuttle's, with a count, so that the clock can reach it.
#[derive(Clone, Debug)]
pub(crate) struct Condvar(Arc<shuttle::sync::Condvar>);

impl Condvar {
    pub(crate) fn new() -> Condvar {
        Condvar(Arc::new(shuttle::sync::Condvar::new()))
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}

fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a notification, until `until` at the latest. `true`: that time has come.
pub(crate) fn wait_until<'a, T>(
    condvar: &Condvar,
    mut guard: MutexGuard<'a, T>,
    until: Option<Instant>,
) -> (MutexGuard<'a, T>, bool) {
    let Some(until) = until else { return (wait(condvar, guard), false) };
    if until > Instant::now() {
        let number = Clock::begin_wait(until, Sleeper::In(condvar.clone()));
        guard = wait(condvar, guard);
        Clock::end_wait(number);
    }
    let timed_out = until <= Instant::now();
    (guard, timed_out)
}

/// Parks this thread, until `until` at the latest.
pub(crate) fn park_until(until: Option<Instant>) {
    let Some(until) = until else { return thread::park() };
    if until > Instant::now() {
        let number = Clock::begin_wait(until, Sleeper::Thread(thread::current()));
        thread::park();
        Clock::end_wait(number);
    }
}

/// Where somebody waits for the clock.
#[derive(Clone, Debug)]
enum Sleeper {
    In(Condvar),
    Thread(thread::Thread),
}

impl Sleeper {
    fn wake(&self) {
        match self {
            Sleeper::In(condvar) => condvar.notify_all(),
            Sleeper::Thread(thread) => thread.unpark(),
        }
    }
}

/// A time of the clock of one schedule, which stands still until it is [moved](pass).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Instant {
        Clock::with(|clock| Instant(clock.now))
    }

    pub(crate) fn checked_add(self, by: Duration) -> Option<Instant> {
        self.0.checked_add(by).map(Instant)
    }

    pub(crate) fn saturating_duration_since(self, earlier: Instant) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    pub(crate) fn elapsed(self) -> Duration {
        Instant::now().saturating_duration_since(self)
    }
}

/// Where all times begin.
pub(crate) fn origin() -> Instant {
    Instant(Duration::ZERO)
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, by: Duration) -> Instant {
        Instant(self.0 + by)
    }
}

/// The clock, and who waits for it.
#[derive(Default)]
struct Clock {
    now: Duration,
    waits: u64,
    waiting: Vec<(u64, Instant, Sleeper)>,
}

thread_local! {
    /// shuttle runs the threads of a schedule as coroutines of one thread.
    static CLOCK: RefCell<Clock> = RefCell::default();
}

impl Clock {
    fn begin_wait(until: Instant, sleeper: Sleeper) -> u64 {
        Clock::with(|clock| {
            clock.waits += 1;
            clock.waiting.push((clock.waits, until, sleeper));
            clock.waits
        })
    }

    fn end_wait(number: u64) {
        Clock::with(|clock| clock.waiting.retain(|(waiting, ..)| *waiting != number));
    }

    fn with<R>(f: impl FnOnce(&mut Clock) -> R) -> R {
        CLOCK.with_borrow_mut(f)
    }
}

/// A schedule begins: time does too.
pub(crate) fn begin() {
    // What it held goes after the borrow.
    drop(Clock::with(std::mem::take));
}

/// Time passes. Returns when everybody who waited for it knows.
pub(crate) fn pass(time: Duration) {
    Clock::with(|clock| clock.now += time);
    step();
    let due = || {
        Clock::with(|clock| {
            let now = Instant(clock.now);
            clock.waiting.iter().find(|(_, until, _)| *until <= now).map(|(.., sleeper)| sleeper.clone())
        })
    };
    // Again, since whoever is about to wait may have missed the notification.
    while let Some(sleeper) = due() {
        sleeper.wake();
        thread::yield_now();
    }
}
