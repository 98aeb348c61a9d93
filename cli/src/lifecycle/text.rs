//! Events as a table: a line for each spawn and each poll, with the queue, the tasks that wait, and those that
//! are done.

use super::choice::Runner;
use super::event::{Answer, Event, Happened, Outcome};
use super::line::{self, DONE, FAILED, HEADING, Line, PLAIN, QUEUE, QUIET, WAITING};
use super::model::Model;
use super::results::Results;
use anstyle::Style;

const WIDTH: usize = 80;
const ANSWER: usize = "Pending  ".len();
const GAP: usize = 2;
const NEXT_FIRST: &str = "queue, next first";
/// In a simulation any of them may be the next.
const OLDEST_FIRST: &str = "queue, oldest first";
const PLACES: [&str; 3] = ["queue", "waiting", "done"];

/// The table.
pub(super) struct Text {
    /// How wide "spawn" is, or "poll" with a place, and a space.
    verb: usize,
    headings: [&'static str; 3],
    /// The longest name.
    name: usize,
    /// All names in a row.
    names: usize,
    /// What was told and is not printed yet.
    row: Option<Row>,
    /// The place in the queue of the next task to be polled, if it is not the first.
    picked: Option<usize>,
    wakes: Vec<Wakes>,
    results: Results,
    printed: String,
}

/// A line of the table, until all that belongs to it is told.
struct Row {
    verb: String,
    task: String,
    answer: (&'static str, Style),
}

/// The tasks that one task woke.
struct Wakes {
    by: Option<String>,
    woken: Vec<String>,
}

impl Text {
    pub(super) fn new<'a>(runner: Runner, names: impl Iterator<Item = &'a str>) -> Text {
        let (mut longest, mut all, mut count) = (0, 0, 0_usize);
        for name in names {
            count += 1;
            longest = longest.max(line::width(name));
            all += line::width(name) + usize::from(all > 0);
        }
        let (place, queue) = match runner {
            Runner::Local | Runner::Lesson | Runner::Multi(_) => (String::new(), NEXT_FIRST),
            Runner::Sim(_) => (format!("poll {count} "), OLDEST_FIRST),
        };
        Text {
            verb: place.len().max("spawn ".len()),
            headings: [queue, "waiting", "done"],
            name: longest,
            names: all,
            row: None,
            picked: None,
            wakes: Vec::new(),
            results: Results::default(),
            printed: String::new(),
        }
    }

    /// Where the queue starts.
    fn queue(&self) -> usize {
        self.verb + self.name + 1 + ANSWER
    }

    fn waiting(&self) -> usize {
        self.queue() + self.names.max(self.headings[0].len()) + GAP
    }

    /// Where the tasks that are done end. They share their room with those that wait, since a task is among
    /// one of them at most.
    fn end(&self) -> usize {
        self.waiting() + self.names.max("waiting  done".len()) + GAP
    }

    /// The places fit beside each other.
    fn is_wide(&self) -> bool {
        self.end() <= WIDTH
    }

    /// Names of the columns, if there are columns.
    pub(super) fn heading(&self) -> String {
        let (mut line, mut text) = (Line::default(), String::new());
        if self.is_wide() {
            line.put(HEADING, "task");
            line.put_at(self.verb + self.name + 1, HEADING, "answer");
            self.columns(&mut line, self.headings.map(|name| (HEADING, name)));
            line.end(&mut text);
        }
        text
    }

    /// The lines of one step.
    pub(super) fn step(&mut self, model: &mut Model, events: &[Event]) -> String {
        for event in events {
            self.hear(model, event);
            model.apply(event);
        }
        self.print_row(model);
        self.print_wakes();
        self.results.print(&mut self.printed);
        std::mem::take(&mut self.printed)
    }

    fn hear(&mut self, before: &Model, event: &Event) {
        let task = event.task.clone();
        match &event.happened {
            Happened::Spawned { .. } => {
                self.print_row(before);
                self.row = Some(Row { verb: "spawn".to_owned(), task, answer: ("", PLAIN) });
            }
            Happened::Picked { place, .. } => {
                self.print_row(before);
                self.picked = (*place > 1).then_some(*place);
            }
            Happened::Polled { answer, .. } => {
                self.print_row(before);
                let answer = match answer {
                    Answer::Ready => ("Ready", DONE),
                    Answer::Pending => ("Pending", WAITING),
                    Answer::Yielded => {
                        self.note_self_wake(&event.task);
                        ("Pending", WAITING)
                    }
                };
                let verb =
                    self.picked.take().map_or_else(|| "poll".to_owned(), |place| format!("poll {place}"));
                self.row = Some(Row { verb, task, answer });
            }
            Happened::Woken { by } => self.note_wake(by.as_deref(), &task),
            Happened::Finished { outcome } => {
                let answer = match outcome {
                    Outcome::Completed => return,
                    Outcome::Panicked => ("Panic", FAILED),
                    Outcome::Cancelled => ("Cancel", FAILED),
                };
                match &mut self.row {
                    Some(row) if row.task == task => row.answer = answer,
                    _ => {
                        self.print_row(before);
                        self.row = Some(Row { verb: "end".to_owned(), task, answer });
                    }
                }
            }
            Happened::Result { output, error } => {
                let result = output.ok_or_else(|| error.clone().unwrap_or_default());
                self.results.note(&task, result);
            }
            Happened::Queued { .. } | Happened::Stolen { .. } => {}
        }
    }

    fn note_wake(&mut self, by: Option<&str>, task: &str) {
        match self.wakes.last_mut() {
            Some(wakes) if wakes.by.as_deref() == by => wakes.woken.push(task.to_owned()),
            _ => self.wakes.push(Wakes { by: by.map(str::to_owned), woken: vec![task.to_owned()] }),
        }
    }

    fn note_self_wake(&mut self, task: &str) {
        // Beside the wakes of which nothing more is known than that they came during this poll.
        let unknown = self.wakes.last().is_some_and(|wakes| wakes.by.is_none());
        self.note_wake((!unknown).then_some(task), "itself");
    }

    fn print_row(&mut self, model: &Model) {
        let Some(Row { verb, task, answer: (answer, style) }) = self.row.take() else { return };
        let mut line = Line::default();
        line.put(QUIET, &verb);
        line.put_at(self.verb, PLAIN, &task);
        line.put_at(self.verb + self.name + 1, style, answer);
        let (queue, waiting, done) = (model.queue.join(" "), model.waiting.join(" "), model.done.join(" "));
        let places = [(QUEUE, &*queue), (WAITING, &*waiting), (DONE, &*done)];
        if self.is_wide() {
            self.columns(&mut line, places);
            line.end(&mut self.printed);
            return;
        }
        line.end(&mut self.printed);
        for ((style, tasks), name) in places.into_iter().zip(PLACES) {
            if !tasks.is_empty() {
                line.put_at(self.verb, QUIET, name);
                line.put_at(self.verb + "waiting  ".len(), style, tasks);
                line.end(&mut self.printed);
            }
        }
    }

    /// The places beside each other, in a line that starts with something else.
    fn columns(&self, line: &mut Line, [queue, waiting, done]: [(Style, &str); 3]) {
        line.put_at(self.queue(), queue.0, queue.1);
        line.put_at(self.waiting(), waiting.0, waiting.1);
        line.put_at(self.end() - line::width(done.1), done.0, done.1);
    }

    fn print_wakes(&mut self) {
        for Wakes { by, woken } in std::mem::take(&mut self.wakes) {
            let by = by.map_or_else(String::new, |by| format!(" by {by}"));
            let mut line = Line::default();
            line.put_at(self.verb, QUIET, &format!("woken{by}: "));
            line.put(QUEUE, &woken.join(", "));
            line.end(&mut self.printed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::Queue;
    use super::*;

    /// What the program's own tasks never do.
    #[test]
    fn bad_ends_and_wakes_from_elsewhere() {
        let (mut model, mut text) = (Model::default(), Text::new(Runner::Local, ["a", "b"].into_iter()));
        let mut tell = |events: &[(&str, Happened)]| {
            let event = |(task, happened): &(&str, Happened)| Event {
                task: (*task).to_owned(),
                id: String::new(),
                happened: happened.clone(),
            };
            let coloured = text.step(&mut model, &events.iter().map(event).collect::<Vec<_>>());
            anstream::adapter::strip_str(&coloured).to_string()
        };
        let queued = Happened::Queued { queue: Queue::Inbox, worker: None };
        let polled = |answer| Happened::Polled { worker: 0, answer };
        let ended = |outcome| Happened::Finished { outcome };
        assert_eq!(
            tell(&[
                ("a", Happened::Spawned { by: None }),
                ("a", queued.clone()),
                ("b", Happened::Spawned { by: None }),
                ("b", queued.clone())
            ]),
            "spawn a          a\nspawn b          a b\n"
        );
        assert_eq!(
            tell(&[("a", polled(Answer::Pending)), ("a", Happened::Woken { by: None }), ("a", queued)]),
            "poll  a Pending  b a\n      woken: a\n"
        );
        assert_eq!(
            tell(&[("b", polled(Answer::Ready)), ("b", ended(Outcome::Panicked))]),
            "poll  b Panic    a                                b\n"
        );
        assert_eq!(
            tell(&[("a", ended(Outcome::Cancelled))]),
            "end   a Cancel                                  b a\n"
        );
        let error = Happened::Result { output: None, error: Some("why".to_owned()) };
        assert_eq!(tell(&[("a", error)]), "results  a -> Err(why)\n");
        assert_eq!(tell(&[]), "");
    }
}
