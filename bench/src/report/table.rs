//! The medians, ratios and spreads as columns on the terminal: one for each question.

use crate::race::{Row, Time};
use crate::report::number;
use crate::report::style::{self, AIRMAIL, BAD, BEST, GOOD, HEAD, QUIET, paint};
use crate::verdict::{Against, airmail_names};
use std::fmt::Write;

/// Eight of them, and the names, fit in 120 columns.
const COLUMN: usize = 11;

/// What the figures are, and how they are written.
pub(crate) struct Look {
    pub(crate) unit: &'static str,
    pub(crate) show: fn(f64) -> String,
}

pub(crate) const NANOSECONDS: Look = Look { unit: "ns per operation", show: number };

pub(crate) fn table(rows: &[Row], with_spread: bool, look: &Look) -> String {
    let everybody = everybody(rows);
    if everybody.is_empty() {
        return String::new();
    }
    let unit = format!("{}, median", look.unit);
    let names = everybody.iter().map(|time| time.name.len()).max().unwrap_or(0).max(unit.len());
    let lines = |cell: &dyn Fn(&Row, &Time) -> String| -> String {
        let line = |one: &&Time| {
            let of = |row| Row::time(row, &one.name).map_or_else(|| column("-"), |time| cell(row, time));
            let cells = rows.iter().map(of).collect::<String>();
            format!("{}{cells}\n", paint(style::of(one.kind), &format!("{:names$}", one.name)))
        };
        everybody.iter().map(line).collect()
    };
    let mut text = head(&unit, rows, names) + &lines(&|row, time| median(row, time, look));
    text += &noise(rows, names);
    if rows.iter().any(|row| row.best_peer().is_some()) {
        text += &ratios(rows, names, "x the best peer (*)", Row::against_best);
    }
    if rows.iter().any(|row| row.floor().is_some()) {
        text += &ratios(rows, names, "x the floor", Row::against_floor);
    }
    if with_spread {
        text.push('\n');
        text += &head("fastest-slowest round", rows, names);
        text += &lines(&|_, time| column(&range(time, look)));
    }
    text
}

/// All who have a figure in one of the rows, in their order.
pub(crate) fn everybody(rows: &[Row]) -> Vec<&Time> {
    let mut everybody: Vec<&Time> = Vec::new();
    for time in rows.iter().flat_map(|row| &row.times) {
        if everybody.iter().all(|known| known.name != time.name) {
            everybody.push(time);
        }
    }
    everybody
}

fn head(what: &str, rows: &[Row], names: usize) -> String {
    let columns = rows.iter().map(|row| column(&row.question)).collect::<String>();
    format!("{}\n", paint(HEAD, &format!("{what:names$}{columns}")))
}

fn column(text: &str) -> String {
    format!("{text:>COLUMN$}")
}

fn median(row: &Row, time: &Time, look: &Look) -> String {
    let value = (look.show)(time.spread.median);
    if row.best_peer().is_some_and(|best| best.name == time.name) {
        paint(BEST, &column(&format!("*{value}")))
    } else {
        paint(style::of(time.kind), &column(&value))
    }
}

/// How far apart the rounds of the middle contestant are.
fn noise(rows: &[Row], names: usize) -> String {
    let cell = |row: &Row| {
        let mut widths: Vec<_> = row.times.iter().map(|time| time.spread.width()).collect();
        widths.sort_by(f64::total_cmp);
        column(&format!("{:.0} %", widths[widths.len() / 2] * 100.0))
    };
    let cells = rows.iter().map(cell).collect::<String>();
    format!("{}\n", paint(QUIET, &format!("{:names$}{cells}", "spread of the rounds")))
}

fn ratios<'a>(
    rows: &'a [Row],
    names: usize,
    what: &str,
    of: impl Fn(&'a Row, &str) -> Option<Against<'a>>,
) -> String {
    let names_of_airmail = airmail_names(rows);
    if names_of_airmail.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", paint(HEAD, what));
    for name in names_of_airmail {
        let cell = |row| {
            let Some(Against { ratio, noise, .. }) = of(row, name) else { return " ".repeat(COLUMN) };
            let value = format!("{}{ratio:.2}", if noise { "~" } else { "" });
            let colour = match ratio {
                _ if noise => QUIET,
                ..=1.0 => GOOD,
                _ => BAD,
            };
            paint(colour, &column(&value))
        };
        let cells = rows.iter().map(cell).collect::<String>();
        let _ = writeln!(text, "{}{cells}", paint(AIRMAIL, &format!("{name:names$}")));
    }
    text
}

/// Fastest and slowest round.
pub(crate) fn range(time: &Time, look: &Look) -> String {
    format!("{}-{}", (look.show)(time.spread.least), (look.show)(time.spread.most))
}

#[cfg(test)]
mod tests {
    use super::{NANOSECONDS, table};
    use crate::verdict::made_up;

    fn plain(with_spread: bool) -> String {
        anstream::adapter::strip_str(&table(&made_up::rows(), with_spread, &NANOSECONDS)).to_string()
    }

    #[test]
    fn it_looks_like_this() {
        let expected = [
            "ns per operation, median        win       lose       draw",
            "airmail x       10.0        300        100",
            "snail & co      *20.0        200       *101",
            "pigeon           30.0       *150        900",
        ];
        let text = plain(false);
        for (line, expected) in text.lines().zip(expected) {
            let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(line), words(expected));
        }
        assert!(text.contains("x the best peer (*)\nairmail x "), "{text}");
        assert!(text.lines().any(|line| line.ends_with("0.50       2.00      ~0.99")), "{text}");
        assert!(!text.contains("fastest"), "{text}");
    }

    #[test]
    fn columns_stand_below_each_other() {
        let text = plain(true);
        assert!(text.lines().any(|line| line.ends_with("9.0-11.0    299-301   95.0-105")), "{text}");
        let widths: Vec<_> = text.lines().filter(|line| line.contains("  ")).map(str::len).collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }

    #[test]
    fn nothing_asked_nothing_told() {
        assert_eq!(table(&[], true, &NANOSECONDS), "");
    }
}
