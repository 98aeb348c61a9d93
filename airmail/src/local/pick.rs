//! Which task is next.

use airmail_core::{ReadyQueue, Runnable};
use std::collections::VecDeque;
use std::task::Waker;

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

    /// Called before the ready tasks are looked at, also if there may be none: the place for one who explores what may
    /// happen to wake or to abort tasks. By default nothing.
    fn prepare(&mut self) {}

    /// The waker that the poll of the picked task gets; `None`, the default: the task's own, which is `own`. Another
    /// one has to wake `own`, sooner or later.
    fn waker(&mut self, own: &Waker) -> Option<Waker> {
        let _ = own;
        None
    }
}

impl Pick for Box<dyn Pick> {
    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize {
        (**self).pick(ready)
    }

    fn prepare(&mut self) {
        (**self).prepare();
    }

    fn waker(&mut self, own: &Waker) -> Option<Waker> {
        (**self).waker(own)
    }
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

    /// As [`Pick::prepare`].
    pub(super) fn prepare(&mut self) {
        self.pick.prepare();
    }

    /// As [`Pick::waker`].
    pub(super) fn waker(&mut self, own: &Waker) -> Option<Waker> {
        self.pick.waker(own)
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
