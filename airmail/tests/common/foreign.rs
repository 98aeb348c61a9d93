//! A waker that is none of airmail's, whose every operation can be watched or made to misbehave.

use super::lock;
use std::sync::{Arc, Mutex};
use std::task::{RawWaker, RawWakerVTable, Waker};

type Hook = Box<dyn FnMut() + Send>;

/// What happens in each operation of the wakers made from it.
#[derive(Clone, Default)]
pub(crate) struct Foreign(Arc<State>);

#[derive(Default)]
struct State {
    wake: Mutex<Option<Hook>>,
    clone: Mutex<Option<Hook>>,
    drop: Mutex<Option<Hook>>,
    counts: Mutex<Counts>,
}

/// How often each operation was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) wakes: usize,
    pub(crate) clones: usize,
    pub(crate) drops: usize,
}

/// Runs a hook without holding its lock, so that it can re-enter.
fn call(cell: &Mutex<Option<Hook>>) {
    let hook = lock(cell).take();
    if let Some(mut hook) = hook {
        hook();
        lock(cell).get_or_insert(hook);
    }
}

impl Foreign {
    pub(crate) fn new() -> Foreign {
        Foreign::default()
    }

    /// Calls `hook` in every wake.
    pub(crate) fn on_wake(self, hook: impl FnMut() + Send + 'static) -> Foreign {
        *lock(&self.0.wake) = Some(Box::new(hook));
        self
    }

    /// Calls `hook` in every clone.
    pub(crate) fn on_clone(self, hook: impl FnMut() + Send + 'static) -> Foreign {
        *lock(&self.0.clone) = Some(Box::new(hook));
        self
    }

    /// Calls `hook` in every drop.
    pub(crate) fn on_drop(self, hook: impl FnMut() + Send + 'static) -> Foreign {
        *lock(&self.0.drop) = Some(Box::new(hook));
        self
    }

    pub(crate) fn waker(&self) -> Waker {
        let data = Arc::into_raw(Arc::clone(&self.0)).cast();
        // SAFETY: the pointer owns one count of an `Arc<State>`, which is `Send` and `Sync`, as the table expects.
        unsafe { Waker::from_raw(RawWaker::new(data, &TABLE)) }
    }

    pub(crate) fn counts(&self) -> Counts {
        *lock(&self.0.counts)
    }

    /// How many wakers of it are alive.
    pub(crate) fn alive(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: `data` is of a living `Arc<State>`.
    let state = unsafe { &*data.cast::<State>() };
    lock(&state.counts).clones += 1;
    call(&state.clone);
    // SAFETY: as above. After the hook, so that a panic in it leaves the count as it was.
    unsafe { Arc::increment_strong_count(data.cast::<State>()) };
    RawWaker::new(data, &TABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the call uses the waker up, and its count with it, also if the hook panics.
    let state = unsafe { Arc::from_raw(data.cast::<State>()) };
    lock(&state.counts).wakes += 1;
    call(&state.wake);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: `data` is of a living `Arc<State>`.
    let state = unsafe { &*data.cast::<State>() };
    lock(&state.counts).wakes += 1;
    call(&state.wake);
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: the call ends the waker, and its count with it, also if the hook panics.
    let state = unsafe { Arc::from_raw(data.cast::<State>()) };
    lock(&state.counts).drops += 1;
    call(&state.drop);
}
