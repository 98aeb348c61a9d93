//! Exact counts: what one operation costs in read-modify-writes, instructions, system calls and clock reads.
//!
//! For each number this program starts itself anew as a [`child`], which runs one [`Scenario`] on one runtime, and
//! steps the thread that runs the tasks from one mark to the next, instruction by instruction. Two sizes of the
//! scenario are counted: the difference, divided by the operations that one has more, is what an operation costs,
//! without what is paid once. Nothing depends on the machine's speed or load, and with one thread the same program
//! gives the same numbers every time.
//!
//! * A read-modify-write (RMW) is an instruction with `lock`, or an `xchg` with memory: an atomic one.
//! * An instruction with `rep` counts once, however often it repeats.
//! * A clock read is each entry into the kernel's `vdso`, and outside it each `rdtsc`, `rdtscp` and system call
//!   `clock_gettime`. What is done in the `vdso` is not counted: it differs from machine to machine, and from read
//!   to read.
//! * What other threads do is not counted.

mod accepted;
mod only;
mod scenarios;
mod table;
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64")), path = "elsewhere.rs")]
mod tracer;

use crate::cli::Exit;
use crate::multi;
use crate::out::{self, Progress};
use crate::peer::{self, Kind};
pub(crate) use scenarios::Scenario;
use serde::{Deserialize, Serialize};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// The hidden command that starts a child.
pub(crate) const CHILD: &str = "counts-child";

/// How many rounds are counted in one child and in the other. What airmail and tokio do after every 61 polls is
/// then counted in full, wherever the first poll falls.
const ROUNDS: [u32; 2] = [1, 62];

/// Counts what one operation costs: read-modify-writes, instructions, system calls, clock reads.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only runtimes and scenarios with one of these names, or with one of these words in their name; several with
    /// commas.
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    only: Vec<String>,
    /// Everything as JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Compare airmail with its bounds and with the accepted counts, and fail if it is above.
    #[arg(long)]
    check: bool,
    /// Write airmail's counts to bench/accepted-counts.json: they are accepted from now on.
    #[arg(long, conflicts_with = "check")]
    accept: bool,
}

/// Everybody with one thread that runs tasks, and some with several.
fn contestants() -> Vec<peer::Contestant> {
    [peer::all(), multi::peer::counted()].concat()
}

/// What one thread did between two marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) rmws: u64,
    pub(crate) instructions: u64,
    pub(crate) system_calls: u64,
    pub(crate) clock_reads: u64,
}

/// What one operation of one scenario costs on one runtime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) contestant: String,
    pub(crate) scenario: String,
    pub(crate) rmws: f64,
    pub(crate) instructions: f64,
    pub(crate) system_calls: f64,
    pub(crate) clock_reads: f64,
}

/// The hidden command's arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct ChildOptions {
    contestant: String,
    scenario: String,
    operations: u32,
}

/// The command `counts`.
pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    let kept = options.check || options.accept;
    if kept && cfg!(debug_assertions) {
        let message = "a debug build counts its checks too: cargo run --release -p airmail-bench -- counts";
        return Err(Exit::Failed(message.into()));
    }
    let contestants = contestants().into_iter().filter(|one| !kept || one.kind == Kind::Airmail);
    let names: Vec<_> = contestants.map(|one| one.name).collect();
    let wanted =
        only::Wanted::new(&options.only, &names).map_err(|error| Exit::usage(format!("--only: {error}")))?;
    let mut progress = Progress::new();
    let rows = measure(|name, scenario| wanted.has(name, scenario), &mut progress);
    progress.end();
    let rows = rows.map_err(Exit::Failed)?;
    out::print(&if options.json { accepted::to_json(&rows) } else { table::text(&rows) })?;
    if options.accept {
        accepted::write(&rows, options.only.is_empty()).map_err(Exit::Failed)?;
    }
    if options.check { check(&rows) } else { Ok(()) }
}

fn check(rows: &[Row]) -> Result<(), Exit> {
    let findings = accepted::check(rows, &accepted::read().map_err(Exit::Failed)?);
    for finding in &findings {
        out::print(&format!("{}\n", finding.text))?;
    }
    let breaches = findings.iter().filter(|finding| finding.is_breach).count();
    let summary = format!("{} scenarios counted, {breaches} breaches", rows.len());
    if breaches == 0 { out::print(&format!("{summary}\n")) } else { Err(Exit::Failed(summary)) }
}

/// Counts every scenario that `wanted` lets through, contestant by contestant.
pub(crate) fn measure(
    wanted: impl Fn(&str, Scenario) -> bool,
    progress: &mut Progress,
) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for name in contestants().into_iter().map(|contestant| contestant.name) {
        for scenario in Scenario::ALL {
            if wanted(name, scenario) {
                progress.step(&format!("{name}: {}", scenario.name()));
                let row = measure_one(name, scenario);
                rows.push(row.map_err(|error| format!("{name}, {}: {error}", scenario.name()))?);
            }
        }
    }
    Ok(rows)
}

fn measure_one(name: &str, scenario: Scenario) -> Result<Row, String> {
    let program = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let count = |rounds: u32| {
        let operations = (rounds * scenario.round()).to_string();
        let mut child = Command::new(&program);
        // No variable of the user's: they lie on the stack, and change what is aligned how.
        tracer::count(child.args([CHILD, name, scenario.name(), &operations]).env_clear())
    };
    Ok(Row::of(name, scenario, [count(ROUNDS[0])?, count(ROUNDS[1])?]))
}

impl Row {
    fn of(name: &str, scenario: Scenario, counts: [Counts; 2]) -> Row {
        let operations = f64::from((ROUNDS[1] - ROUNDS[0]) * scenario.round());
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let per_operation = |count: fn(&Counts) -> u64| {
            let more = count(&counts[1]) as f64 - count(&counts[0]) as f64;
            // Four decimals, so that a file can hold them.
            (more / operations * 1e4).round() / 1e4
        };
        Row {
            contestant: name.into(),
            scenario: scenario.name().into(),
            rmws: per_operation(|counts| counts.rmws),
            instructions: per_operation(|counts| counts.instructions),
            system_calls: per_operation(|counts| counts.system_calls),
            clock_reads: per_operation(|counts| counts.clock_reads),
        }
    }
}

/// The part of a page.
pub(crate) fn section(rows: &[Row]) -> String {
    let mut text = table::markdown(rows).write();
    text.push('\n');
    text += &table::others(rows);
    text.push('\n');
    text.extend(Scenario::ALL.map(|scenario| format!("* {}: {}.\n", scenario.name(), scenario.what())));
    text
}

/// What the hidden command does: runs one scenario on one runtime, for the tracer that started it.
pub(crate) fn run_child(options: &ChildOptions) {
    child(&options.contestant, &options.scenario, options.operations);
}

/// This process is stepped through, which takes a thousand times as long.
static STEPPED: AtomicBool = AtomicBool::new(false);

pub(crate) fn is_stepped() -> bool {
    STEPPED.load(Ordering::Relaxed)
}

fn child(contestant: &str, scenario: &str, operations: u32) {
    STEPPED.store(true, Ordering::Relaxed);
    tracer::wait_for_tracer();
    let scenario =
        Scenario::ALL.into_iter().find(|known| known.name() == scenario).expect("a scenario's name");
    let contestant =
        contestants().into_iter().find(|known| known.name == contestant).expect("a runtime's name");
    (contestant.count)(scenario, operations, tracer::mark);
}
