//! `stalled`: how long tasks wait for each other while every worker is kept in one poll.

mod runtimes;

use crate::cli::Exit;
use crate::machine::Machine;
use crate::out::{self, Progress};
use crate::peer::Contestant;
use crate::report::markdown::Table;
use crate::report::style::{AIRMAIL, BAD, GOOD, HEAD, paint};
use crate::stats::Times;
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
    #[arg(long, value_name = "N", default_value_t = SECONDS, value_parser = clap::value_parser!(u64).range(1..=60))]
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

/// For how long the workers are kept, if nobody says.
pub(crate) const SECONDS: u64 = 4;

/// How many workers, and what they are kept with.
const CASES: [(usize, Keeps); 4] =
    [(1, Keeps::Sleep), (2, Keeps::Sleep), (4, Keeps::Sleep), (2, Keeps::Loop)];

/// One runtime in one case.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
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
    let rows = measure(options.seconds, &mut progress);
    progress.end();
    if options.json {
        #[derive(Serialize)]
        struct All<'a> {
            machine: &'a Machine,
            rows: &'a [Row],
        }
        out::json(&All { machine: &machine, rows: &rows })?;
    } else {
        out::print(&table(&rows, &machine, options.seconds))?;
    }
    match rows.iter().filter(|row| row.verdict() == Some(false)).count() {
        0 => Ok(()),
        broken => Err(Exit::Failed(format!("{broken} bounds broken"))),
    }
}

/// Every case, every runtime.
pub(crate) fn measure(seconds: u64, progress: &mut Progress) -> Vec<Row> {
    let mut rows = Vec::new();
    for (workers, keeps) in CASES {
        for contestant in runtimes::ALL {
            progress.step(&format!("{workers} workers, {}, {}", keeps.name(), contestant.name));
            let waits = (contestant.run)(workers, keeps, Duration::from_secs(seconds));
            rows.push(Row::new(workers, keeps, contestant.name, waits));
        }
    }
    rows
}

impl Row {
    fn new(workers: usize, keeps: Keeps, runtime: &'static str, waits: Vec<Duration>) -> Row {
        let waits = Times::of(waits);
        let at = |of_1000: usize| waits.at(of_1000) * 1e3;
        Row { workers, keeps, runtime, answers: waits.number(), p50: at(500), p99: at(990), max: at(1_000) }
    }

    /// Whether airmail's bound holds.
    fn verdict(&self) -> Option<bool> {
        let ours = self.runtime == runtimes::AIRMAIL;
        ours.then(|| self.p99 < self.keeps.bound().as_secs_f64() * 1e3)
    }
}

fn table(rows: &[Row], machine: &Machine, seconds: u64) -> String {
    let mut text = format!("{}\nevery worker is kept for {seconds} s\n\n", machine.line());
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

/// The part of BENCHMARKS.md.
pub(crate) fn section(rows: &[Row], seconds: u64) -> String {
    let mut text = format!(
        "\n## While every worker is kept\n\n\
         As many tasks as there are workers sit {seconds} s in one poll: in `std::thread::sleep`, or in a loop that computes. \
         Meanwhile 100 others ask and answer each other, each every ten milliseconds. From the time when one is to ask until \
         it has its answer, in milliseconds:\n\n"
    );
    let mut table =
        Table::new(["runtime", "workers", "kept by", "answers", "p50", "p99", "longest", "bound on p99"]);
    for row in rows {
        let verdict = match row.verdict() {
            None => "-".to_owned(),
            Some(holds) => {
                format!("{} {}", row.keeps.bound().as_millis(), if holds { "holds" } else { "**broken**" })
            }
        };
        let [p50, p99, max] = [row.p50, row.p99, row.max].map(|time| format!("{time:.2}"));
        let (workers, answers) = (row.workers.to_string(), row.answers.to_string());
        let keeps = row.keeps.name().to_owned();
        table.row([row.runtime.to_owned(), workers, keeps, answers, p50, p99, max, verdict]);
    }
    text += &table.write();
    text
}

#[cfg(test)]
mod tests {
    use super::{CASES, Row, runtimes, section};
    use std::time::Duration;

    #[test]
    fn the_page_has_each_row_and_says_what_broke() {
        let rows: Vec<Row> = CASES
            .iter()
            .flat_map(|&(workers, keeps)| {
                let waits = |ms| vec![Duration::from_millis(ms); 10];
                [
                    Row::new(workers, keeps, runtimes::AIRMAIL, waits(30)),
                    Row::new(workers, keeps, "tokio", waits(50)),
                ]
            })
            .collect();
        let text = section(&rows, 4);
        assert_eq!(text.matches("\n| ").count(), 1 + 2 * CASES.len());
        assert_eq!((text.matches("25 **broken**").count(), text.matches("40 holds").count()), (3, 1));
        assert!(
            text.contains("sit 4 s in one poll") && text.contains("| tokio | 1 | sleep | 10 | 50.00 |"),
            "{text}"
        );
    }
}
