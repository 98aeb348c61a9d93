//! The locks that airmail has in the same build: `std`'s, or those whose order ThreadSanitizer sees.

#[cfg(airmail_tsan)]
pub(crate) use airmail_core::tsan::{Mutex, MutexGuard};
#[cfg(not(airmail_tsan))]
pub(crate) use std::sync::{Mutex, MutexGuard};
