//! Wakers that an executor puts between a task and whoever wakes it.

use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What is behind a waker from [`relay`]. As [`Wake`](std::task::Wake), and hears of clones too: whoever keeps a waker
/// clones it, so a relay can note who waits for what.
pub trait Relay: Send + Sync + 'static {
    /// One of the wakers was used.
    fn wake(self: &Arc<Self>);

    /// One of the wakers was cloned, here and now. Must not panic.
    fn cloned(self: &Arc<Self>) {}
}

/// A waker that calls `relay`.
///
/// ```
/// use airmail_core::{Relay, relay};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// #[derive(Default)]
/// struct Bell(AtomicU32);
///
/// impl Relay for Bell {
///     fn wake(self: &Arc<Self>) {
///         self.0.fetch_add(1, Relaxed);
///     }
/// }
///
/// let bell = Arc::new(Bell::default());
/// relay(Arc::clone(&bell)).wake();
/// assert_eq!(bell.0.load(Relaxed), 1);
/// ```
pub fn relay<R: Relay>(relay: Arc<R>) -> Waker {
    // SAFETY: R5, the vtable of this `R` goes with an `Arc<R>`; `R` is `Send + Sync`.
    unsafe { Waker::from_raw(raw(relay)) }
}

fn raw<R: Relay>(relay: Arc<R>) -> RawWaker {
    RawWaker::new(Arc::into_raw(relay).cast(), &Vtable::<R>::WAKER)
}

struct Vtable<R>(R);

impl<R: Relay> Vtable<R> {
    const WAKER: RawWakerVTable = RawWakerVTable::new(Self::clone, Self::wake, Self::wake_by_ref, Self::drop);

    unsafe fn clone(data: *const ()) -> RawWaker {
        // SAFETY: R5.
        unsafe { Arc::increment_strong_count(data.cast::<R>()) };
        // SAFETY: R5, the reference that was just added.
        let relay = unsafe { Arc::from_raw(data.cast::<R>()) };
        relay.cloned();
        raw(relay)
    }

    unsafe fn wake(data: *const ()) {
        // SAFETY: R5, the waker gives its reference up.
        unsafe { Arc::from_raw(data.cast::<R>()) }.wake();
    }

    unsafe fn wake_by_ref(data: *const ()) {
        // SAFETY: R5, the waker keeps its reference.
        let relay = std::mem::ManuallyDrop::new(unsafe { Arc::from_raw(data.cast::<R>()) });
        Relay::wake(&relay);
    }

    unsafe fn drop(data: *const ()) {
        // SAFETY: R5, the waker gives its reference up.
        drop(unsafe { Arc::from_raw(data.cast::<R>()) });
    }
}
