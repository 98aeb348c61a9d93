//! Keeps workers busy with something else.

use super::peer::Detach;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// While this lives, some workers are in a poll that does not return. It sleeps, so that it takes no processor time
/// from those who are watched; its runtime cannot know.
pub(super) struct Busy(Arc<State>);

#[derive(Default)]
struct State {
    /// How many workers are in it, and whether they may go.
    now: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Busy {
    /// Returns when they are.
    pub(super) fn keep(outside: &impl Detach, workers: usize) -> Busy {
        let state = Arc::new(State::default());
        for _ in 0..workers {
            let state = Arc::clone(&state);
            outside.detach(async move { state.stay() });
        }
        state.until(|(inside, _)| *inside == workers, |_| {});
        Busy(state)
    }
}

impl State {
    fn stay(&self) {
        self.until(|(_, ended)| *ended, |(inside, _)| *inside += 1);
    }

    /// Does something, and waits for something.
    fn until(&self, done: impl Fn(&(usize, bool)) -> bool, first: impl FnOnce(&mut (usize, bool))) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        first(&mut now);
        self.changed.notify_all();
        drop(self.changed.wait_while(now, |now| !done(now)).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.until(|_| true, |(_, ended)| *ended = true);
    }
}
