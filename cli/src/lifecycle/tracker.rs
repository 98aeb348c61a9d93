//! Notes what a runtime of airmail tells.

use super::event::{self, Event, Happened};
use airmail::runtime::{Answer, Queue, Track, WokenBy};
use airmail::task::{self, Id, Meta, Outcome};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// What was told since it was taken the last time. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Tracker(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    /// Each with the thread on which it was told.
    events: Vec<(ThreadId, Event)>,
    names: HashMap<Id, String>,
    /// Which worker a thread is, as far as that was told.
    workers: HashMap<ThreadId, usize>,
}

impl Tracker {
    /// Of a runtime whose one worker is this thread.
    pub(super) fn of_one_thread() -> Tracker {
        let workers = HashMap::from([(thread::current().id(), 0)]);
        Tracker(Arc::new(Mutex::new(Notes { workers, ..Notes::default() })))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker's queue is called by its number, which is known once a poll of that worker was told.
    pub(super) fn take(&self) -> Vec<Event> {
        let mut notes = self.notes();
        let events = std::mem::take(&mut notes.events);
        let named = |(thread, mut event): (ThreadId, Event)| {
            if let Happened::Queued { queue: event::Queue::Local, worker } = &mut event.happened {
                *worker = notes.workers.get(&thread).copied();
            }
            event
        };
        events.into_iter().map(named).collect()
    }

    pub(super) fn note(&self, meta: &Meta, happened: Happened) {
        let mut notes = self.notes();
        let thread = thread::current().id();
        if let Happened::Polled { worker, .. } | Happened::Stolen { to: worker, .. } = happened {
            notes.workers.insert(thread, worker);
        }
        let (task, id) = (name(meta), meta.id.to_string());
        notes.events.push((thread, Event { task, id, happened }));
    }
}

/// A task without a name is called by its number.
pub(super) fn name(task: &Meta) -> String {
    task.name.map_or_else(|| task.id.to_string(), str::to_owned)
}

impl Track for Tracker {
    fn spawned(&self, task: &Meta) {
        let mut notes = self.notes();
        let by = task::try_id().and_then(|id| notes.names.get(&id).cloned());
        notes.names.insert(task.id, name(task));
        drop(notes);
        self.note(task, Happened::Spawned { by });
    }

    fn queued(&self, task: &Meta, queue: Queue) {
        self.note(task, Happened::Queued { queue: queue.into(), worker: None });
    }

    fn polled(&self, task: &Meta, worker: usize, answer: Answer) {
        self.note(task, Happened::Polled { worker, answer: answer.into() });
    }

    fn woken(&self, task: &Meta, by: WokenBy) {
        let by = match by {
            WokenBy::Outside => None,
            WokenBy::Task(task) => Some(name(&task)),
        };
        self.note(task, Happened::Woken { by });
    }

    fn stolen(&self, task: &Meta, from: usize, to: usize) {
        self.note(task, Happened::Stolen { from, to });
    }

    fn finished(&self, task: &Meta, outcome: Outcome) {
        self.note(task, Happened::Finished { outcome: outcome.into() });
    }
}
