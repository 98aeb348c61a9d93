//! `local`: everybody on one thread.

use crate::again;
use crate::alloc::{self, Allocator};
use crate::cli::{self, Contestants, Exit};
use crate::machine::Machine;
use crate::only::Only;
use crate::out::{self, Progress};
use crate::peer::Contestant;
use crate::race::{self, Row};
use crate::report::{chart, summary, table};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

/// Every question, every contestant, on one thread: a table, a summary, a chart.
///
/// All contestants answer a question in turns, in this process, as often as `--rounds` says. Shown is the median of
/// the rounds. What is marked with ~ is within the noise: the rounds of the two that are compared overlap.
///
/// The process has a second thread, which sleeps: the allocator of the C library is faster in a program that never
/// had one.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many rounds count.
    #[arg(long, value_name = "N", default_value_t = cli::ROUNDS, value_parser = cli::rounds)]
    rounds: u32,
    #[command(flatten)]
    pub(crate) contestants: Contestants,
    /// The allocator. Builds the program again if it was built with the other one.
    #[arg(long)]
    alloc: Option<Allocator>,
    /// The fastest and the slowest round of everybody, too.
    #[arg(long)]
    spread: bool,
    /// Everything as JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Draws a chart into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Deserialize, Serialize)]
struct Json<'a> {
    #[serde(skip_deserializing)]
    machine: Option<&'a Machine>,
    rounds: u32,
    unit: Cow<'a, str>,
    rows: Vec<Row>,
}

/// One run of everything in a process of its own.
pub(crate) fn in_another_process(rounds: u32) -> Result<Vec<Row>, Exit> {
    let json: Json<'_> = again::in_another_process(&["local", "--json", "--rounds", &rounds.to_string()])?;
    Ok(json.rows)
}

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    alloc::ensure(options.alloc)?;
    let only = options.contestants.with_questions()?;
    let machine = Machine::look(&only.contestants);
    let mut progress = Progress::new();
    if !machine.release_build {
        progress.stage("not a release build: these figures say nothing about airmail");
    }
    let rows = measure(&only, options.rounds, &mut progress);
    progress.end();
    if let Some(path) = &options.svg {
        write(path, &chart::svg(&rows, &machine, options.rounds))?;
    }
    if options.json {
        let unit = "nanoseconds per operation".into();
        return out::json(&Json { machine: Some(&machine), rounds: options.rounds, unit, rows });
    }
    let mut text = format!("{}\n{} rounds in turns\n\n", machine.line(), options.rounds);
    text += &table::table(&rows, options.spread, &table::NANOSECONDS);
    text.push('\n');
    text += &summary::summary(&rows);
    out::print(&text)
}

/// One run of everything that is left.
fn measure(only: &Only<Contestant>, rounds: u32, progress: &mut Progress) -> Vec<Row> {
    let questions = only.questions.len();
    let mut begun = 0;
    race::run(only, rounds, |question, round, rounds| {
        begun += u32::from(round == 0);
        progress.step(&match round {
            0 => format!("{question} ({begun} of {questions}): warming up"),
            _ => format!("{question} ({begun} of {questions}): round {round} of {rounds}"),
        });
    })
}

pub(crate) fn write(path: &Path, text: &str) -> Result<(), Exit> {
    fs::write(path, text).map_err(|error| Exit::Failed(format!("{}: {error}", path.display())))
}
