//! What stands above and below the table.

use super::choice::Runner;
use super::event::Simulated;
use super::line::{HEADING, Line, PLAIN, QUIET};
use super::tasks::{self, Task};

const LABEL: usize = "next: ".len();
const GAP: usize = 2;
/// Room for the arguments of most commands; behind longer ones the explanation stands where it can.
const ARGUMENTS: usize = "--runtime lesson".len();

pub(super) struct Frame {
    runner: Runner,
    /// As they were given.
    tasks: String,
}

impl Frame {
    pub(super) fn new(runner: Runner, tasks: &[Task]) -> Frame {
        Frame { runner, tasks: tasks::arguments(tasks) }
    }

    pub(super) fn opening(&self) -> String {
        let runner = match self.runner {
            Runner::Local => "airmail's single-threaded runtime",
            Runner::Lesson => "the lesson's executor",
            Runner::Sim(_) => "airmail's simulated runtime",
            Runner::Multi(workers) => return of_workers(workers),
        };
        let opening = format!("Tasks on {runner}, and where they are after each step:\n");
        let Runner::Sim(plan) = self.runner else { return opening };
        // First, too: who quits early knows how to repeat it.
        let plan = plan.describe();
        format!("{opening}{plan} chooses who is next; \"poll 3\" polls the third of the queue\n")
    }

    /// The end of a simulation.
    pub(super) fn simulated(&self, end: &Simulated) -> String {
        let Runner::Sim(plan) = self.runner else { return String::new() };
        let (mut line, mut text) = (Line::default(), String::new());
        line.put(HEADING, "trace");
        line.put_at("results  ".len(), PLAIN, &end.trace);
        let plan = plan.describe();
        line.put(QUIET, &format!("  {} polls, the same each time with {plan}", end.polls));
        line.end(&mut text);
        text
    }

    pub(super) fn closing(&self) -> String {
        // Whoever runs a clone with cargo has no `airmail` to call.
        let by_cargo = std::env::var_os("CARGO_MANIFEST_DIR").is_some();
        let program = match (by_cargo, cfg!(debug_assertions)) {
            (false, _) => "airmail",
            (true, false) => "cargo run --release --",
            (true, true) => "cargo run --",
        };
        let explained = LABEL + program.len() + " lifecycle ".len() + ARGUMENTS + GAP;
        let mut text = String::from("\n");
        for (n, (arguments, what)) in self.commands().into_iter().enumerate() {
            let mut line = Line::default();
            line.put(HEADING, if n == 0 { "next:" } else { "" });
            line.put_at(LABEL, PLAIN, &format!("{program} lifecycle {arguments}"));
            line.put_at(explained.max(line.width() + GAP), QUIET, what);
            line.end(&mut text);
        }
        text
    }

    fn commands(&self) -> Vec<(String, &'static str)> {
        let own = ("a=2 b=5".to_owned(), "your own tasks");
        let simulated = ("--seed 51".to_owned(), "another order, simulated");
        let step = ("--step".to_owned(), "stops after each step");
        match self.runner {
            Runner::Local => {
                vec![own, ("--runtime multi".to_owned(), "workers, who steal tasks"), simulated, step]
            }
            Runner::Multi(workers) => {
                let own = format!("--workers {} a=5", if workers == 3 { 4 } else { 3 });
                vec![
                    (own, "your own number"),
                    ("--runtime local".to_owned(), "on one thread"),
                    ("--runtime lesson".to_owned(), "the simplest executor"),
                ]
            }
            Runner::Lesson => {
                vec![own, ("--runtime local".to_owned(), "airmail's own runtime"), simulated, step]
            }
            Runner::Sim(plan) => {
                let with_tasks = |options: String| format!("{options} {}", self.tasks).trim_end().to_owned();
                let mut commands = vec![(with_tasks(plan.arguments()), "the same again")];
                let another = plan.another().map(|plan| (with_tasks(plan.arguments()), "another order"));
                commands.extend(another);
                commands.push((with_tasks("--runtime local".to_owned()), "first in, first out"));
                commands.push(("--help".to_owned(), "other strategies"));
                commands
            }
        }
    }
}

/// What stands above the lines of several workers.
fn of_workers(workers: usize) -> String {
    let (number, then) = match workers {
        1 => ("1 worker".to_owned(), "and there is nobody who could steal them"),
        _ => (format!("{workers} workers"), "in a poll that lasts until another worker steals one"),
    };
    format!(
        "Tasks on airmail's runtime with {number}, and the queues after each step:\n\
         clerk spawns the others, {then}\n"
    )
}
