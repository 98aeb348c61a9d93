//! `simulation`: how many schedules of a program a second, on one core.

mod explorers;

use crate::cli::{self, Exit, ROUNDS};
use crate::machine::Machine;
use crate::out::{self, Progress};
use crate::peer::Contestant;
use crate::report::style::{self, AIRMAIL, BAD, GOOD, HEAD, paint};
use crate::stats::Spread;
use clap::Args;
use explorers::{EXPLORERS, Explorer};
use serde::Serialize;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// What airmail promises for the smallest program, whatever the machine.
const BOUND: f64 = 50_000.0;
/// How long one explorer explores before it is the next one's turn.
const TURN: Duration = Duration::from_millis(200);

/// Schedules of a program a second: airmail's simulation, shuttle, and tokio's paused runtime, which has only one.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How often everybody has a turn.
    #[arg(long, value_name = "N", default_value_t = ROUNDS, value_parser = cli::rounds)]
    rounds: u32,
    /// Everything as JSON.
    #[arg(long)]
    json: bool,
}

/// One explorer, with all programs.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    /// Schedules a second, for each program.
    schedules: Vec<Spread>,
}

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    let machine = Machine::look::<Contestant>(&[]);
    let mut progress = Progress::new();
    let rows = measure(options.rounds, &mut progress);
    progress.end();
    if options.json {
        #[derive(Serialize)]
        struct All<'a> {
            machine: &'a Machine,
            programs: &'a [&'a str],
            rows: &'a [Row],
        }
        return out::json(&All { machine: &machine, programs: &explorers::PROGRAMS, rows: &rows });
    }
    out::print(&table(&rows, &machine))
}

fn measure(rounds: u32, progress: &mut Progress) -> Vec<Row> {
    let mut rows: Vec<_> = EXPLORERS.iter().map(|it| Row { name: it.name, schedules: Vec::new() }).collect();
    for (program, what) in explorers::PROGRAMS.iter().enumerate() {
        let mut samples = vec![Vec::new(); EXPLORERS.len()];
        for round in 0..=rounds {
            progress.step(&format!("{what}, round {round} of {rounds}"));
            for turn in 0..EXPLORERS.len() {
                // Who begins changes, and the first round is not counted.
                let whose = (turn + round as usize) % EXPLORERS.len();
                let per_second = explore(&EXPLORERS[whose], program);
                if round > 0 {
                    samples[whose].push(per_second);
                }
            }
        }
        for (row, samples) in rows.iter_mut().zip(&samples) {
            row.schedules.push(Spread::of(samples));
        }
    }
    rows
}

/// Schedules a second in one turn.
fn explore(explorer: &Explorer, program: usize) -> f64 {
    let (start, mut schedules) = (Instant::now(), 0);
    while start.elapsed() < TURN {
        schedules += (explorer.explore)(program, schedules);
    }
    f64::from(schedules) / start.elapsed().as_secs_f64()
}

fn table(rows: &[Row], machine: &Machine) -> String {
    let names = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = format!("schedules a second, on one core; medians\n{}\n\n", machine.line());
    let head = explorers::PROGRAMS.map(|program| format!("  {program:>22}")).concat();
    let _ = writeln!(text, "{}", paint(HEAD, &format!("{:names$}{head}", "")));
    for row in rows {
        let cell = |spread: &Spread| format!("  {:>22}", thousands(spread.median));
        let cells = row.schedules.iter().map(cell).collect::<Vec<_>>().concat();
        let line = format!("{:names$}{cells}", row.name);
        let style = if row.name.starts_with("airmail") { AIRMAIL } else { anstyle::Style::new() };
        let _ = writeln!(text, "{}", paint(style, &line));
    }
    let smallest = rows[0].schedules[0].median;
    let (holds, colour) = if smallest >= BOUND { ("holds", GOOD) } else { ("does not hold", BAD) };
    let bound = format!(
        "\nairmail's bound, {} schedules a second of {}: {}. tokio's paused runtime has one order of tasks, so that all of \
         its schedules are the same; its line says what a run costs without simulation.",
        thousands(BOUND),
        explorers::PROGRAMS[0],
        paint(colour, holds)
    );
    text + &style::wrap(&bound, 110, "")
}

/// Whole thousands are what the measurement is good for.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn thousands(number: f64) -> String {
    let thousands = (number / 1000.0).round() as u64;
    match thousands / 1000 {
        0 => format!("{thousands},000"),
        millions => format!("{millions},{:03},000", thousands % 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::{EXPLORERS, explorers, thousands};

    #[test]
    fn everybody_runs_every_program() {
        for explorer in &EXPLORERS {
            for program in 0..explorers::PROGRAMS.len() {
                assert!((explorer.explore)(program, 0) > 0, "{}", explorer.name);
            }
        }
    }

    #[test]
    fn numbers_are_whole_thousands() {
        assert_eq!(thousands(123_456.0), "123,000");
        assert_eq!(thousands(1_003_456.0), "1,003,000");
    }
}
