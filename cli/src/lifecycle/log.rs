//! Events of several workers: a line for each step, with who did it, and what is in whose queue after it.

use super::event::{Answer, Event, Happened, Outcome, Queue};
use super::line::{self, DONE, FAILED, HEADING, Line, PLAIN, QUEUE, QUIET, WAITING};
use super::results::Results;
use anstyle::Style;
use std::collections::{BTreeMap, HashMap};

const WIDTH: usize = 80;
const VERB: usize = "spawn ".len();
const GAP: usize = 2;

/// The lines, as far as they are not printed.
pub(super) struct Log {
    /// How wide "worker 0 " is.
    worker: usize,
    /// The longest name.
    name: usize,
    /// A line has room for the queues.
    is_wide: bool,
    /// What was told of a task and is not printed yet, since more of it follows.
    begun: HashMap<String, Happened>,
    queues: Queues,
    results: Results,
}

/// Which tasks are queued, by worker; those of `None` are in the inbox.
#[derive(Default)]
struct Queues(BTreeMap<Option<usize>, Vec<String>>);

/// A line.
struct Row<'a> {
    worker: Option<usize>,
    verb: &'a str,
    task: &'a str,
    /// An answer, or who was involved.
    detail: (String, Style),
}

impl Log {
    pub(super) fn new<'a>(workers: usize, names: impl Iterator<Item = &'a str>) -> Log {
        let widths: Vec<_> = names.map(line::width).collect();
        let longest = widths.iter().copied().max().unwrap_or(0);
        let all = widths.iter().sum::<usize>() + widths.len().saturating_sub(1);
        let last = (workers - 1).to_string().len();
        // More queues than two are seldom filled, and go on in the next line if there is no room.
        let labels = workers.min(2) * (last + ": ".len() + GAP);
        let worker = "worker  ".len() + last;
        let mut log = Log {
            worker,
            name: longest,
            is_wide: false,
            begun: HashMap::new(),
            queues: Queues::default(),
            results: Results::default(),
        };
        log.is_wide = log.queue_column() + all + labels <= WIDTH;
        log
    }

    fn detail_column(&self) -> usize {
        self.worker + VERB + self.name + 1
    }

    fn queue_column(&self) -> usize {
        self.detail_column() + ("by ".len() + self.name).max("meanwhile".len()) + GAP
    }

    pub(super) fn heading(&self) -> String {
        let (mut line, mut text) = (Line::default(), String::new());
        line.put_at(self.worker + VERB, HEADING, "task");
        line.put_at(self.detail_column(), HEADING, "answer");
        if self.is_wide {
            line.put_at(self.queue_column(), HEADING, "queues, by worker");
        }
        line.end(&mut text);
        text
    }

    pub(super) fn step(&mut self, events: &[Event]) -> String {
        let mut printed = String::new();
        for event in events {
            self.hear(event, &mut printed);
        }
        self.results.print(&mut printed);
        printed
    }

    fn hear(&mut self, event: &Event, printed: &mut String) {
        let task = &*event.task;
        self.queues.apply(event);
        let before = self.begun.remove(task);
        let row = |worker, verb, detail| Row { worker, verb, task, detail };
        let by = |by: Option<String>| (by.map_or_else(String::new, |by| format!("by {by}")), QUIET);
        let row = match (&event.happened, before) {
            (Happened::Queued { worker, .. }, Some(Happened::Spawned { by: who })) => {
                row(*worker, "spawn", by(who))
            }
            (Happened::Queued { worker, .. }, Some(Happened::Woken { by: who })) => {
                row(*worker, "wake", by(who))
            }
            (Happened::Queued { .. }, Some(Happened::Polled { worker, .. })) => {
                row(Some(worker), "poll", ("Pending".to_owned(), WAITING))
            }
            // By whom is not told.
            (Happened::Queued { worker, .. }, _) => row(*worker, "wake", ("meanwhile".to_owned(), QUIET)),
            (Happened::Polled { worker, answer: Answer::Pending }, _) => {
                row(Some(*worker), "poll", ("Pending".to_owned(), WAITING))
            }
            (Happened::Stolen { from, to }, _) => row(Some(*to), "steal", (format!("from {from}"), QUEUE)),
            (Happened::Finished { outcome }, before) => {
                let (worker, verb) = match before {
                    Some(Happened::Polled { worker, .. }) => (Some(worker), "poll"),
                    _ => (None, "end"),
                };
                let detail = match outcome {
                    Outcome::Completed => ("Ready", DONE),
                    Outcome::Panicked => ("Panic", FAILED),
                    Outcome::Cancelled => ("Cancel", FAILED),
                };
                row(worker, verb, (detail.0.to_owned(), detail.1))
            }
            (Happened::Result { output, error }, _) => {
                return self.results.note(task, output.ok_or_else(|| error.clone().unwrap_or_default()));
            }
            // The rest of it follows.
            (
                Happened::Spawned { .. }
                | Happened::Woken { .. }
                | Happened::Polled { .. }
                | Happened::Picked { .. },
                _,
            ) => {
                self.begun.insert(task.to_owned(), event.happened.clone());
                return;
            }
        };
        self.print(&row, printed);
    }

    fn print(&self, row: &Row<'_>, printed: &mut String) {
        let mut line = Line::default();
        if let Some(worker) = row.worker {
            line.put(QUIET, &format!("worker {worker}"));
        }
        line.put_at(self.worker, QUIET, row.verb);
        line.put_at(self.worker + VERB, PLAIN, row.task);
        line.put_at(self.detail_column(), row.detail.1, &row.detail.0);
        let mut at = self.queue_column();
        if !self.is_wide {
            line.end(printed);
            at = self.worker + VERB;
        }
        let start = at;
        for (worker, tasks) in self.queues.filled() {
            let label = worker.map_or_else(|| "inbox: ".to_owned(), |worker| format!("{worker}: "));
            let tasks = tasks.join(" ");
            if at > start && at + label.len() + line::width(&tasks) > WIDTH {
                line.end(printed);
                at = start;
            }
            line.put_at(at, QUIET, &label);
            line.put(QUEUE, &tasks);
            at = line.width() + GAP;
        }
        if line.width() > 0 {
            line.end(printed);
        }
    }
}

impl Queues {
    fn filled(&self) -> impl Iterator<Item = (Option<usize>, &[String])> {
        self.0.iter().filter(|(_, tasks)| !tasks.is_empty()).map(|(worker, tasks)| (*worker, &**tasks))
    }

    fn remove(&mut self, task: &str) {
        for tasks in self.0.values_mut() {
            tasks.retain(|other| other != task);
        }
    }

    fn apply(&mut self, event: &Event) {
        match &event.happened {
            Happened::Queued { queue, worker } => {
                let worker = if *queue == Queue::Inbox { None } else { *worker };
                self.0.entry(worker).or_default().push(event.task.clone());
            }
            Happened::Stolen { to, .. } => {
                self.remove(&event.task);
                self.0.entry(Some(*to)).or_default().push(event.task.clone());
            }
            Happened::Polled { .. } | Happened::Finished { .. } => self.remove(&event.task),
            // Who spawns or wakes is being polled, though that is told at the end.
            Happened::Spawned { by: Some(by) } | Happened::Woken { by: Some(by) } => self.remove(by),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(task: &str, happened: Happened) -> Event {
        Event { task: task.to_owned(), id: String::new(), happened }
    }

    fn queued(worker: usize) -> Happened {
        Happened::Queued { queue: Queue::Local, worker: Some(worker) }
    }

    fn polled(worker: usize, answer: Answer) -> Happened {
        Happened::Polled { worker, answer }
    }

    fn spawned(by: &str) -> Happened {
        Happened::Spawned { by: Some(by.to_owned()) }
    }

    const INBOX: Happened = Happened::Queued { queue: Queue::Inbox, worker: None };
    const COMPLETED: Happened = Happened::Finished { outcome: Outcome::Completed };

    /// As two workers tell it, one in the middle of the other.
    fn events() -> Vec<Event> {
        let all = [
            ("clerk", Happened::Spawned { by: None }),
            ("clerk", INBOX),
            ("a", spawned("clerk")),
            ("a", queued(0)),
            ("b", spawned("clerk")),
            ("b", queued(0)),
            ("b", Happened::Stolen { from: 0, to: 1 }),
            ("a", polled(0, Answer::Pending)),
            ("clerk", polled(0, Answer::Ready)),
            ("a", Happened::Woken { by: None }),
            ("b", polled(1, Answer::Yielded)),
            ("clerk", COMPLETED),
            ("b", queued(1)),
            ("a", INBOX),
            ("a", polled(0, Answer::Pending)),
            ("a", queued(1)),
            ("a", Happened::Finished { outcome: Outcome::Cancelled }),
            ("b", polled(1, Answer::Ready)),
            ("b", Happened::Finished { outcome: Outcome::Panicked }),
        ];
        all.map(|(task, happened)| event(task, happened)).into()
    }

    fn log(mut log: Log) -> String {
        let mut text = log.heading();
        text.extend(events().iter().map(|event| log.step(std::slice::from_ref(event))));
        let results = [
            event("a", Happened::Result { output: None, error: Some("why".to_owned()) }),
            event("b", Happened::Result { output: Some(3), error: None }),
        ];
        text += &log.step(&results);
        assert!(log.begun.is_empty() && log.queues.filled().next().is_none());
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_line_says_who_did_what_and_what_is_queued() {
        let expected = [
            "               task  answer     queues, by worker",
            "         spawn clerk            inbox: clerk",
            "worker 0 spawn a     by clerk   0: a",
            "worker 0 spawn b     by clerk   0: a b",
            "worker 1 steal b     from 0     0: a  1: b",
            "worker 0 poll  a     Pending    1: b",
            "worker 0 poll  clerk Ready",
            "worker 1 poll  b     Pending    1: b",
            "         wake  a                inbox: a  1: b",
            "worker 0 poll  a     Pending    1: b",
            "worker 1 wake  a     meanwhile  1: b a",
            "         end   a     Cancel     1: b",
            "worker 1 poll  b     Panic",
            "results  a -> Err(why)  b -> Ok(3)",
        ];
        let text = log(Log::new(2, ["clerk", "a", "b"].into_iter()));
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn queues_that_do_not_fit_have_lines_of_their_own() {
        let long = "a-name-of-twenty-letters";
        let text = log(Log::new(2, ["clerk", "a", "b", long].into_iter()));
        let lines: Vec<_> = text.lines().skip(5).take(3).map(str::trim_end).collect();
        assert_eq!(lines[0], "worker 0 spawn b                        by clerk");
        assert_eq!(lines[1], "               0: a b");
        assert!(lines[2].starts_with("worker 1 steal b"));
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
    }

    #[test]
    fn many_queues_go_on_in_the_next_line() {
        let names = ["clerk", "letter", "parcel", "card", "postman"];
        let mut log = Log::new(100, names.into_iter());
        assert!(log.is_wide);
        let mut text = String::new();
        for (n, name) in names.into_iter().enumerate() {
            text = log.step(&[event(name, spawned("clerk")), event(name, queued(90 + n))]);
        }
        let text = anstream::adapter::strip_str(&text).to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "worker 94 spawn postman by clerk    91: letter  92: parcel  93: card");
        assert_eq!(lines[1..], ["                                    94: postman"]);
    }
}
