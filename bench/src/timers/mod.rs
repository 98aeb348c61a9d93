//! `timers`: how dear they are, and how exact.

mod clocks;
mod promises;
mod questions;
mod race;
mod report;

use crate::again;
use crate::cli::{self, Exit, Runtimes};
use crate::machine::Machine;
use crate::out::{self, Progress};
use crate::peer::Kind;
use crate::section::Section;
use clap::Args;
use race::Race;
pub(crate) use report::section as page_section;
use serde::{Deserialize, Serialize};

/// In how many rounds a million timers are armed, at most.
const MILLION_ROUNDS: u32 = 3;

/// Timers of each runtime: arming and cancelling, timeouts, a million at once, and how late sleeps end.
///
/// All contestants are asked in turns, in this process, as often as `--rounds` says. Shown is the median of the
/// rounds. What is marked with ~ is within the noise: the rounds of the two that are compared overlap. Runtimes with
/// two workers are compared with each other, and so are those with one.
///
/// Fails if a sleep of airmail's ended before its time.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many rounds count.
    #[arg(long, value_name = "N", default_value_t = cli::ROUNDS, value_parser = cli::rounds)]
    rounds: u32,
    #[command(flatten)]
    runtimes: Runtimes,
    /// The best and the worst round of everybody, too.
    #[arg(long)]
    spread: bool,
    /// Everything as JSON instead of tables.
    #[arg(long)]
    json: bool,
}

/// All that one run says.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Results {
    rounds: u32,
    pub(crate) sections: Vec<Section>,
    early: Vec<Awaited>,
}

/// How many sleeps of a runtime ended before their time, in all rounds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Awaited {
    name: String,
    kind: Kind,
    sleeps: usize,
    early: usize,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    machine: &'a Machine,
    #[serde(flatten)]
    results: &'a Results,
}

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    let only = options.runtimes.of(clocks::all(), questions::ABOUT.to_vec())?;
    let machine = Machine::look(&only.contestants);
    let mut progress = Progress::new();
    if !machine.release_build {
        progress.stage("not a release build: these figures say nothing about airmail");
    }
    let rounds = options.rounds;
    let race = Race { only: &only, rounds, million_rounds: rounds.min(MILLION_ROUNDS) };
    let (sections, early) = race.run(&mut |question, round, rounds| match round {
        0 => progress.step(&format!("{question}: warming up")),
        _ => progress.step(&format!("{question}: round {round} of {rounds}")),
    });
    progress.end();
    let results = Results { rounds, sections, early };
    if options.json {
        out::json(&Json { machine: &machine, results: &results })?;
    } else {
        let head = format!("{}\n{rounds} rounds in turns\n\n", machine.line());
        out::print(&(head + &report::text(&results, options.spread)))?;
    }
    never_early(&results.early)
}

/// A sleep that ends too soon is a fault of the program that waits; a late one only takes longer.
fn never_early(all: &[Awaited]) -> Result<(), Exit> {
    match all.iter().find(|one| one.kind == Kind::Airmail && one.early > 0) {
        None => Ok(()),
        Some(Awaited { name, sleeps, early, .. }) => {
            Err(Exit::Failed(format!("{name}: {early} of {sleeps} sleeps ended before their time")))
        }
    }
}

/// One run of everything in a process of its own.
pub(crate) fn in_another_process(rounds: u32) -> Result<Results, Exit> {
    again::in_another_process(&["timers", "--json", "--rounds", &rounds.to_string()])
}

#[cfg(test)]
mod tests {
    use super::{Awaited, never_early};
    use crate::cli::Exit;
    use crate::peer::Kind;

    #[test]
    fn only_airmail_must_not_be_early() {
        let one = |kind, early| Awaited { name: "it".into(), kind, sleeps: 9, early };
        assert!(never_early(&[one(Kind::Peer, 2), one(Kind::Airmail, 0)]).is_ok());
        match never_early(&[one(Kind::Peer, 0), one(Kind::Airmail, 1)]) {
            Err(Exit::Failed(error)) => assert_eq!(error, "it: 1 of 9 sleeps ended before their time"),
            other => panic!("{other:?}"),
        }
    }
}
