//! Tasks that want to hear of their runtime's end.

use crate::context;
use crate::runtime::{ShutdownNotice, TryCurrentError};

/// Tells this task when its runtime is to end, which then waits until the [`ShutdownNotice`] is dropped.
///
/// Of the runtime whose context this thread is in. [`ShutdownNotice`] has an example.
///
/// # Panics
/// If the thread is in no runtime.
#[track_caller]
pub fn shutdown_notice() -> ShutdownNotice {
    match context::runtime(|scheduler| ShutdownNotice::new(&scheduler.company().notices)) {
        Ok(notice) => notice,
        Err(missing) => panic!("`shutdown_notice`: {}", TryCurrentError::from(missing)),
    }
}
