//! Wheels of one execution: one that was given back is the next that is taken.

use super::entry::Shared;
use std::sync::{Mutex, PoisonError};

loom::lazy_static! {
    static ref FREE: Mutex<Vec<&'static Shared>> = Mutex::default();
}

pub(super) fn take() -> &'static Shared {
    let wheel = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    wheel.unwrap_or_else(|| crate::pool::leak(Shared::new()))
}

pub(super) fn give(wheel: &'static Shared) {
    FREE.lock().unwrap_or_else(PoisonError::into_inner).push(wheel);
}
