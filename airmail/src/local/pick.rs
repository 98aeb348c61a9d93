//! Which task is next.

use airmail_core::{ReadyQueue, Runnable};
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

/// A [`Pick`], and the tasks that it chooses from.
pub(crate) struct Picker {
    pick: Box<dyn Pick>,
    ready: VecDeque<Runnable>,
}

impl Picker {
    pub(crate) fn new(pick: Box<dyn Pick>) -> Picker {
        Picker { pick, ready: VecDeque::new() }
    }

    /// The chosen one, of all that were seen before and of what is in `queue`.
    pub(super) fn next(&mut self, queue: &ReadyQueue) -> Option<Runnable> {
        self.ready.extend(std::iter::from_fn(|| queue.pop()));
        if self.ready.is_empty() {
            return None;
        }
        let place = self.pick.pick(&self.ready).min(self.ready.len() - 1);
        self.ready.remove(place)
    }

    /// How many tasks were seen and not chosen yet.
    pub(super) fn waiting(&self) -> usize {
        self.ready.len()
    }

    /// Chooses no more: the tasks go back.
    pub(super) fn give_back(self, queue: &ReadyQueue) {
        self.ready.into_iter().for_each(|task| queue.push(task));
    }
}
