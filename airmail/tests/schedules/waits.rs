//! Measures how many polls of others a ready task waits for.

use airmail::inspect::{Answer, Queue, Track};
use airmail::task::{Id, Meta};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A tracker that measures. Its clones are one.
#[derive(Clone, Default)]
pub(crate) struct Waits(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    polls: usize,
    /// Who is ready or being polled: since which poll, and how many others were then.
    ready: HashMap<Id, (usize, usize)>,
    most_ready: usize,
    /// The longest wait, in polls.
    longest: usize,
    /// How many polls more than one for each task that was ready before; 0 is what first in, first out promises.
    worst: usize,
}

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) polls: usize,
    pub(crate) most_ready: usize,
    pub(crate) longest: usize,
    pub(crate) worst: usize,
}

impl Waits {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn measured(&self) -> Measured {
        let State { polls, most_ready, longest, worst, .. } = *self.state();
        Measured { polls, most_ready, longest, worst }
    }
}

impl Track for Waits {
    fn queued(&self, task: &Meta, _: Queue) {
        let mut state = self.state();
        let (since, ahead) = (state.polls, state.ready.len());
        state.ready.insert(task.id, (since, ahead));
        state.most_ready = state.most_ready.max(ahead + 1);
    }

    fn polled(&self, task: &Meta, _: usize, _: Answer) {
        let mut state = self.state();
        let (since, ahead) = state.ready.remove(&task.id).expect("it was queued");
        // One that is being polled as this one gets ready is among those ahead, and its poll among the polls.
        let waited = state.polls - since;
        state.longest = state.longest.max(waited);
        state.worst = state.worst.max(waited.saturating_sub(ahead));
        state.polls += 1;
    }
}
