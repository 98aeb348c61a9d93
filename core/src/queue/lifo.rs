//! A place for one task: what a worker woke last, to be run next.
//!
//! The owner fills it when it is empty, with a plain store; everybody, the owner too, takes the task out by an exchange
//! from what was seen to nothing. While it is empty only the owner writes it, so the store needs no exchange. A task that
//! comes back to the place between a look and its exchange (ABA) is in the queue again, and may be taken all the same.

use crate::sync::Arc;
use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::task::{Header, Runnable, Slot};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ptr::{NonNull, null_mut};

/// The owner's side of the place.
pub struct Lifo {
    shared: Arc<AtomicPtr<Header>>,
    /// One thread at a time.
    not_sync: PhantomData<Cell<()>>,
}

/// The others' side of the place.
#[derive(Clone)]
pub struct LifoThief(Arc<AtomicPtr<Header>>);

/// Takes the task out. `AcqRel`: `Acquire` pairs with [`Lifo::put`], for the task.
#[inline(always)]
fn take(place: &AtomicPtr<Header>, seen: *mut Header) -> Option<Runnable> {
    let seen = NonNull::new(seen)?;
    place.compare_exchange(seen.as_ptr(), null_mut(), Ordering::AcqRel, Ordering::Relaxed).ok()?;
    // SAFETY: A2 and R1, `put` gave this task up, and the exchange takes it once.
    Some(unsafe { Runnable::from_slot(Slot::new(seen)) })
}

impl Lifo {
    /// An empty place, and who may steal from it.
    #[must_use]
    pub fn new() -> (Lifo, LifoThief) {
        let shared = Arc::new(AtomicPtr::new(null_mut()));
        let thief = LifoThief(Arc::clone(&shared));
        (Lifo { shared, not_sync: PhantomData }, thief)
    }

    /// Puts a task in, without a read-modify-write. `Release` pairs with `take`.
    ///
    /// # Errors
    /// The task comes back if there is one.
    #[inline(always)]
    pub fn put(&self, task: Runnable) -> Result<(), Runnable> {
        // Only this thread fills the place: if it is empty, it stays so.
        if !self.is_empty() {
            return Err(task);
        }
        self.shared.store(task.into_slot().as_ptr(), Ordering::Release);
        Ok(())
    }

    /// Takes the task out, if there is one: one exchange then, none otherwise.
    #[inline(always)]
    pub fn take(&self) -> Option<Runnable> {
        take(&self.shared, self.shared.load(Ordering::Relaxed))
    }

    /// `true` if there is no task. Others may take it at any moment.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.shared.load(Ordering::Relaxed).is_null()
    }
}

impl LifoThief {
    /// Takes the task out, if there is one.
    pub fn steal(&self) -> Option<Runnable> {
        take(&self.0, self.0.load(Ordering::Relaxed))
    }

    /// `true` if there was no task a moment ago.
    pub fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed).is_null()
    }
}

impl Drop for Lifo {
    /// A task that nobody took is cancelled, where it may be.
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl fmt::Debug for Lifo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifo").field("empty", &self.is_empty()).finish_non_exhaustive()
    }
}

impl fmt::Debug for LifoThief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LifoThief").field("empty", &self.is_empty()).finish_non_exhaustive()
    }
}
