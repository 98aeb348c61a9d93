//! The future of a `block_on`: it stays on its caller's stack, but its waker is a task reference like any
//! other, so that joins and channels treat it alike.

use super::current;
use super::exec::{Options, Spawn};
use super::report::Hook;
use super::runnable::Runnable;
use super::schedule::ROOTS;
use super::slot::{Slot, TaskRef};
use super::waker;
use super::word::{Idle, Outcome, Wake};
use crate::pool;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU32, Ordering};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
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
pub struct Root {
    slot: Slot,
    bell: Arc<Bell>,
    hook: Option<Arc<Hook>>,
    /// Known from the start: once the phase says `GONE`, the slot may go to another root at any time.
    generation: u32,
    /// This thread owns the root: it is being polled, or it is done.
    owned: bool,
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
        let slot = shared.gate().stock.take(shared, size_of::<*const Bell>());
        let bell = Arc::new(Bell { phase: AtomicU32::new(DUE), thread: current::thread(), unpark });
        let header = slot.header();
        let own = Arc::into_raw(Arc::clone(&bell));
        // SAFETY: A4, the slot is free, ours, and has room for a pointer.
        header.body.with_mut(|_| unsafe { slot.inline_body::<*const Bell>().write(own) });
        header.describe(&super::cell::NO_BODY, spawn.site(), ROOTS, current::tick(), current::task_index());
        let generation = header.state.spawn(options.count_wakers).generation();
        Root { slot, bell, hook: options.hook.clone(), generation, owned: false, not_send: PhantomData }
    }

    /// `true` if the root was woken since its last poll. `Acquire` pairs with `deliver`.
    #[inline(always)]
    pub fn is_due(&self) -> bool {
        self.bell.phase.load(Ordering::Acquire) == DUE
    }

    /// Polls the future, if it is due. A panic goes on to the caller.
    pub fn poll<F: Future>(&mut self, future: Pin<&mut F>) -> Poll<F::Output> {
        if !self.is_due() {
            return Poll::Pending;
        }
        // Nobody else writes the phase while the root is ours.
        self.bell.phase.store(AWAY, Ordering::Relaxed);
        self.owned = true;
        let header = self.slot.header();
        let Some(word) = header.state.start() else { unreachable!("nobody has a handle to abort a root") };
        header.note_poll(current::tick());
        let task = TaskRef::new(self.slot, word.generation());
        let waker = waker::for_poll(task, word.is_counted());
        let polling = current::polling(task);
        let poll = future.poll(&mut Context::from_waker(&waker));
        if poll.is_pending() {
            let yielded = polling.yielded();
            drop(polling);
            match if yielded { Idle::Requeue } else { header.state.idle(word) } {
                Idle::Parked => {
                    self.owned = false;
                    if word.is_counted() {
                        waker::report_if_orphan(self.slot, |_| self.hook.clone());
                    }
                }
                Idle::Requeue => {
                    self.owned = false;
                    self.bell.phase.store(DUE, Ordering::Relaxed);
                }
                Idle::Cancel => unreachable!("nobody has a handle to abort a root"),
            }
        }
        poll
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        // AcqRel: pairs with `deliver`, which comes before or after this.
        let ours = self.owned || self.bell.phase.swap(GONE, Ordering::AcqRel) == DUE || {
            // Waiting, or a wake-up is on its way; in that case its deliverer finds `GONE`.
            self.slot.header().state.abort(self.generation) == Wake::Submit
        };
        if ours {
            release(self.slot);
        }
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
    drop(unsafe { Arc::from_raw(bell_of(slot)) });
    slot.header().state.finish(Outcome::Cancelled);
    // SAFETY: R3, a root has no handle, and its owner is its last user.
    unsafe { super::join::free(slot) };
}

/// A root was woken: tell its thread.
#[inline]
pub(super) fn deliver(task: Runnable) {
    let slot = task.slot();
    std::mem::forget(task);
    let bell = bell_of(slot);
    // After the swap the root's thread may give the slot back, and its reference with it.
    // SAFETY: S2, the slot has one reference, and the slot is ours until the swap.
    unsafe { Arc::increment_strong_count(bell) };
    // SAFETY: S2, this is the reference just taken.
    let bell = unsafe { Arc::from_raw(bell) };
    if bell.phase.swap(DUE, Ordering::AcqRel) == GONE {
        release(slot);
    } else if bell.thread != current::thread() {
        bell.unpark.wake_by_ref();
    }
}
