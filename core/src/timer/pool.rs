//! Wheels live for ever: those that no runtime has wait here for the next.

use super::entry::Shared;
use crate::sync::process::{Mutex, MutexGuard};

static FREE: Mutex<Vec<&'static Shared>> = Mutex::new(Vec::new());

fn free() -> MutexGuard<'static, Vec<&'static Shared>> {
    FREE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// An empty wheel.
pub(super) fn take() -> &'static Shared {
    let wheel = free().pop();
    wheel.unwrap_or_else(|| Box::leak(Box::new(Shared::new())))
}

/// The wheel is empty, and its runtime is gone.
pub(super) fn give(wheel: &'static Shared) {
    free().push(wheel);
}
