//! The wakers that tasks are given where their own would be too well-behaved.

use super::state::{Posted, Shared, Wait, number};
use super::trace::Event;
use airmail_core::Relay;
use std::sync::Arc;
use std::task::Waker;

/// Stands between a task and who wakes it.
#[derive(Debug)]
pub(crate) struct Relayed {
    shared: Arc<Shared>,
    task: u32,
    /// The poll that it was made for.
    poll: u32,
    own: Waker,
}

/// The waker for the poll of `task` that begins now.
pub(super) fn waker(shared: &Arc<Shared>, task: u32, own: &Waker) -> Waker {
    let mut state = shared.state();
    // Without fresh wakers a task has one relay, so that `will_wake` says what it would say without; but whoever keeps
    // one is to be seen.
    let fresh = shared.rules.faults.fresh || state.is_diagnosed();
    let known = state.task(task);
    known.waits.clear();
    let kept = if fresh { None } else { known.relay.upgrade() };
    let relay = kept.unwrap_or_else(|| {
        let poll = known.polls;
        let relay = Arc::new(Relayed { shared: Arc::clone(shared), task, poll, own: own.clone() });
        known.relay = Arc::downgrade(&relay);
        relay
    });
    drop(state);
    airmail_core::relay(relay)
}

impl Relay for Relayed {
    fn wake(self: &Arc<Self>) {
        let faults = self.shared.rules.faults;
        if self.shared.is_here() {
            let mut state = self.shared.state();
            if faults.fresh && state.task(self.task).polls != self.poll {
                state.trace.push(Event::Stale { task: self.task });
                return;
            }
            if faults.late > 0 || faults.reorder {
                state.posted.push(Posted { waker: self.own.clone(), by: current() });
                return;
            }
        }
        self.own.wake_by_ref();
    }

    fn cloned(self: &Arc<Self>) {
        let mut state = self.shared.state();
        let polls = state.polls;
        // In that poll: what others keep of it later is no news.
        if !state.is_diagnosed() || state.task(self.task).last_poll != polls {
            return;
        }
        drop(state);
        let joins = airmail_core::joined_meta();
        let wait = Wait { joins, frames: super::frames::here() };
        self.shared.state().task(self.task).waits.push(wait);
    }
}

/// The number of the task that is being polled.
pub(super) fn current() -> u32 {
    airmail_core::current_id().map_or(0, number)
}
