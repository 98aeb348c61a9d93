//! What happened to a task, as it is printed with `--json`. `EVENTS.md` documents every field.

use airmail::{runtime, task};
use serde::Serialize;

/// Something that happened to a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Event {
    pub(super) task: String,
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) happened: Happened,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Happened {
    Spawned {
        by: Option<String>,
    },
    Queued {
        queue: Queue,
        worker: Option<usize>,
    },
    Stolen {
        from: usize,
        to: usize,
    },
    /// In a simulation; elsewhere the first of the queue is the next.
    Picked {
        place: usize,
        of: usize,
    },
    Polled {
        worker: usize,
        answer: Answer,
    },
    Woken {
        by: Option<String>,
    },
    Finished {
        outcome: Outcome,
    },
    Result {
        output: Option<u32>,
        error: Option<String>,
    },
}

/// The end of a simulation, and how to repeat it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename = "simulated")]
pub(super) struct Simulated {
    pub(super) seed: u64,
    pub(super) strategy: &'static str,
    pub(super) depth: Option<u32>,
    pub(super) polls: u64,
    pub(super) trace: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Queue {
    Local,
    Inbox,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Pending,
    Yielded,
    Ready,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Completed,
    Panicked,
    Cancelled,
}

impl From<runtime::Queue> for Queue {
    fn from(queue: runtime::Queue) -> Queue {
        match queue {
            runtime::Queue::Local => Queue::Local,
            // Any other is not the worker's own.
            _ => Queue::Inbox,
        }
    }
}

impl From<runtime::Answer> for Answer {
    fn from(answer: runtime::Answer) -> Answer {
        match answer {
            runtime::Answer::Pending => Answer::Pending,
            runtime::Answer::Yielded => Answer::Yielded,
            runtime::Answer::Ready => Answer::Ready,
        }
    }
}

impl From<task::Outcome> for Outcome {
    fn from(outcome: task::Outcome) -> Outcome {
        match outcome {
            task::Outcome::Completed => Outcome::Completed,
            task::Outcome::Panicked => Outcome::Panicked,
            task::Outcome::Cancelled => Outcome::Cancelled,
        }
    }
}

/// What a join handle gave.
pub(super) fn result(task: &str, id: String, result: Result<u32, String>) -> Event {
    let (output, error) = match result {
        Ok(output) => (Some(output), None),
        Err(error) => (None, Some(error)),
    };
    Event { task: task.to_owned(), id, happened: Happened::Result { output, error } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// One of each; the match fails to compile when an event is added and not listed here.
    fn all() -> Vec<Event> {
        let mut all = vec![
            Happened::Spawned { by: None },
            Happened::Woken { by: None },
            Happened::Picked { place: 1, of: 1 },
            Happened::Stolen { from: 0, to: 1 },
        ];
        all.extend([Queue::Local, Queue::Inbox].map(|queue| Happened::Queued { queue, worker: None }));
        all.extend(
            [Answer::Pending, Answer::Yielded, Answer::Ready]
                .map(|answer| Happened::Polled { worker: 0, answer }),
        );
        all.extend(
            [Outcome::Completed, Outcome::Panicked, Outcome::Cancelled]
                .map(|outcome| Happened::Finished { outcome }),
        );
        all.push(Happened::Result { output: None, error: None });
        for happened in &all {
            match happened {
                Happened::Spawned { .. }
                | Happened::Queued { queue: Queue::Local | Queue::Inbox, .. }
                | Happened::Stolen { .. }
                | Happened::Polled { answer: Answer::Pending | Answer::Yielded | Answer::Ready, .. }
                | Happened::Woken { .. }
                | Happened::Picked { .. }
                | Happened::Finished {
                    outcome: Outcome::Completed | Outcome::Panicked | Outcome::Cancelled,
                }
                | Happened::Result { .. } => {}
            }
        }
        let event = |happened| Event { task: "letter".to_owned(), id: "1.0".to_owned(), happened };
        all.into_iter().map(event).collect()
    }

    /// `EVENTS.md`: each event with its own fields, `""` for the fields of all events, and each word in quotes.
    fn documented() -> (BTreeSet<(String, String)>, BTreeSet<String>) {
        let text = include_str!("../../EVENTS.md");
        let (mut fields, mut event) = (BTreeSet::new(), String::new());
        for line in text.lines() {
            let word = line.split_whitespace().next().unwrap_or_default().to_owned();
            match line.len() - line.trim_start().len() {
                2 if line.starts_with("  All events") => event.clear(),
                2 => {
                    event.clone_from(&word);
                    fields.insert((word, String::new()));
                }
                4 => drop(fields.insert((event.clone(), word))),
                _ => {}
            }
        }
        (fields, text.split('"').skip(1).step_by(2).map(str::to_owned).collect())
    }

    #[test]
    fn every_field_is_documented_and_every_documented_field_is_there() {
        let (documented, words) = documented();
        let mut real = BTreeSet::new();
        let trace = String::new();
        let end = Simulated { seed: 0, strategy: "mixed", depth: None, polls: 0, trace };
        let all =
            all().iter().map(serde_json::to_value).chain([serde_json::to_value(end)]).collect::<Vec<_>>();
        for event in all {
            let Ok(Value::Object(object)) = event else { panic!("no object") };
            let name = object["event"].as_str().unwrap().to_owned();
            for (key, value) in &object {
                let common = ["event", "task", "id"].contains(&key.as_str());
                real.insert((if common { String::new() } else { name.clone() }, key.clone()));
                if let (false, Value::String(value)) = (common || key == "trace", value) {
                    assert!(words.contains(value), "{key}: {value:?}");
                }
            }
            real.insert((name, String::new()));
        }
        assert_eq!(real, documented);
    }
}
