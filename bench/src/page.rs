//! `page`: measures everything and writes BENCHMARKS.md.

use crate::alloc::{self, Allocator};
use crate::cli::{self, Exit};
use crate::count;
use crate::io;
use crate::local;
use crate::machine::Machine;
use crate::memory;
use crate::multi;
use crate::out::{self, Progress};
use crate::peer;
use crate::report::chart;
use crate::report::losses::Part;
use crate::report::page::{CHART, Page};
use crate::stalled;
use crate::timers;
use clap::Args;
use std::fmt::Write;
use std::path::Path;

/// Measures everything and writes BENCHMARKS.md and bench/local.svg at the repository's root. Takes minutes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many rounds count, in each of the two runs.
    #[arg(long, value_name = "N", default_value_t = cli::ROUNDS, value_parser = cli::rounds)]
    rounds: u32,
    /// At most three rounds and a tenth of the tasks: to look at the page, not at its figures.
    #[arg(long)]
    quick: bool,
    /// The allocator. Builds the program again if it was built with the other one.
    #[arg(long)]
    alloc: Option<Allocator>,
}

impl Options {
    /// What to write behind the program's name to get the same.
    fn arguments(&self) -> String {
        let mut arguments = String::from("page");
        if self.rounds != cli::ROUNDS {
            let _ = write!(arguments, " --rounds {}", self.rounds);
        }
        if self.quick {
            arguments += " --quick";
        }
        if Allocator::BUILT == Allocator::Mimalloc {
            arguments += " --alloc mimalloc";
        }
        arguments
    }
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    alloc::ensure(options.alloc)?;
    let contestants = peer::all();
    let mut machine = Machine::look(&contestants);
    machine.with_crates(&["hyper", "smol"]);
    if !machine.release_build {
        return Err(Exit::Failed("a page of results needs a release build: cargo run --release ...".into()));
    }
    let rounds = if options.quick { options.rounds.min(3) } else { options.rounds };
    let idle = if options.quick { 1 } else { multi::IDLE_SECONDS };
    let seconds = if options.quick { 1 } else { stalled::SECONDS };
    let tasks = if options.quick { 100_000 } else { 1_000_000 };
    let mut progress = Progress::new();

    progress.stage("first run");
    let first = local::in_another_process(rounds)?;
    progress.stage("second run");
    let second = local::in_another_process(rounds)?;
    progress.stage("several workers, first run");
    let multi_first = multi::in_another_process(rounds, idle)?;
    progress.stage("several workers, second run");
    let multi_second = multi::in_another_process(rounds, idle)?;
    progress.stage("while every worker is kept");
    let stalled = stalled::measure(seconds, &mut progress);
    progress.stage("sockets");
    let sockets = io::in_another_process(rounds, options.quick)?;
    progress.stage("timers");
    let timers = timers::in_another_process(rounds)?;
    progress.stage("memory");
    let memory = memory::measure(&contestants, tasks, &mut progress);
    progress.stage("counts");
    let counts = count::measure(|_, _| true, &mut progress);
    progress.end();
    let counts =
        Some(counts.map_or_else(|error| format!("Not counted: {error}.\n"), |rows| count::section(&rows)));

    let (arguments, quick) = (options.arguments(), options.quick);
    let page = Page {
        machine: &machine,
        arguments,
        quick,
        rounds,
        runs: [&first, &second],
        multi: multi::page_section([&multi_first, &multi_second]),
        stalled: stalled::section(&stalled, seconds),
        sockets: io::page_section(&sockets),
        timers: timers::page_section(&timers),
        parts: vec![
            Part { title: "2 workers", runs: vec![&multi_first.sections, &multi_second.sections] },
            Part { title: "sockets", runs: vec![&sockets.sections] },
            Part { title: "timers", runs: vec![&timers.sections] },
        ],
        tasks,
        memory: &memory,
        counts,
    };
    let root = Path::new(ROOT);
    local::write(&root.join(CHART), &chart::svg(&first, &machine, rounds))?;
    local::write(&root.join("BENCHMARKS.md"), &page.write())?;
    out::print(&format!("written: BENCHMARKS.md, {CHART}\n"))
}
