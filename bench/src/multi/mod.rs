//! `multi`: everybody on several workers.

mod busy;
#[cfg_attr(not(unix), path = "no_cpu.rs")]
pub(crate) mod cpu;
mod idle;
pub(crate) mod peer;
mod promises;
pub(crate) mod question;
mod questions;
mod race;
mod report;

use crate::again;
use crate::alloc::{self, Allocator};
use crate::cli::{self, Contestants, Exit};
use crate::machine::Machine;
use crate::out::{self, Progress};
use crate::section::Section;
use clap::Args;
pub(crate) use idle::{COMMAND as IDLE_CHILD, ChildOptions as IdleChildOptions, child as idle_child};
#[cfg(test)]
pub(crate) use promises::promises;
use race::Race;
pub(crate) use report::section as page_section;
use serde::{Deserialize, Serialize};

/// How many workers, if nobody says.
const WORKERS: usize = 2;
/// How long a runtime is watched while there is nothing to do.
pub(crate) const IDLE_SECONDS: u32 = 10;

/// Every question, every contestant, on several workers: tables, a summary with airmail's bounds.
///
/// All contestants answer a question in turns, in this process, as often as `--rounds` says. Shown is the median of
/// the rounds. What is marked with ~ is within the noise: the rounds of the two that are compared overlap.
///
/// A question is asked of a task on a worker, unless it is about threads outside. Processor time is that of all
/// threads of the process in a round. A runtime whose workers spin when they are idle exists in its own turns only.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many workers each runtime has.
    #[arg(long, value_name = "N", default_value_t = WORKERS, value_parser = workers)]
    workers: usize,
    /// How many rounds count.
    #[arg(long, value_name = "N", default_value_t = cli::ROUNDS, value_parser = cli::rounds)]
    rounds: u32,
    #[command(flatten)]
    contestants: Contestants,
    /// How long each runtime is watched while it is idle; 0 leaves that out.
    #[arg(long, value_name = "SECONDS", default_value_t = IDLE_SECONDS)]
    idle: u32,
    /// The allocator. Builds the program again if it was built with the other one.
    #[arg(long)]
    alloc: Option<Allocator>,
    /// The best and the worst round of everybody, too.
    #[arg(long)]
    spread: bool,
    /// Everything as JSON instead of tables.
    #[arg(long)]
    json: bool,
}

/// `--workers`.
fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("somebody has to work".into()),
        Ok(workers @ 1..=64) => Ok(workers),
        Ok(_) => Err("at most 64".into()),
        Err(error) => Err(format!("{error}")),
    }
}

/// All that one run says.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Results {
    workers: usize,
    rounds: u32,
    pub(crate) sections: Vec<Section>,
    idle_seconds: u32,
    idle: Vec<idle::Row>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    machine: &'a Machine,
    #[serde(flatten)]
    results: &'a Results,
}

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    alloc::ensure(options.alloc)?;
    let only = options.contestants.of_multi()?;
    let machine = Machine::look(&only.contestants);
    let mut progress = Progress::new();
    if !machine.release_build {
        progress.stage("not a release build: these figures say nothing about airmail");
    }
    let (workers, rounds) = (options.workers, options.rounds);
    let sections = Race { only: &only, workers, rounds }.run(&mut |question, round| match round {
        0 => progress.step(&format!("{question}: warming up")),
        _ => progress.step(&format!("{question}: round {round} of {rounds}")),
    });
    let mut idle = Vec::new();
    if options.idle > 0 {
        progress.step(&format!("each in a process of its own, {} s idle", options.idle));
        idle = idle::measure(&only.contestants, workers, options.idle);
    }
    progress.end();
    let results = Results { workers, rounds, sections, idle_seconds: options.idle, idle };
    if options.json {
        return out::json(&Json { machine: &machine, results: &results });
    }
    let head = format!("{}\n{workers} workers, {rounds} rounds in turns\n\n", machine.line());
    out::print(&(head + &report::text(&results, options.spread)))
}

/// One run of everything in a process of its own.
pub(crate) fn in_another_process(rounds: u32, idle: u32) -> Result<Results, Exit> {
    let (rounds, idle) = (rounds.to_string(), idle.to_string());
    again::in_another_process(&["multi", "--json", "--rounds", &rounds, "--idle", &idle])
}

#[cfg(test)]
mod tests {
    use super::workers;

    #[test]
    fn somebody_works() {
        assert_eq!(workers("2"), Ok(2));
        assert!(workers("0").is_err() && workers("65").is_err() && workers("x").is_err());
    }
}
