//! `airmail lifecycle`: a few countdowns on a real runtime, and every step of every task.
//!
//! [`local`], simulated or not, [`multi`] and [`lesson`] each run the same [`futures`] and turn what their runtime
//! tells ([`tracker`]) into [events](event); [`display`] prints events as [text] in a [frame], with a [model] rebuilt
//! from them, or, of several workers, as a [log], or as JSON.
//! Nothing here knows what should happen.

mod choice;
mod display;
mod event;
mod frame;
mod futures;
mod lesson;
mod line;
mod local;
mod log;
mod model;
mod multi;
mod results;
mod step;
mod tasks;
mod text;
mod tracker;

use choice::{Choice, Runner};
use clap::Args;
use display::Display;
use std::io;
use tasks::BadTask;

/// Run a few countdowns and print every step of every task.
///
/// Each task name=polls is a countdown: a future that answers Pending so many times, then Ready. The task
/// "postman" is added: each time it is polled it wakes all that wait, and itself, until all are done. On several
/// workers the countdowns wake the postman instead, and a task "clerk" spawns them all, and keeps its worker until
/// another one has stolen a task. Everything printed is what the runtime told (`airmail::runtime::Track`), rebuilt
/// into queues, the tasks that wait, and those that are done.
#[derive(Args, Debug)]
#[command(after_long_help = include_str!("../../EVENTS.md"))]
pub(crate) struct Lifecycle {
    /// Countdowns to run, at most 16, each of 0 to 1000 polls [default: letter=1 parcel=2 card=0]
    #[arg(value_name = "NAME=POLLS")]
    tasks: Vec<String>,

    #[command(flatten)]
    choice: Choice,

    /// Print one JSON object a line for each event
    #[arg(long)]
    json: bool,

    /// Wait for Enter after each step; q and Enter ends the program
    #[arg(long)]
    step: bool,
}

/// Why there is nothing to show.
#[derive(Debug)]
pub(crate) enum Failure {
    Task(BadTask),
    /// Arguments that do not go together.
    Choice(String),
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
        let runner = self.choice.runner().map_err(Failure::Choice)?;
        if let Runner::Multi(_) = runner {
            tasks::beside_a_clerk(&tasks).map_err(Failure::Task)?;
        }
        let mut display = Display::new(self.json, self.step, runner, &tasks);
        display.open();
        let mut display = match runner {
            Runner::Lesson => lesson::run(&tasks, display),
            Runner::Multi(workers) => multi::run(&tasks, display, workers).map_err(Failure::Runtime)?,
            Runner::Local => local::run(&tasks, display, None).map_err(Failure::Runtime)?,
            Runner::Sim(plan) => local::run(&tasks, display, Some(plan)).map_err(Failure::Runtime)?,
        };
        display.close();
        display.finish().map_err(Failure::Write)
    }
}
