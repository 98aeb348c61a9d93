//! The tasks on airmail's single-threaded runtime.
//!
//! The runtime calls its [`Track`] in the middle of things, where calls must be quick, so [`Tracker`] only
//! notes the events. They are printed between two polls, where the runtime asks its [`Pick`] which task is
//! next: [`Between`] prints what came of the poll before (and, with `--step`, waits for Enter), and then picks
//! what the runtime would have picked. Holding the thread there holds up these tasks alone.

use super::display::Display;
use super::event::{self, Event, Happened};
use super::futures::Round;
use super::tasks::{POSTMAN, Task};
use airmail::runtime::{Answer, Builder, Fifo, LocalOptions, Pick, Queue, Track, WokenBy};
use airmail::task::{Id, JoinHandle, Meta, Outcome, Runnable};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Runs the tasks. Gives the display back.
pub(super) fn run(tasks: &[Task], display: Display) -> io::Result<Display> {
    let tracker = Tracker::default();
    let display = Arc::new(Mutex::new(display));
    let between = Between { tracker: tracker.clone(), display: Arc::clone(&display) };
    let runtime = Builder::new_current_thread()
        .track(tracker.clone())
        .pick(between)
        .build_local(LocalOptions::default())?;
    let results = runtime.block_on(async {
        let mut results = Vec::new();
        for (name, handle) in spawn(&tracker, tasks) {
            let id = handle.id().to_string();
            results.push(event::result(name, id, handle.await.map_err(|error| error.to_string())));
        }
        results
    });
    drop(runtime);
    let display = Arc::into_inner(display).expect("the runtime had the other one");
    let mut display = display.into_inner().unwrap_or_else(PoisonError::into_inner);
    display.tell(&tracker.take());
    display.tell(&results);
    Ok(display)
}

fn spawn<'a>(tracker: &Tracker, tasks: &'a [Task]) -> Vec<(&'a str, JoinHandle<u32>)> {
    let round = Round::default();
    let mut handles = Vec::new();
    for task in tasks {
        tracker.announce(&task.name);
        handles.push((&*task.name, airmail::spawn(round.countdown(task.polls))));
    }
    tracker.announce(POSTMAN);
    handles.push((POSTMAN, airmail::spawn(round.postman())));
    handles
}

/// Notes what the runtime tells.
#[derive(Clone, Default)]
struct Tracker(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    /// The name of the task that is spawned next.
    next: Option<String>,
    names: HashMap<Id, String>,
    events: Vec<Event>,
}

impl Tracker {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task to be spawned has this name.
    fn announce(&self, name: &str) {
        self.notes().next = Some(name.to_owned());
    }

    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.notes().events)
    }

    fn note(&self, meta: &Meta, happened: Happened) {
        let mut notes = self.notes();
        let task = notes.name(meta.id);
        notes.events.push(Event { task, id: meta.id.to_string(), happened });
    }
}

impl Notes {
    /// A task that was not announced is called by its number.
    fn name(&self, id: Id) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// The name of the latest task in a slot.
    fn name_in(&self, slot: u32) -> Option<String> {
        let of_slot = |id: &&Id| id.as_u64() >> 32 == u64::from(slot);
        self.names.keys().filter(of_slot).max().map(|id| self.name(*id))
    }
}

impl Track for Tracker {
    fn spawned(&self, task: &Meta) {
        let mut notes = self.notes();
        if let Some(name) = notes.next.take().or_else(|| task.name.map(str::to_owned)) {
            notes.names.insert(task.id, name);
        }
        drop(notes);
        self.note(task, Happened::Spawned);
    }

    fn queued(&self, task: &Meta, queue: Queue) {
        self.note(task, Happened::Queued { queue: queue.into() });
    }

    fn polled(&self, task: &Meta, worker: usize, answer: Answer) {
        self.note(task, Happened::Polled { worker, answer: answer.into() });
    }

    fn woken(&self, task: &Meta, by: WokenBy) {
        let by = match by {
            WokenBy::Outside => None,
            WokenBy::Task(slot) => self.notes().name_in(slot),
        };
        self.note(task, Happened::Woken { by });
    }

    fn finished(&self, task: &Meta, outcome: Outcome) {
        self.note(task, Happened::Finished { outcome: outcome.into() });
    }
}

/// First in, first out, and prints what happened since the last time.
struct Between {
    tracker: Tracker,
    display: Arc<Mutex<Display>>,
}

impl Pick for Between {
    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize {
        let mut display = self.display.lock().unwrap_or_else(PoisonError::into_inner);
        display.step(&self.tracker.take());
        if cfg!(debug_assertions)
            && let Some(told) = display.queue()
        {
            let notes = self.tracker.notes();
            let real: Vec<_> = ready.iter().map(|task| notes.name(task.id())).collect();
            assert_eq!(told, real, "the queue that was told, and the queue that is");
        }
        Fifo.pick(ready)
    }
}
