//! `stalled`: how long tasks wait for each other while every worker is kept in one poll.

mod runtimes;

use crate::cli::Exit;
use crate::machine::Machine;
use crate::out::{self, Progress};
use crate::peer::Contestant;
use crate::report::style::{AIRMAIL, BAD, GOOD, HEAD, paint};
use anstyle::Style;
use clap::Args;
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

/// While as many tasks as there are workers block their threads, or compute, 100 others ask and answer each other, every ten
/// milliseconds: from the time when one is to ask until it has its answer.
///
/// Fails if a bound is broken.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// For how many seconds the workers are kept.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Everything as JSON.
    #[arg(long)]
    json: bool,
}

/// What keeps the workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Keeps {
    /// `std::thread::sleep`.
    Sleep,
    /// A loop that computes.
    Loop,
}

impl Keeps {
    /// The bound on airmail's p99.
    fn bound(self) -> Duration {
        match self {
            Keeps::Sleep => Duration::from_millis(25),
            Keeps::Loop => Duration::from_millis(40),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Keeps::Sleep => "sleep",
            Keeps::Loop => "compute",
        }
    }
}

/// How many workers, and what they are kept with.
const CASES: [(usize, Keeps); 4] =
    [(1, Keeps::Sleep), (2, Keeps::Sleep), (4, Keeps::Sleep), (2, Keeps::Loop)];

/// One runtime in one case.
#[derive(Debug, Serialize)]
struct Row {
    workers: usize,
    keeps: Keeps,
    runtime: &'static str,
    /// How many answers were waited for.
    answers: usize,
    /// In milliseconds.
    p50: f64,
    p99: f64,
    max: f64,
}

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    let machine = Machine::look::<Contestant>(&[]);
    let mut progress = Progress::new();
    let time = Duration::from_secs(options.seconds);
    let mut rows = Vec::new();
    for (workers, keeps) in CASES {
        for contestant in runtimes::ALL {
            progress.step(&format!("{workers} workers, {}, {}", keeps.name(), contestant.name));
            rows.push(Row::new(workers, keeps, contestant.name, (contestant.run)(workers, keeps, time)));
        }
    }
    progress.end();
    if options.json {
        #[derive(Serialize)]
        struct All<'a> {
            machine: &'a Machine,
            rows: &'a [Row],
        }
        out::json(&All { machine: &machine, rows: &rows })?;
    } else {
        out::print(&table(&rows, &machine, time))?;
    }
    match rows.iter().filter(|row| row.verdict() == Some(false)).count() {
        0 => Ok(()),
        broken => Err(Exit::Failed(format!("{broken} bounds broken"))),
    }
}

impl Row {
    fn new(workers: usize, keeps: Keeps, runtime: &'static str, mut waits: Vec<Duration>) -> Row {
        waits.sort_unstable();
        // The shortest that as many percent are not longer than.
        let at = |percent: usize| {
            let place = (waits.len() * percent).div_ceil(100).saturating_sub(1);
            waits.get(place).map_or(f64::NAN, |wait| wait.as_secs_f64() * 1e3)
        };
        Row { workers, keeps, runtime, answers: waits.len(), p50: at(50), p99: at(99), max: at(100) }
    }

    /// Whether airmail's bound holds.
    fn verdict(&self) -> Option<bool> {
        let ours = self.runtime == runtimes::AIRMAIL;
        ours.then(|| self.p99 < self.keeps.bound().as_secs_f64() * 1e3)
    }
}

fn table(rows: &[Row], machine: &Machine, time: Duration) -> String {
    let mut text = format!("{}\nevery worker is kept for {} s\n\n", machine.line(), time.as_secs());
    let head = format!(
        "{:<9} {:<8} {:<22} {:>8} {:>9} {:>9} {:>9}  bound on p99",
        "workers", "kept by", "ms", "answers", "p50", "p99", "max"
    );
    let _ = writeln!(text, "{}", paint(HEAD, &head));
    for row in rows {
        let bound = row.keeps.bound().as_millis();
        let (style, verdict) = match row.verdict() {
            Some(true) => (AIRMAIL, format!("  {bound} {}", paint(GOOD, "holds"))),
            Some(false) => (AIRMAIL, format!("  {bound} {}", paint(BAD, "broken"))),
            None => (Style::new(), String::new()),
        };
        let name = paint(style, &format!("{:<22}", row.runtime));
        let _ = writeln!(
            text,
            "{:<9} {:<8} {name} {:>8} {:>9.2} {:>9.2} {:>9.2}{verdict}",
            row.workers,
            row.keeps.name(),
            row.answers,
            row.p50,
            row.p99,
            row.max
        );
    }
    text
}
