//! What an idle moment means in a simulation.

use super::report;
use super::state::{Held, Shared, Stop, Until};
use crate::context;
use crate::driver::{Driver, ThreadDriver};
use crate::scheduler::Scheduler;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// How long a simulation waits for other threads, if it may.
const PATIENCE: Duration = Duration::from_secs(10);

/// An idle moment: late wakes come, then time jumps, then nothing is left.
pub(super) struct Idle {
    shared: Arc<Shared>,
    /// For other threads, where they are allowed, and for those that are about to queue something at the end.
    threads: ThreadDriver,
}

impl Idle {
    pub(super) fn new(shared: Arc<Shared>) -> Idle {
        Idle { shared, threads: ThreadDriver::new() }
    }

    /// `true` if there was something to do before time may go on.
    fn go_on(&self) -> bool {
        let mut state = self.shared.state();
        state.was_idle = true;
        let all = state.watch.draining;
        let waits = |held: &mut Held| all || matches!(held.until, Until::Polls(_));
        let held: Vec<_> = state.held.extract_if(.., waits).map(|held| held.wake).collect();
        let posted = std::mem::take(&mut state.posted);
        if !posted.is_empty() || !held.is_empty() {
            drop(state);
            posted.into_iter().chain(held).for_each(|wake| self.shared.deliver(wake));
            return true;
        }
        if !state.watch.draining {
            return false;
        }
        state.watch.quiet = true;
        let waker = state.watch.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Nothing is ready and no timer is set.
    fn stuck(&self) {
        self.shared.stop(Stop::Deadlock);
        // Whoever watches has been woken.
        assert!(self.shared.is_watched(), "{}", report::deadlock_of_current(&self.shared));
    }
}

impl Driver for Idle {
    fn waker(&self) -> Waker {
        self.threads.waker()
    }

    /// Called before time jumps to a deadline.
    fn look(&mut self) {
        self.go_on();
    }

    /// Called if there is no deadline.
    fn park(&mut self, _until: Option<Instant>) {
        let closed = context::runtime(Scheduler::is_closed).unwrap_or(true);
        if closed {
            // The runtime ends, and another thread is about to give a task back.
            self.threads.park(None);
            return;
        }
        if self.go_on() {
            return;
        }
        if self.shared.rules.threads {
            let until = Instant::now() + PATIENCE;
            self.threads.park(Some(until));
            if Instant::now() >= until {
                self.stuck();
            }
        } else {
            self.stuck();
        }
    }
}
