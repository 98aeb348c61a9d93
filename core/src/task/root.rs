//! The future of a `block_on`: it stays on its caller's stack, but its waker is a task reference like any
//! other, so that joins and channels treat it alike.

use super::current::{self, OuterRoot};
use super::exec::{Options, Spawn};
use super::meta::Meta;
use super::report::{self, Hook, Report, Trouble};
use super::runnable::Runnable;
use super::schedule::ROOTS;
use super::slot::{Slot, TaskRef};
use super::waker;
use super::word::{Idle, Outcome, Wake};
use crate::pool::{self, Size};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::process::{LazyLock, Mutex, MutexGuard};
use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

/// Nobody delivered the wake-up yet.
const AWAY: u32 = 0;
/// The root was woken; its thread owns it.
const DUE: u32 = 1;
/// The `block_on` ended while a wake-up was on its way: whoever delivers it gives the slot back.
const GONE: u32 = 2;

/// What the slot of a root points to, and owns a reference of.
struct Bell {
    phase: AtomicU32,
    thread: u64,
    unpark: Waker,
}

/// The right to poll the future of one `block_on` when it is due.
///
/// Only its own thread polls it, so a wake-up on that thread need not own it first: it is a note of that thread's,
/// without an atomic operation. Wake-ups from elsewhere own the root and are delivered, as any task's are.
///
/// Roots of a thread are dropped in the opposite order of their making, as calls of `block_on` end. A root that is
/// leaked may keep the one around it from hearing of a wake-up.
pub struct Root {
    slot: Slot,
    bell: Arc<Bell>,
    /// Known from the start: once the phase says `GONE`, the slot may go to another root at any time.
    task: TaskRef,
    generation: u32,
    counted: bool,
    /// This thread owns the root: a wake-up was delivered, or nobody has had a waker yet.
    owned: bool,
    /// To be polled again, without a wake-up from elsewhere.
    again: bool,
    outer: OuterRoot,
    not_send: PhantomData<*const ()>,
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root").field("due", &self.is_due()).finish_non_exhaustive()
    }
}

impl Root {
    /// A root for this thread, due at once. A wake-up from another thread wakes `unpark` too.
    pub fn new(unpark: Waker, options: &Options, spawn: Spawn) -> Root {
        let shared = pool::shared(ROOTS);
        let slot = shared.gate().stock.take(shared, Size::of_bytes(size_of::<*const Bell>()));
        let bell = Arc::new(Bell { phase: AtomicU32::new(AWAY), thread: current::thread(), unpark });
        let header = slot.header();
        let own = Arc::into_raw(Arc::clone(&bell));
        // SAFETY: A4, the slot is free, ours, and has room for a pointer.
        header.body.with_mut(|_| unsafe { slot.inline_body::<*const Bell>().write(own) });
        header.describe(&super::cell::NO_BODY, spawn.site(), ROOTS, current::tick(), current::task_index());
        let counted = options.count_wakers;
        let generation = header.state.spawn(counted).generation();
        let task = TaskRef::new(slot, generation);
        let outer = current::enter_root(Self::noted(task, counted));
        if let (true, Some(hook)) = (counted, &options.hook) {
            hooks().insert(header.index(), Arc::clone(hook));
        }
        Root { slot, bell, task, generation, counted, owned: true, again: true, outer, not_send: PhantomData }
    }

    /// The root as it is known to its thread. One with counted wakers is not: who owns it tells whether it waits
    /// or is being polled.
    fn noted(task: TaskRef, counted: bool) -> Option<TaskRef> {
        (!counted).then_some(task)
    }

    /// `true` if the root was woken since its last poll. `Acquire` pairs with `deliver`.
    #[inline(always)]
    pub fn is_due(&self) -> bool {
        self.again || current::is_root_due(self.task) || self.bell.phase.load(Ordering::Acquire) == DUE
    }

    /// Polls the future, if it is due. A panic goes on to the caller.
    #[inline]
    pub fn poll<F: Future>(&mut self, future: Pin<&mut F>) -> Poll<F::Output> {
        if !self.begin() {
            return Poll::Pending;
        }
        let waker = waker::for_poll(self.task, self.counted);
        let polling = current::polling(self.task);
        // Whoever goes on after a panic of the future polls it again.
        self.again = true;
        let poll = future.poll(&mut Context::from_waker(&waker));
        self.again = poll.is_pending() && polling.yielded();
        drop(polling);
        if poll.is_pending() && self.owned && !self.again {
            self.park();
        }
        poll
    }

    /// Answers the wake-ups so far; `false` if there were none.
    fn begin(&mut self) -> bool {
        let noted = current::answer_root(self.task) | std::mem::take(&mut self.again);
        if self.bell.phase.load(Ordering::Acquire) == DUE {
            // Nobody else writes the phase while the root is ours.
            self.bell.phase.store(AWAY, Ordering::Relaxed);
            self.owned = true;
        } else if !noted {
            return false;
        }
        let header = self.slot.header();
        if self.owned {
            let word = header.state.start();
            assert!(word.is_some(), "nobody has a handle to abort a root");
        }
        header.note_poll(current::tick());
        true
    }

    /// Gives the ownership up, unless the root was woken meanwhile.
    fn park(&mut self) {
        let header = self.slot.header();
        match header.state.idle(header.state.peek()) {
            Idle::Parked => {
                self.owned = false;
                if self.counted {
                    waker::report_if_orphan(self.slot, hook_of);
                }
            }
            Idle::Requeue => self.again = true,
            Idle::Cancel => unreachable!("nobody has a handle to abort a root"),
        }
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        current::leave_root(Self::noted(self.task, self.counted), &self.outer);
        let hook = if self.counted { hooks().remove(&self.slot.header().index()) } else { None };
        // AcqRel: pairs with `deliver`, which comes before or after this.
        let ours = self.owned || self.bell.phase.swap(GONE, Ordering::AcqRel) == DUE || {
            // Waiting, or a wake-up is on its way; in that case its deliverer finds `GONE`.
            self.slot.header().state.abort(self.generation) == Wake::Submit
        };
        if ours {
            release(self.slot);
        }
        // A closure of somebody else's: after the lock.
        report::drop_caught(hook);
    }
}

/// The bell that a root's slot points to. The caller owns the root.
#[inline]
fn bell_of(slot: Slot) -> *const Bell {
    // SAFETY: R1, the slot owns a reference for as long as it is a root.
    slot.header().body.with_mut(|_| unsafe { slot.inline_body::<*const Bell>().read() })
}

/// Gives the slot of a root back. The caller owns it.
fn release(slot: Slot) {
    // SAFETY: S2, the slot's own reference, given up once.
    let bell = unsafe { Arc::from_raw(bell_of(slot)) };
    slot.header().state.finish(Outcome::Cancelled);
    // SAFETY: R3, a root has no handle, and its owner is its last user.
    unsafe { super::join::free(slot) };
    report::drop_caught(bell);
}

/// A root was woken: tell its thread.
#[inline]
pub(super) fn deliver(task: Runnable) {
    let slot = task.slot();
    std::mem::forget(task);
    let (bell, id, site) = (bell_of(slot), slot.header().id(), slot.header().site());
    // After the swap the root's thread may give the slot back, and its reference with it.
    // SAFETY: S2, the slot has one reference, and the slot is ours until the swap.
    unsafe { Arc::increment_strong_count(bell) };
    // SAFETY: S2, this is the reference just taken.
    let bell = unsafe { Arc::from_raw(bell) };
    if bell.phase.swap(DUE, Ordering::AcqRel) == GONE {
        release(slot);
    } else if bell.thread != current::thread() {
        // Foreign code: its panic is not the waker's.
        if let Some(payload) = report::caught(|| bell.unpark.wake_by_ref()) {
            Report::new(Trouble::Unpark, Meta::new(id, site)).panic(None, payload);
        }
    }
    report::drop_caught(bell);
}

/// The hooks of roots whose wakers are counted, by slot. Whoever finds an orphan does not own the root, so the
/// hook is not to be found in its slot.
fn hooks() -> MutexGuard<'static, HashMap<u32, Arc<Hook>>> {
    static HOOKS: LazyLock<Mutex<HashMap<u32, Arc<Hook>>>> = LazyLock::new(Mutex::default);
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn hook_of(slot: Slot) -> Option<Arc<Hook>> {
    hooks().get(&slot.header().index()).cloned()
}
