//! What happened in a run, step by step, and in one number.

use super::engine::LATEST;
use crate::inspect::Answer;
use airmail_core::Outcome;
use std::fmt;
use std::time::Duration;

/// One step. Tasks are sequence numbers; 0 is nobody in particular. `at` is the number of the decision, and a
/// task is picked though `place` others were ready before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Spawned { task: u32, by: u32, site: u64 },
    Polled { task: u32, answer: Answer },
    Woken { task: u32, by: u32 },
    Ended { task: u32, outcome: Outcome },
    Jumped { nanos: u64 },
    Spurious { task: u32, at: u32 },
    Aborted { task: u32, at: u32 },
    Late { polls: u32, at: u32 },
    LateTime { millis: u32, at: u32 },
    Stale { task: u32 },
    Picked { task: u32, at: u32, place: u32 },
}

impl Event {
    /// The same numbers for the same event in every process.
    fn words(self) -> [u64; 2] {
        let tasks = |kind: u64, task: u32, other: u64| [kind << 56 | u64::from(task), other];
        match self {
            Event::Spawned { task, by, site } => tasks(1, task, site ^ u64::from(by)),
            Event::Polled { task, answer } => tasks(2, task, answer as u64),
            Event::Woken { task, by } => tasks(3, task, u64::from(by)),
            Event::Ended { task, outcome } => tasks(4, task, outcome as u64),
            Event::Jumped { nanos } => tasks(5, 0, nanos),
            Event::Spurious { task, at } => tasks(6, task, at.into()),
            Event::Aborted { task, at } => tasks(7, task, at.into()),
            Event::Late { polls, at } => tasks(8, polls, at.into()),
            Event::Stale { task } => tasks(9, task, 0),
            Event::LateTime { millis, at } => tasks(10, millis, at.into()),
            Event::Picked { task, at, place } => tasks(11, task, u64::from(at) << 32 | u64::from(place)),
        }
    }
}

/// An event, with the names of the tasks by number.
pub(super) struct Told<'a>(pub(super) Event, pub(super) &'a [Option<&'static str>]);

impl Told<'_> {
    fn task(&self, task: u32) -> String {
        match self.1.get((task as usize).wrapping_sub(1)) {
            Some(Some(name)) => format!("task {task} {name:?}"),
            _ => format!("task {task}"),
        }
    }

    fn by(&self, task: u32) -> String {
        if task == 0 { String::new() } else { format!(" by {}", self.task(task)) }
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Event::Spawned { task, by, .. } => write!(f, "{} spawned{}", self.task(task), self.by(by)),
            Event::Polled { task, answer } => write!(f, "{} polled: {}", self.task(task), text_of(answer)),
            Event::Woken { task, by } if task == by => write!(f, "{} woken by itself", self.task(task)),
            Event::Woken { task, by } => write!(f, "{} woken{}", self.task(task), self.by(by)),
            Event::Ended { task, outcome } => write!(f, "{} {}", self.task(task), end(outcome)),
            Event::Jumped { nanos } => write!(f, "time jumps by {:?}", Duration::from_nanos(nanos)),
            Event::Spurious { task, at } => {
                write!(f, "decision {at}.1: fault, {} is woken for nothing", self.task(task))
            }
            Event::Aborted { task, at } => {
                write!(f, "decision {at}.1: fault, {} is aborted", self.task(task))
            }
            Event::Late { polls, at } => {
                write!(f, "decision {at}.{polls}: fault, a wake is late by {polls} polls")
            }
            Event::LateTime { millis, at } => {
                let choice = LATEST as u32 + millis;
                write!(f, "decision {at}.{choice}: fault, a wake is late by {millis} ms")
            }
            Event::Stale { task } => {
                write!(f, "a waker of an earlier poll of {} is used, and does nothing", self.task(task))
            }
            Event::Picked { task, at, place } => {
                let others = if place == 1 { "one".to_owned() } else { place.to_string() };
                write!(f, "decision {at}.{place}: {} goes before {others} ready earlier", self.task(task))
            }
        }
    }
}

fn text_of(answer: Answer) -> &'static str {
    match answer {
        Answer::Pending => "pending",
        Answer::Yielded => "pending, woke itself",
        Answer::Ready => "ready",
    }
}

fn end(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "done",
        Outcome::Panicked => "panicked",
        Outcome::Cancelled => "cancelled",
    }
}

impl Event {
    /// Would not be in a run that is first in, first out without faults: a decision, or what comes of a fault.
    pub(super) fn deviates(self) -> bool {
        matches!(
            self,
            Event::Spurious { .. }
                | Event::Aborted { .. }
                | Event::Late { .. }
                | Event::LateTime { .. }
                | Event::Stale { .. }
                | Event::Picked { .. }
        )
    }
}

/// All events of a run.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// `None`: nobody will ask, and the run may be long.
    events: Option<Vec<Event>>,
    hash: u64,
}

impl Trace {
    /// Keeps the events, not only their hash.
    pub(super) fn kept() -> Trace {
        Trace { events: Some(Vec::with_capacity(128)), hash: 0 }
    }

    pub(super) fn push(&mut self, event: Event) {
        for word in event.words() {
            self.hash = mix(self.hash, word);
        }
        if let Some(events) = &mut self.events {
            events.push(event);
        }
    }

    pub(super) fn events(&self) -> &[Event] {
        self.events.as_deref().unwrap_or_default()
    }

    /// Equal traces have equal hashes, in every process; different ones hardly ever.
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }
}

/// Puts one more word into a hash.
pub(super) fn mix(hash: u64, word: u64) -> u64 {
    let hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// Of a text, the same in every process.
pub(super) fn hash_of(text: &str) -> u64 {
    text.bytes().fold(0, |hash, byte| mix(hash, u64::from(byte)))
}

/// Where two runs part: the step, and what each did there.
pub(super) fn parting(one: &[Event], other: &[Event]) -> Option<(usize, Option<Event>, Option<Event>)> {
    let at = one.iter().zip(other).position(|(a, b)| a != b).unwrap_or_else(|| one.len().min(other.len()));
    let (one, other) = (one.get(at).copied(), other.get(at).copied());
    (one.is_some() || other.is_some()).then_some((at, one, other))
}
