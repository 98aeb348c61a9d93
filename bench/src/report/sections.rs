//! Sections, with the bounds that are judged on them: on the terminal, and on a page.

use crate::bounds::{self, Judged, Promises, Verdict};
use crate::race::{Better, Row, Time};
use crate::report::markdown::Table;
use crate::report::page;
use crate::report::style::{self, BAD, GOOD, HEAD, QUIET, paint};
use crate::report::table;
use crate::section::{Measure, Section};
use crate::verdict::{Against, airmail_names};
use std::fmt::Write;

/// How many columns a table has at most: then it fits in 120 characters.
const COLUMNS: usize = 8;

/// The tables, for the terminal.
pub(crate) fn tables(sections: &[Section], with_spread: bool) -> String {
    let mut text = String::new();
    for Section { measure, rows } in sections {
        for rows in rows.chunks(COLUMNS) {
            text += &table::table(rows, with_spread, &measure.look());
            text.push('\n');
        }
    }
    text
}

/// Airmail beside the best peer on each row, with its bounds; without airmail, who is best.
pub(crate) fn summary(sections: &[Section], promises: Promises) -> String {
    let names = names(sections);
    if names.is_empty() {
        return best(sections);
    }
    let mut text = String::new();
    for name in names {
        let judged = bounds::judge(sections, name, promises);
        let head = format!("{name:12}{:14}{:>10}{:>9}  {:24}verdict", "", "median", "ratio", "bound");
        let _ = writeln!(text, "{}", paint(HEAD, &head));
        judged.iter().for_each(|one| text += &judged_line(one));
        let _ = writeln!(text, "{}\n", tally(&judged));
    }
    text
}

fn judged_line(one: &Judged<'_>) -> String {
    let question = one.measure.of(one.question);
    let ratio = one.against.as_ref().map_or_else(String::new, |against| format!("{:.2}", against.ratio));
    let other = one.against.as_ref().map_or_else(String::new, |against| format!(" ({})", against.other));
    let median = (one.measure.look().show)(one.airmail.spread.median);
    let colour = match one.verdict {
        Verdict::Holds => GOOD,
        Verdict::Noise { .. } | Verdict::Open => QUIET,
        Verdict::Broken => BAD,
    };
    let verdict = paint(colour, one.verdict.text());
    format!("{question:26}{median:>10}{ratio:>9}  {:24}{verdict}{other}\n", one.bound.text())
}

fn tally(judged: &[Judged<'_>]) -> String {
    let number = |is: fn(Verdict) -> bool| judged.iter().filter(|one| is(one.verdict)).count();
    format!(
        "{} bounds: {} hold, {} broken, {} within the noise",
        judged.iter().filter(|one| one.verdict != Verdict::Open).count(),
        number(|verdict| verdict == Verdict::Holds),
        number(|verdict| verdict == Verdict::Broken),
        number(|verdict| matches!(verdict, Verdict::Noise { .. }))
    )
}

fn best(sections: &[Section]) -> String {
    let mut text = format!("{}\n", paint(HEAD, "the best peer of each row"));
    for Section { measure, rows } in sections {
        for row in rows {
            let Some(best) = row.best_peer() else { continue };
            let question = measure.of(&row.question);
            let _ = writeln!(
                text,
                "{question:26}{:>10}  {}",
                (measure.look().show)(best.spread.median),
                best.name
            );
        }
    }
    text + "\n"
}

/// What an operation is.
pub(crate) fn whats(sections: &[Section]) -> String {
    let mut text = String::new();
    for Section { rows, .. } in sections.iter().filter(|section| !section.measure.is_beside()) {
        for row in rows {
            text +=
                &paint(QUIET, &style::wrap(&format!("{:12}{}", row.question, row.what), 110, "            "));
        }
    }
    text
}

fn names(sections: &[Section]) -> Vec<&str> {
    sections.iter().map(|section| airmail_names(&section.rows)).max_by_key(Vec::len).unwrap_or_default()
}

/// What an operation is, and in which direction it is better, on a page.
pub(crate) fn page_whats(sections: &[Section]) -> String {
    let mut text = String::new();
    let with_words = sections.iter().filter(|section| !section.measure.is_beside());
    for row in with_words.flat_map(|section| &section.rows) {
        let better = if row.better == Better::More { " (more is better)" } else { "" };
        let _ = writeln!(text, "* **{}**: {}{better}.", row.question, row.what);
    }
    text
}

/// The tables on a page, with all runs in one cell; the best peer of each in bold.
pub(crate) fn page_tables(runs: &[&[Section]]) -> String {
    let mut text = String::new();
    for Section { measure, rows } in runs[0] {
        let again = runs[1..].iter().map(|run| {
            run.iter().find(|section| section.measure == *measure).map_or(&[][..], |section| &section.rows)
        });
        let all: Vec<&[Row]> = [rows.as_slice()].into_iter().chain(again).collect();
        let _ = write!(text, "\n### {}\n", measure.title());
        for place in 0..rows.len().div_ceil(COLUMNS) {
            let part = |rows: &&'_ [Row]| rows.chunks(COLUMNS).nth(place).unwrap_or_default().to_vec();
            let parts: Vec<_> = all.iter().map(part).collect();
            let parts: Vec<_> = parts.iter().map(Vec::as_slice).collect();
            let _ = write!(text, "\n{}", page::of_each(&parts, |row, time| bold(row, time, *measure)));
        }
    }
    text
}

fn bold(row: &Row, time: &Time, measure: Measure) -> String {
    let value = (measure.look().show)(time.spread.median);
    let best = row.best_peer().is_some_and(|best| best.name == time.name);
    if best { format!("**{value}**") } else { value }
}

/// What became of the bounds of each of airmail's contestants, on a page: of one run or of two.
pub(crate) fn page_bounds(runs: &[&[Section]], promises: Promises) -> String {
    let mut text = String::new();
    for name in names(runs[0]) {
        let judged: Vec<_> = runs.iter().map(|run| bounds::judge(run, name, promises)).collect();
        let mut table = Table::of_words(["question", "bound", "ratio", "verdict"]);
        for (place, one) in judged[0].iter().enumerate() {
            let all = judged.iter().filter_map(|judged| judged.get(place));
            let ratio = |against: &Against<'_>| format!("{:.2} x {}", against.ratio, against.other);
            let ratios = all.clone().filter_map(|one| one.against.as_ref().map(ratio)).collect::<Vec<_>>();
            let verdicts = all.map(|one| one.verdict.text()).collect::<Vec<_>>();
            let question = match one.measure {
                Measure::ProcessorTime => format!("{}, processor time", one.question),
                measure => measure.of(one.question),
            };
            table.row([question, one.bound.text(), ratios.join(" / "), verdicts.join(" / ")]);
        }
        let (runs, tallies) = match judged.as_slice() {
            [first, second] => (
                ", first run / second run",
                format!("First run: {}; second run: {}.", tally(first), tally(second)),
            ),
            all => ("", all.iter().map(|judged| tally(judged) + ".").collect()),
        };
        let _ = write!(
            text,
            "\n### Bounds of {name}\n\nWhat the design promises{runs}. With ~: within the noise, the rounds \
             reach over the bound. {tallies}\n\n{}",
            table.write()
        );
    }
    text
}
