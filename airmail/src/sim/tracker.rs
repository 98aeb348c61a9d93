//! Notes what happens in a simulation.

use super::relay;
use super::state::{Shared, Stop, number};
use super::trace::Event;
use crate::inspect::{Answer, Queue, Track, WokenBy};
use airmail_core::{Meta, Outcome};
use std::sync::Arc;

/// Hears of every step, and tells whoever else wants to.
pub(super) struct Tracker {
    pub(super) shared: Arc<Shared>,
    pub(super) other: Option<Arc<dyn Track>>,
}

impl Track for Tracker {
    fn spawned(&self, task: &Meta) {
        self.shared.state().spawned(task, relay::current());
        if let Some(other) = &self.other {
            other.spawned(task);
        }
    }

    fn queued(&self, task: &Meta, queue: Queue) {
        if queue == Queue::Inbox && !self.shared.is_here() {
            self.foreign(task);
        }
        if let Some(other) = &self.other {
            other.queued(task, queue);
        }
    }

    fn polled(&self, task: &Meta, worker: usize, answer: Answer) {
        let mut state = self.shared.state();
        state.trace.push(Event::Polled { task: number(task.id), answer });
        state.task(number(task.id)).waiting = answer == Answer::Pending;
        drop(state);
        if let Some(other) = &self.other {
            other.polled(task, worker, answer);
        }
    }

    fn woken(&self, task: &Meta, by: WokenBy) {
        let waker = match by {
            WokenBy::Task(by) => number(by.id),
            // Perhaps a task used it before, and it was on its way since then.
            WokenBy::Outside => self.shared.state().waker,
        };
        let mut state = self.shared.state();
        if state.was_idle {
            // Never held together elsewhere in the other order.
            drop(state);
            let (now, start) = (self.shared.now(), self.shared.start());
            state = self.shared.state();
            state.time_is(now, start);
        }
        state.trace.push(Event::Woken { task: number(task.id), by: waker });
        state.task(number(task.id)).waiting = false;
        drop(state);
        if let Some(other) = &self.other {
            other.woken(task, by);
        }
    }

    fn finished(&self, task: &Meta, outcome: Outcome) {
        let mut state = self.shared.state();
        state.trace.push(Event::Ended { task: number(task.id), outcome });
        let known = state.task(number(task.id));
        (known.waiting, known.ended) = (false, true);
        drop(state);
        if let Some(other) = &self.other {
            other.finished(task, outcome);
        }
    }
}

impl Tracker {
    /// Another thread queued a task. Which moment that was, no seed says.
    #[cold]
    fn foreign(&self, task: &Meta) {
        let thread = std::thread::current();
        let name = thread.name().map_or_else(|| "without a name".to_owned(), |name| format!("{name:?}"));
        self.shared.state().suspect(|| format!("another thread ({name}) woke or spawned {task}"));
        if self.shared.rules.threads {
            return;
        }
        if !self.shared.is_watched() {
            eprintln!(
                "airmail: in a simulation, another thread ({name}) woke or spawned {task}: no seed repeats that"
            );
        }
        self.shared.stop(Stop::Foreign);
    }
}
