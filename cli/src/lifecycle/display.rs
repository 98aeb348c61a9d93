//! Prints the events of one step after another.

use super::choice::Runner;
use super::event::{Event, Simulated};
use super::frame::Frame;
use super::log::Log;
use super::model::Model;
use super::step::Step;
use super::tasks::{self, CLERK, Task};
use super::text::Text;
use crate::out::Out;
use serde::Serialize;
use std::io;

/// What prints. Knows of the tasks only what events say, and their names in advance, to align columns.
pub(super) struct Display {
    model: Model,
    /// `None` prints JSON.
    text: Option<(Frame, Lines)>,
    step: Option<Step>,
    out: Out,
}

/// What stands between the frame's lines.
enum Lines {
    Table(Text),
    Log(Log),
}

impl Lines {
    fn new(runner: Runner, tasks: &[Task]) -> Lines {
        match runner {
            Runner::Multi(workers) => {
                Lines::Log(Log::new(workers, [CLERK].into_iter().chain(tasks::names(tasks))))
            }
            _ => Lines::Table(Text::new(runner, tasks::names(tasks))),
        }
    }

    fn heading(&self) -> String {
        match self {
            Lines::Table(text) => text.heading(),
            Lines::Log(log) => log.heading(),
        }
    }
}

impl Display {
    pub(super) fn new(json: bool, step: bool, runner: Runner, tasks: &[Task]) -> Display {
        Display {
            model: Model::default(),
            text: (!json).then(|| (Frame::new(runner, tasks), Lines::new(runner, tasks))),
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
        // Some events are but the beginning of a line.
        let printed = self.print(events);
        if let (Some(step), true) = (&mut self.step, printed && !self.out.is_over()) {
            step.wait(&mut self.out);
        }
    }

    /// What happened, without a wait.
    pub(super) fn tell(&mut self, events: &[Event]) {
        self.print(events);
    }

    /// `true` if there was something to print.
    fn print(&mut self, events: &[Event]) -> bool {
        if self.out.is_over() {
            return false;
        }
        let printed = match &mut self.text {
            Some((_, Lines::Table(text))) => text.step(&mut self.model, events),
            Some((_, Lines::Log(log))) => log.step(events),
            None => {
                events.iter().for_each(|event| self.model.apply(event));
                events.iter().map(json).collect()
            }
        };
        self.out.print(&printed);
        !printed.is_empty()
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
