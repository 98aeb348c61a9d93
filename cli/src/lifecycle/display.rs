//! Prints the events of one step after another.

use super::event::Event;
use super::model::Model;
use super::step::Step;
use super::tasks::Task;
use super::text::Text;
use super::{Which, names};
use crate::out::Out;
use std::io;

/// What prints. Knows of the tasks only what events say, and their names in advance, to align columns.
pub(super) struct Display {
    model: Model,
    /// `None` prints JSON.
    text: Option<Text>,
    step: Option<Step>,
    out: Out,
}

impl Display {
    pub(super) fn new(json: bool, step: bool, runtime: Which, tasks: &[Task]) -> Display {
        Display {
            model: Model::default(),
            text: (!json).then(|| Text::new(runtime, names(tasks))),
            step: step.then(|| Step::new(json)),
            out: if json { Out::plain() } else { Out::coloured() },
        }
    }

    pub(super) fn open(&mut self) {
        if let Some(text) = &self.text {
            self.out.print(&text.opening());
        }
    }

    /// What happened in one step, and, if the user wants it, waits until the next may come.
    pub(super) fn step(&mut self, events: &[Event]) {
        self.tell(events);
        if let (Some(step), false) = (&mut self.step, self.out.is_over() || events.is_empty()) {
            step.wait(&mut self.out);
        }
    }

    /// What happened, without a wait.
    pub(super) fn tell(&mut self, events: &[Event]) {
        if self.out.is_over() {
            return;
        }
        let printed = match &mut self.text {
            Some(text) => text.step(&mut self.model, events),
            None => events.iter().map(|event| json(&mut self.model, event)).collect(),
        };
        self.out.print(&printed);
    }

    pub(super) fn close(&mut self) {
        if let Some(text) = &self.text {
            self.out.print(&text.closing());
        }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.finish()
    }

    /// The queue, as the events told it. `None` once nobody reads any more.
    pub(super) fn queue(&self) -> Option<&[String]> {
        (!self.out.is_over()).then_some(&self.model.queue)
    }
}

fn json(model: &mut Model, event: &Event) -> String {
    model.apply(event);
    serde_json::to_string(event).expect("strings and numbers only") + "\n"
}
