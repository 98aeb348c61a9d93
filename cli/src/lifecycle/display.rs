//! Prints the events of one step after another.

use super::choice::Runner;
use super::event::{Event, Simulated};
use super::frame::Frame;
use super::model::Model;
use super::step::Step;
use super::tasks::{self, Task};
use super::text::Text;
use crate::out::Out;
use serde::Serialize;
use std::io;

/// What prints. Knows of the tasks only what events say, and their names in advance, to align columns.
pub(super) struct Display {
    model: Model,
    /// `None` prints JSON.
    text: Option<(Frame, Text)>,
    step: Option<Step>,
    out: Out,
}

impl Display {
    pub(super) fn new(json: bool, step: bool, runner: Runner, tasks: &[Task]) -> Display {
        Display {
            model: Model::default(),
            text: (!json).then(|| (Frame::new(runner, tasks), Text::new(runner, tasks::names(tasks)))),
            step: step.then(|| Step::new(json)),
            out: if json { Out::plain() } else { Out::coloured() },
        }
    }

    pub(super) fn open(&mut self) {
        if let Some((frame, text)) = &self.text {
            self.out.print(&(frame.opening() + &text.heading()));
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
        let printed = if let Some((_, text)) = &mut self.text {
            text.step(&mut self.model, events)
        } else {
            events.iter().for_each(|event| self.model.apply(event));
            events.iter().map(json).collect()
        };
        self.out.print(&printed);
    }

    /// What a simulation says at its end.
    pub(super) fn simulated(&mut self, end: &Simulated) {
        let frame = self.text.as_ref().map(|(frame, _)| frame);
        let printed = frame.map_or_else(|| json(end), |frame| frame.simulated(end));
        self.out.print(&printed);
    }

    pub(super) fn close(&mut self) {
        if let Some((frame, _)) = &self.text {
            self.out.print(&frame.closing());
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

fn json(event: &impl Serialize) -> String {
    serde_json::to_string(event).expect("strings and numbers only") + "\n"
}
