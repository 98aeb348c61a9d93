//! `airmail lifecycle`: a few countdowns on a real runtime, and every step of every task.
//!
//! [`local`] and [`lesson`] each run the same [`futures`] and turn what their runtime tells into
//! [events](event); [`display`] prints events as [text], with a [model] rebuilt from them, or as JSON.
//! Nothing here knows what should happen.

mod display;
mod event;
mod futures;
mod lesson;
mod line;
mod local;
mod model;
mod step;
mod tasks;
mod text;

use clap::{Args, ValueEnum};
use display::Display;
use std::io;
use tasks::{BadTask, Task};

/// Run a few countdowns and print every step of every task.
///
/// Each task name=polls is a countdown: a future that answers Pending so many times, then Ready. The task
/// "postman" is added: each time it is polled it wakes all that wait, and itself, until all are done. Everything
/// printed is what the runtime told (`airmail::runtime::Track`), rebuilt into a queue, the tasks that wait, and
/// those that are done.
#[derive(Args, Debug)]
#[command(after_long_help = include_str!("../../EVENTS.md"))]
pub(crate) struct Lifecycle {
    /// Countdowns to run, at most 16, each of 0 to 1000 polls [default: letter=1 parcel=2 card=0]
    #[arg(value_name = "NAME=POLLS")]
    tasks: Vec<String>,

    /// Which runtime runs the tasks
    #[arg(long, value_enum, default_value_t = Which::Local)]
    runtime: Which,

    /// Print one JSON object a line for each event
    #[arg(long)]
    json: bool,

    /// Wait for Enter after each step; q and Enter ends the program
    #[arg(long)]
    step: bool,
}

/// Which runtime runs the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// The lesson's executor: the simplest task system that works
    Lesson,
    /// airmail's runtime for one thread
    Local,
}

/// Why there is nothing to show.
#[derive(Debug)]
pub(crate) enum Failure {
    Task(BadTask),
    Runtime(io::Error),
    Write(io::Error),
}

impl Lifecycle {
    /// An argument that is not even shaped like a task.
    pub(crate) fn word(&self) -> Option<&str> {
        self.tasks.iter().map(String::as_str).find(|task| !task.contains('='))
    }

    pub(crate) fn run(self) -> Result<(), Failure> {
        let tasks = tasks::parse(&self.tasks).map_err(Failure::Task)?;
        let mut display = Display::new(self.json, self.step, self.runtime, &tasks);
        display.open();
        let mut display = match self.runtime {
            Which::Lesson => lesson::run(&tasks, display),
            Which::Local => local::run(&tasks, display).map_err(Failure::Runtime)?,
        };
        display.close();
        display.finish().map_err(Failure::Write)
    }
}

/// The names of all tasks in the order of their spawns.
fn names(tasks: &[Task]) -> impl Iterator<Item = &str> {
    tasks.iter().map(|task| task.name.as_str()).chain([tasks::POSTMAN])
}
