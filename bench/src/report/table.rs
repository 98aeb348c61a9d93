//! The medians, ratios and spreads as columns on the terminal: one for each question.

use crate::race::{Row, Time};
use crate::report::number;
use crate::report::style::{self, AIRMAIL, BAD, BEST, GOOD, HEAD, QUIET, paint};
use crate::verdict::{Against, airmail_names};
use std::fmt::Write;

/// Eight of them, and the names, fit in 120 columns.
const COLUMN: usize = 11;
const MEDIAN: &str = "ns per operation, median";

pub(crate) fn table(rows: &[Row], with_spread: bool) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let names = first.times.iter().map(|time| time.name.len()).max().unwrap_or(0).max(MEDIAN.len());
    let mut text = head(MEDIAN, rows, names);
    for (place, time) in first.times.iter().enumerate() {
        let cells = rows.iter().map(|row| median(row, &row.times[place])).collect::<String>();
        let _ = writeln!(text, "{}{cells}", paint(style::of(time.kind), &format!("{:names$}", time.name)));
    }
    text += &noise(rows, names);
    let has_peers = first.best_peer().is_some();
    if has_peers {
        text += &ratios(rows, names, "x the best peer (*)", Row::against_best);
    }
    if first.floor().is_some() {
        text += &ratios(rows, names, "x the floor", Row::against_floor);
    }
    if with_spread {
        text.push('\n');
        text += &head("fastest-slowest round", rows, names);
        for (place, time) in first.times.iter().enumerate() {
            let cell = |row: &Row| column(&range(&row.times[place]));
            let cells = rows.iter().map(cell).collect::<String>();
            let _ =
                writeln!(text, "{}{cells}", paint(style::of(time.kind), &format!("{:names$}", time.name)));
        }
    }
    text
}

fn head(what: &str, rows: &[Row], names: usize) -> String {
    let columns = rows.iter().map(|row| column(&row.question)).collect::<String>();
    format!("{}\n", paint(HEAD, &format!("{what:names$}{columns}")))
}

fn column(text: &str) -> String {
    format!("{text:>COLUMN$}")
}

fn median(row: &Row, time: &Time) -> String {
    let value = number(time.nanoseconds.median);
    if row.best_peer().is_some_and(|best| best.name == time.name) {
        paint(BEST, &column(&format!("*{value}")))
    } else {
        paint(style::of(time.kind), &column(&value))
    }
}

/// How far apart the rounds of the middle contestant are.
fn noise(rows: &[Row], names: usize) -> String {
    let cell = |row: &Row| {
        let mut widths: Vec<_> = row.times.iter().map(|time| time.nanoseconds.width()).collect();
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
    let mut text = format!("\n{}\n", paint(HEAD, what));
    for name in airmail_names(rows) {
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
pub(crate) fn range(time: &Time) -> String {
    format!("{}-{}", number(time.nanoseconds.least), number(time.nanoseconds.most))
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::verdict::made_up;

    fn plain(with_spread: bool) -> String {
        anstream::adapter::strip_str(&table(&made_up::rows(), with_spread)).to_string()
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
        assert_eq!(table(&[], true), "");
    }
}
