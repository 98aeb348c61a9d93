//! `io`: everybody's servers, over sockets.

mod child;
mod client;
mod connection;
#[cfg_attr(not(unix), path = "no_limits.rs")]
mod limits;
mod load;
mod promises;
mod race;
mod report;
mod response;
mod server;
mod servers;

use crate::again;
use crate::cli::{self, Exit, Runtimes};
use crate::machine::Machine;
use crate::out::{self, Progress};
use crate::section::Section;
use clap::Args;
use race::Race;
pub(crate) use report::section as page_section;
use serde::{Deserialize, Serialize};
pub(crate) use server::{COMMAND as CHILD, ChildOptions, child};
use std::time::Duration;

/// How long a turn takes, if nobody says.
const MILLIS: u64 = 400;
/// How long a turn takes in which a task computes once.
const MIXED: Duration = Duration::from_secs(1);
/// In how many rounds servers get their idle connections, at most.
const IDLE_ROUNDS: u32 = 3;

/// HTTP, echoes and idle connections: each runtime's server in a process of its own, all from one load generator.
///
/// All servers are up the whole time and are asked in turns, as often as `--rounds` says. Shown is the median of the
/// rounds. What is marked with ~ is within the noise: the rounds of the two that are compared overlap. Runtimes with
/// two workers are compared with each other, and so are those with one.
///
/// The load generator is one thread of this process, without a runtime. It and the server share the processor: on a
/// machine with few cores, what the one needs the other does not have.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many rounds count.
    #[arg(long, value_name = "N", default_value_t = cli::ROUNDS, value_parser = cli::rounds)]
    rounds: u32,
    /// How long each server is asked in a round, in milliseconds.
    #[arg(long, value_name = "N", default_value_t = MILLIS, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    millis: u64,
    /// At most three rounds, of a tenth of a second.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    runtimes: Runtimes,
    /// The best and the worst round of everybody, too.
    #[arg(long)]
    spread: bool,
    /// Everything as JSON instead of tables.
    #[arg(long)]
    json: bool,
}

impl Options {
    fn rounds(&self) -> u32 {
        if self.quick { self.rounds.min(3) } else { self.rounds }
    }

    fn millis(&self) -> u64 {
        if self.quick { self.millis.min(100) } else { self.millis }
    }
}

/// All that one run says.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Results {
    rounds: u32,
    millis: u64,
    pub(crate) sections: Vec<Section>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    machine: &'a Machine,
    #[serde(flatten)]
    results: &'a Results,
}

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    let only = options.runtimes.of(servers::all(), load::about())?;
    limits::many_files();
    let mut machine = Machine::look(&only.contestants);
    machine.with_crates(&["hyper"]);
    let mut progress = Progress::new();
    if !machine.release_build {
        progress.stage("not a release build: these figures say nothing about airmail");
    }
    let (rounds, millis) = (options.rounds(), options.millis());
    let race = Race {
        only: &only,
        rounds,
        time: Duration::from_millis(millis),
        mixed: MIXED,
        idle_rounds: rounds.min(IDLE_ROUNDS),
    };
    let sections = race.run(&mut |question, round, rounds| match round {
        0 => progress.step(&format!("{question}: warming up")),
        _ => progress.step(&format!("{question}: round {round} of {rounds}")),
    });
    progress.end();
    let results = Results { rounds, millis, sections: sections.map_err(Exit::Failed)? };
    if options.json {
        return out::json(&Json { machine: &machine, results: &results });
    }
    let head = format!("{}\n{rounds} rounds in turns, {millis} ms each\n\n", machine.line());
    out::print(&(head + &report::text(&results, options.spread)))
}

/// One run of everything in a process of its own.
pub(crate) fn in_another_process(rounds: u32, quick: bool) -> Result<Results, Exit> {
    let rounds = rounds.to_string();
    let mut arguments = vec!["io", "--json", "--rounds", &rounds];
    arguments.extend(quick.then_some("--quick"));
    again::in_another_process(&arguments)
}
