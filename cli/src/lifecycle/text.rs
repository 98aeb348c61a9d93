//! Events as a table: a line a spawn or poll, with the queue, the tasks that wait, and those that are done.

use super::Which;
use super::event::{Answer, Event, Happened};
use super::model::Model;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

const WIDTH: usize = 80;
const GAP: usize = 2;
const HEADING: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const QUEUE: Style = AnsiColor::Cyan.on_default();
const WAITING: Style = AnsiColor::Yellow.on_default();
const DONE: Style = AnsiColor::Green.on_default();
const FAILED: Style = AnsiColor::Red.on_default();

/// The table's columns.
pub(super) struct Text {
    runtime: Which,
    /// The longest name.
    name: usize,
    /// All names in a row.
    names: usize,
}

/// What a line is about.
enum Row<'a> {
    Spawn(&'a str),
    Poll(&'a str, Answer),
}

impl Text {
    pub(super) fn new<'a>(runtime: Which, names: impl Iterator<Item = &'a str>) -> Text {
        let mut text = Text { runtime, name: 0, names: 0 };
        for name in names {
            text.name = text.name.max(width(name));
            text.names += width(name) + usize::from(text.names > 0);
        }
        text
    }

    /// "spawn", the name, the answer.
    fn head(&self) -> usize {
        "spawn ".len() + self.name + 1 + "Pending".len() + GAP
    }

    /// A task is in one place only, so that waiting and done share a column: one is aligned left, one right.
    fn line(&self) -> usize {
        self.head() + self.names + GAP + self.names.max("waiting  done".len()) + GAP
    }

    pub(super) fn opening(&self) -> String {
        let runtime = match self.runtime {
            Which::Local => "airmail's runtime for one thread",
            Which::Lesson => "the lesson's executor",
        };
        let mut text = format!(
            "Tasks on {runtime}, as it tells of them. A letter that waits is in no\n\
             queue until somebody wakes it: here the postman, who also wakes himself.\n"
        );
        if self.line() <= WIDTH {
            let row = (HEADING, "");
            let _ = row;
            self.columns(&mut text, &[("", HEADING)], 0, ["queue, next first", "waiting", "done"], HEADING);
        }
        text
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}
