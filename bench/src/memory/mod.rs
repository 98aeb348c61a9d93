//! `memory`: what an idle task takes, and what is given back when most have ended.

mod child;
pub(crate) mod idle;

use crate::alloc::{self, Allocator};
use crate::cli::{Contestants, Exit};
use crate::machine::Machine;
use crate::out::{self, Progress};
use crate::peer::{self, Contestant, Kind};
use crate::report;
use clap::Args;
use idle::{Resident, SIZES, STAYS};
use serde::Serialize;

pub(crate) use child::COMMAND;

/// What airmail promises for a task of 24 bytes.
pub(crate) const BOUND: (usize, f64) = (24, 112.0);

/// Resident bytes per idle task, each runtime and size in a process of its own.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    contestants: Contestants,
    /// How many tasks wait at the same time.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = tasks)]
    tasks: usize,
    /// Everything as JSON.
    #[arg(long)]
    json: bool,
    /// The allocator. Builds the program again if it was built with the other one.
    #[arg(long)]
    alloc: Option<Allocator>,
}

/// Fewer say nothing: the system counts in pages.
const LEAST: usize = 1_000;

fn tasks(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(tasks) if tasks >= LEAST => Ok(tasks),
        Ok(_) => Err(format!("at least {LEAST}: with fewer, pages of memory are measured and not tasks")),
        Err(error) => Err(format!("{error}")),
    }
}

/// One runtime with tasks of one size.
#[derive(Debug, Serialize)]
pub(crate) struct Cell {
    pub(crate) future_bytes: usize,
    /// Why it was not measured, if it was not.
    pub(crate) missing: Option<String>,
    #[serde(flatten)]
    pub(crate) held: Option<Held>,
}

/// What it held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Held {
    pub(crate) bytes_per_idle_task: f64,
    /// MiB more than before the first task, while all wait.
    pub(crate) peak_mib: f64,
    /// The same, when only one in a hundred is left.
    pub(crate) after_mib: f64,
    /// What that is for each task that is left.
    pub(crate) bytes_per_task_left: f64,
}

impl Held {
    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    fn of(resident: Resident, tasks: usize) -> Held {
        let more = |now: u64| now.saturating_sub(resident.before) as f64 * 1_024.0;
        let (idle, after) = (more(resident.idle), more(resident.after));
        let mib = 1_024.0 * 1_024.0;
        Held {
            bytes_per_idle_task: idle / tasks as f64,
            peak_mib: idle / mib,
            after_mib: after / mib,
            bytes_per_task_left: after / tasks.div_ceil(STAYS) as f64,
        }
    }

    /// What is still held, as a share of the peak.
    pub(crate) fn kept(&self) -> f64 {
        if self.peak_mib > 0.0 { self.after_mib / self.peak_mib } else { 0.0 }
    }
}

/// One runtime, with all sizes.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) cells: Vec<Cell>,
}

impl Row {
    pub(crate) fn held(&self, future_bytes: usize) -> Option<&Held> {
        self.cells.iter().find(|cell| cell.future_bytes == future_bytes)?.held.as_ref()
    }
}

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    alloc::ensure(options.alloc)?;
    let contestants = options.contestants.without_questions()?;
    let machine = Machine::look(&contestants);
    let mut progress = Progress::new();
    let rows = measure(&contestants, options.tasks, &mut progress);
    progress.end();
    if options.json {
        #[derive(Serialize)]
        struct All<'a> {
            machine: &'a Machine,
            tasks: usize,
            rows: &'a [Row],
        }
        return out::json(&All { machine: &machine, tasks: options.tasks, rows: &rows });
    }
    out::print(&report::memory::table(&rows, options.tasks, &machine))
}

pub(crate) fn measure(contestants: &[Contestant], tasks: usize, progress: &mut Progress) -> Vec<Row> {
    let mut rows = Vec::new();
    for contestant in contestants {
        let mut cells = Vec::new();
        for future_bytes in SIZES {
            progress.step(&format!("memory: {}, futures of {future_bytes} bytes", contestant.name));
            let measured = child::measure(contestant.name, future_bytes, tasks);
            let held = measured.as_ref().ok().map(|resident| Held::of(*resident, tasks));
            cells.push(Cell { future_bytes, missing: measured.err(), held });
        }
        rows.push(Row { name: contestant.name, kind: contestant.kind, cells });
    }
    rows
}

/// What the process of one measurement does.
#[derive(Debug, Args)]
pub(crate) struct ChildOptions {
    peer: String,
    bytes: usize,
    tasks: usize,
}

pub(crate) fn child(options: &ChildOptions) -> Result<(), Exit> {
    let contestant = peer::all().into_iter().find(|contestant| contestant.name == options.peer);
    let contestant = contestant.ok_or_else(|| Exit::usage(format!("nobody is called {:?}", options.peer)))?;
    let resident = (contestant.idle)(options.bytes, options.tasks);
    let resident =
        resident.ok_or_else(|| Exit::Failed("no such size, or /proc does not say VmRSS".into()))?;
    out::print(&child::write(&resident))
}

#[cfg(test)]
mod tests {
    use super::{Held, Resident, tasks};

    #[test]
    fn what_is_held_is_what_came_on_top() {
        let held =
            Held::of(Resident { before: 1_024, idle: 1_024 + 102_400, after: 1_024 + 51_200 }, 1_000_000);
        assert!((held.bytes_per_idle_task - 104.8576).abs() < 1e-9, "{held:?}");
        assert!((held.peak_mib - 100.0).abs() < 1e-9 && (held.after_mib - 50.0).abs() < 1e-9, "{held:?}");
        assert!((held.kept() - 0.5).abs() < 1e-9, "{held:?}");
        assert!((held.bytes_per_task_left - 5_242.88).abs() < 1e-9, "{held:?}");
        // Less than before the first task.
        let held = Held::of(Resident { before: 10, idle: 9, after: 8 }, 1_000);
        assert!(held.peak_mib.abs() < 1e-9 && held.kept().abs() < 1e-9, "{held:?}");
    }

    #[test]
    fn few_tasks_are_refused() {
        assert_eq!(tasks("1000"), Ok(1_000));
        assert!(tasks("999").unwrap_err().contains("pages"));
        assert!(tasks("many").is_err());
    }
}
