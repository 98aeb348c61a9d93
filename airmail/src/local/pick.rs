//! Which task is next.

use airmail_core::Runnable;
use std::collections::VecDeque;

/// Chooses among the tasks that are ready. The default is first in, first out.
///
/// An executor that explores schedules puts its choice here
/// ([`Builder::pick`](crate::runtime::Builder::pick)); the rest of the runtime stays what it is.
pub trait Pick: Send + 'static {
    /// The place in `ready`, which is not empty, of the task to poll next. A place behind the end means the
    /// last one.
    ///
    /// Called before each poll, when no task is being polled. It may take its time, which holds up this
    /// runtime's tasks only; it must not spawn onto the runtime or wake its tasks.
    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize;
}

/// First in, first out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fifo;

impl Pick for Fifo {
    fn pick(&mut self, _ready: &VecDeque<Runnable>) -> usize {
        0
    }
}
