//! Counts, to be read in a terminal.

use super::Row;
use super::scenarios::Scenario;
use crate::report::markdown::Table;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

const HEADING: Style = Style::new().bold();
const QUIET: Style = AnsiColor::BrightBlack.on_default();
/// How wide a column is at least.
const CELL: usize = 6;
const BOUND: &str = "airmail's bound";

/// One table each of read-modify-writes and instructions, where there are system calls and clock reads, and what an
/// operation is.
pub(super) fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    table(&mut text, "RMWs", rows, |row| row.rmws);
    table(&mut text, "instructions", rows, |row| row.instructions);
    list(&mut text, "system calls", rows, |row| row.system_calls);
    list(&mut text, "clock reads", rows, |row| row.clock_reads);
    let counted = |scenario: &Scenario| rows.iter().any(|row| row.scenario == scenario.name());
    for scenario in Scenario::ALL.into_iter().filter(counted) {
        let line = format!("{:18}{}", scenario.name(), scenario.what());
        writeln!(text, "{QUIET}{line}{QUIET:#}").expect("a string takes all");
    }
    text
}

/// For a page: read-modify-writes, with instructions in brackets; a row for each runtime, and airmail's bounds.
pub(crate) fn markdown(rows: &[Row]) -> Table {
    let contestants = distinct(rows.iter().map(|row| &*row.contestant));
    let scenarios = distinct(rows.iter().map(|row| &*row.scenario));
    let mut table = Table::new(std::iter::once("RMWs (instructions)").chain(scenarios.iter().copied()));
    for contestant in contestants {
        let cell = |scenario: &&str| {
            let found = rows.iter().find(|row| row.contestant == contestant && row.scenario == *scenario);
            found.map_or("-".into(), |row| {
                format!("{} ({})", number(row.rmws), number(row.instructions.round()))
            })
        };
        table.row(std::iter::once(contestant.to_owned()).chain(scenarios.iter().map(cell)));
    }
    let bound = |name: &&str| {
        let of = Scenario::ALL.into_iter().find(|scenario| scenario.name() == *name);
        of.and_then(Scenario::bound).map_or("-".into(), |bound| bound.to_string())
    };
    table.row(std::iter::once(BOUND.to_owned()).chain(scenarios.iter().map(bound)));
    table
}

/// What else was counted, in sentences.
pub(crate) fn others(rows: &[Row]) -> String {
    let mut text = String::new();
    list(&mut text, "System calls per operation:", rows, |row| row.system_calls);
    list(&mut text, "Clock reads per operation:", rows, |row| row.clock_reads);
    anstream::adapter::strip_str(&text).to_string().replace("\n  ", "\n* ").replace("\nClock", "\n\nClock")
}

/// In the order of their first row.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// A scenario's name in short lines.
fn heading(name: &str) -> Vec<String> {
    name.replace('+', "\n+").replace(' ', "\n").lines().map(Into::into).collect()
}

fn table(text: &mut String, what: &str, rows: &[Row], value: fn(&Row) -> f64) {
    let contestants = distinct(rows.iter().map(|row| &*row.contestant));
    let scenarios = distinct(rows.iter().map(|row| &*row.scenario));
    let first = contestants.iter().map(|name| name.len()).max().unwrap_or(0).max(BOUND.len());
    let headings: Vec<_> = scenarios.iter().map(|name| heading(name)).collect();
    let width = |lines: &Vec<String>| lines.iter().map(String::len).max().unwrap_or(0).max(CELL);
    let widths: Vec<_> = headings.iter().map(width).collect();
    let cells = |cell: &dyn Fn(usize) -> String| {
        let cells = widths.iter().enumerate().map(|(n, width)| format!("  {:>width$}", cell(n)));
        cells.collect::<String>()
    };
    let mut line = |style: Style, name: &str, cells: &str| {
        let line = format!("{name:first$}{cells}");
        writeln!(text, "{style}{}{style:#}", line.trim_end()).expect("a string takes all");
    };
    for n in 0..headings.iter().map(Vec::len).max().unwrap_or(0) {
        let of = |heading: usize| headings[heading].get(n).cloned().unwrap_or_default();
        line(HEADING, if n == 0 { what } else { "" }, &cells(&of));
    }
    for contestant in contestants {
        let row = |n: usize| rows.iter().find(|r| r.contestant == contestant && r.scenario == scenarios[n]);
        line(Style::new(), contestant, &cells(&|n| row(n).map(value).map_or("-".into(), number)));
    }
    if what == "RMWs" {
        let of = |n: usize| Scenario::ALL.into_iter().find(|scenario| scenario.name() == scenarios[n]);
        let bound = |n: usize| of(n).and_then(Scenario::bound);
        line(QUIET, BOUND, &cells(&|n| bound(n).map_or("-".into(), |n| n.to_string())));
    }
    text.push('\n');
}

/// Those that have any, which are few.
fn list(text: &mut String, what: &str, rows: &[Row], value: fn(&Row) -> f64) {
    write!(text, "{HEADING}{what}{HEADING:#}").expect("a string takes all");
    let with: Vec<_> = rows.iter().filter(|row| number(value(row)) != "0").collect();
    if with.is_empty() {
        text.push_str("  none");
    }
    text.push('\n');
    for contestant in distinct(with.iter().map(|row| &*row.contestant)) {
        let of = with.iter().filter(|row| row.contestant == contestant);
        let of: Vec<_> = of.map(|row| format!("{} {}", row.scenario, number(value(row)))).collect();
        writeln!(text, "  {contestant}: {}", of.join("; ")).expect("a string takes all");
    }
}

/// With as many decimals as it has, two at most, and none if it is large.
fn number(value: f64) -> String {
    if value >= 100.0 {
        return format!("{value:.0}");
    }
    let number = format!("{value:.2}");
    let number = number.trim_end_matches('0').trim_end_matches('.');
    if number == "-0" { "0".into() } else { number.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [4.0, 0.5, 1.02, 120.25, -0.001, 1.004].map(number),
            ["4", "0.5", "1.02", "120", "0", "1"]
        );
    }

    #[test]
    fn two_tables_and_two_lists() {
        let row = |contestant: &str, scenario: &str, rmws, system_calls| Row {
            contestant: contestant.into(),
            scenario: scenario.into(),
            rmws,
            instructions: 120.0,
            system_calls,
            clock_reads: 0.0,
        };
        let rows = [
            row("a", "spawn", 0.0, 0.0),
            row("b", "spawn", 2.0, 0.5),
            row("b", "wake+poll, cloned", 3.0, 0.0),
        ];
        let text = anstream::adapter::strip_str(&text(&rows)).to_string();
        let expected = [
            "RMWs              spawn    wake",
            "                         +poll,",
            "                         cloned",
            "a                     0       -",
            "b                     2       3",
            "airmail's bound       0       -",
            "",
            "instructions      spawn    wake",
            "                         +poll,",
            "                         cloned",
            "a                   120       -",
            "b                   120     120",
            "",
            "system calls",
            "  b: spawn 0.5",
            "clock reads  none",
            "spawn             spawn a task, and keep its handle",
            "wake+poll, cloned the same, but the waker is cloned and the clone's `wake` called",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
}
