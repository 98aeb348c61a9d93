//! A timer in the future of who waits, and the lock of the wheel that has it.

use super::list::Node;
use super::wheel::{NEVER, Step, Wheel};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Arc, Mutex, MutexGuard};
use std::fmt;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::Waker;

/// So many wakers come out under one lock,
const WAKERS: usize = 32;
/// after at most so many steps.
const STEPS: usize = 256;

/// A wheel and its lock. It lives for ever, and has one runtime after another.
#[derive(Debug)]
pub(crate) struct Shared {
    locked: Mutex<Locked>,
    /// No timer is due before this. Written under the lock.
    next: AtomicU64,
    /// The timer that was due then is not any more. Written under the lock.
    stale: AtomicBool,
}

#[derive(Debug)]
struct Locked {
    wheel: Wheel,
    /// No timer is armed any more.
    closed: bool,
    /// Which runtime has the wheel.
    tenancy: u32,
    /// Wakes who waits for the wheel's first timer.
    bell: Option<Arc<Waker>>,
}

/// The wheel is closed: its runtime ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl Shared {
    pub(super) fn new() -> Shared {
        Shared {
            locked: Mutex::new(Locked { wheel: Wheel::new(), closed: false, tenancy: 0, bell: None }),
            next: AtomicU64::new(NEVER),
            stale: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Locked> {
        self.locked.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// It is empty, and takes timers again, of another runtime. Answers its number.
    pub(super) fn open(&self) -> u32 {
        let mut locked = self.lock();
        locked.closed = false;
        locked.tenancy = locked.tenancy.wrapping_add(1);
        locked.tenancy
    }

    /// Whom to wake when another thread arms a timer that is the first. What was there before comes back.
    pub(super) fn set_bell(&self, bell: Option<Waker>) -> Option<Arc<Waker>> {
        std::mem::replace(&mut self.lock().bell, bell.map(Arc::new))
    }

    fn ring(&self) {
        // Foreign code: after the lock, and so is its clone.
        let bell = self.lock().bell.clone();
        if let Some(bell) = bell {
            bell.wake_by_ref();
        }
    }

    /// It takes no timers any more. Those that it has stay.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// No timer is due before this. Relaxed: who must not miss one has a full fence before.
    #[inline(always)]
    pub(super) fn next(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Finds the first timer anew, if the one that was is gone.
    pub(super) fn refresh(&self) {
        if self.stale.load(Ordering::Relaxed) {
            let mut locked = self.lock();
            self.note_next(locked.wheel.next());
        }
    }

    pub(super) fn exact_next(&self) -> u64 {
        self.lock().wheel.exact_next()
    }

    fn note_next(&self, next: u64) {
        self.next.store(next, Ordering::Relaxed);
        self.stale.store(false, Ordering::Relaxed);
    }

    /// Some of the wakers of those that are due at `now`, and whether there may be more.
    pub(super) fn take_due(&self, now: u64) -> ([Option<Waker>; WAKERS], bool) {
        let mut due = [const { None }; WAKERS];
        let mut count = 0;
        let mut locked = self.lock();
        let mut steps = 0..STEPS;
        let more = loop {
            if count == WAKERS || steps.next().is_none() {
                break true;
            }
            match locked.wheel.step(now) {
                Step::Fired(waker) => {
                    due[count] = waker;
                    count += 1;
                }
                Step::Sunk => {}
                Step::Done => break false,
            }
        };
        self.note_next(locked.wheel.next());
        drop(locked);
        (due, more)
    }

    /// Some of the wakers of any timers. All `None`: there are no timers left.
    pub(super) fn take_any(&self) -> [Option<Waker>; WAKERS] {
        let mut locked = self.lock();
        // One without a waker is none that anybody waits for.
        let any = std::array::from_fn(|_| {
            std::iter::from_fn(|| locked.wheel.pop()).find_map(|node| Node::let_go(node))
        });
        self.note_next(locked.wheel.next());
        drop(locked);
        any
    }
}

/// A timer. It is armed in a wheel, which calls its waker when its deadline has come, once; and lies where its future does.
///
/// Dropping it takes it out of its wheel at once, from any thread.
pub struct Entry {
    /// In which wheel it was armed last.
    wheel: Option<&'static Shared>,
    node: Node,
    _pinned: PhantomPinned,
}

// SAFETY: T1: what is shared is guarded by the wheel's lock.
unsafe impl Send for Entry {}
// SAFETY: T1: with a shared reference nobody touches more than an atomic.
unsafe impl Sync for Entry {}

impl Entry {
    /// Not armed.
    pub fn new() -> Entry {
        Entry { wheel: None, node: Node::new(), _pinned: PhantomPinned }
    }

    /// It has neither fired nor been cancelled.
    pub fn is_armed(&self) -> bool {
        self.node.is_linked()
    }

    fn this(self: Pin<&mut Self>) -> &mut Entry {
        // SAFETY: T2: nothing is moved out of it.
        unsafe { self.get_unchecked_mut() }
    }

    /// Arms it in another wheel, or anew. `now` is not after the deadlines that the wheel has. Answers whether a thread that
    /// waits for the first deadline of the wheel has to wait for a new one.
    pub(super) fn arm_in(
        mut self: Pin<&mut Self>,
        wheel: &'static Shared,
        tenancy: u32,
        deadline: u64,
        now: u64,
        waker: &Waker,
    ) -> Result<bool, Closed> {
        self.as_mut().cancel();
        let this = self.this();
        // Foreign code: before the lock.
        let old = this.node.set(deadline, Some(waker.clone()));
        let mut locked = wheel.lock();
        if locked.closed || locked.tenancy != tenancy {
            drop(locked);
            this.node.set(0, None);
            return Err(Closed);
        }
        locked.wheel.add(&this.node, now);
        let first = deadline < wheel.next();
        if first {
            wheel.note_next(deadline);
        }
        drop(locked);
        this.wheel = Some(wheel);
        drop(old);
        Ok(first)
    }

    /// Another deadline, in the same wheel, with the same waker. Answers as [`arm`](super::Timers::arm); `None`: it is not
    /// armed.
    pub fn move_to(self: Pin<&mut Self>, deadline: u64, now: u64) -> Option<bool> {
        let this = self.this();
        let wheel = this.wheel?;
        let mut locked = wheel.lock();
        if !this.node.is_linked() {
            return None;
        }
        locked.wheel.remove(&this.node);
        this.node.set_deadline(deadline);
        locked.wheel.add(&this.node, now);
        let first = deadline < wheel.next();
        if first {
            wheel.note_next(deadline);
        }
        Some(first)
    }

    /// Wakes who waits for the first timer of its wheel, on whatever thread.
    pub fn ring(&self) {
        if let Some(wheel) = self.wheel {
            wheel.ring();
        }
    }

    /// Another waker. `false`: it is not armed.
    pub fn update(self: Pin<&mut Self>, waker: &Waker) -> bool {
        let this = self.this();
        let Some(wheel) = this.wheel else { return false };
        let mut new = None;
        loop {
            let locked = wheel.lock();
            if !this.node.is_linked() {
                return false;
            }
            if this.node.will_wake(waker) {
                return true;
            }
            if let Some(new) = new.take() {
                let old = this.node.replace_waker(new);
                drop(locked);
                // Foreign code: after the lock.
                drop(old);
                return true;
            }
            drop(locked);
            new = Some(waker.clone());
        }
    }

    /// It will not fire.
    pub fn cancel(self: Pin<&mut Self>) {
        self.this().take_out();
    }

    fn take_out(&mut self) {
        let Some(wheel) = self.wheel.take() else { return };
        if !self.node.is_linked() {
            return;
        }
        let mut locked = wheel.lock();
        let waker = if self.node.is_linked() {
            // The time at which the first was due stays noted: whoever waits for it looks again then, and not for each that is
            // armed and cancelled until then.
            locked.wheel.remove(&self.node);
            if self.node.deadline() <= wheel.next() {
                wheel.stale.store(true, Ordering::Relaxed);
            }
            Node::let_go(&raw const self.node)
        } else {
            None
        };
        drop(locked);
        // Foreign code: after the lock.
        drop(waker);
    }
}

impl Default for Entry {
    fn default() -> Entry {
        Entry::new()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.take_out();
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("armed", &self.is_armed()).finish_non_exhaustive()
    }
}
