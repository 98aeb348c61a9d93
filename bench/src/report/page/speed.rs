//! The part about time.

use super::{CHART, Page};
use crate::race::{Row, Time};
use crate::report::markdown::Table;
use crate::report::{number, table};
use crate::verdict::{Against, airmail_names};
use std::fmt::Write;

pub(super) fn section(page: &Page<'_>) -> String {
    let runs = page.runs;
    let mut text = format!(
        "\n## Speed on one thread\n\n\
         All contestants are in one process and answer each question in turns, {} rounds after one that is not \
         counted; who begins changes from round to round. The future code is the same for everybody. Each runtime \
         has its default settings. The whole was run twice, in two processes. Each has threads that sleep meanwhile, as \
         most programs have: in a program that never had a second thread, the allocator of the C library is faster, \
         which helps whoever allocates for each task.\n\n\
         The **floor** is no runtime: one allocation a task, a queue and a waker, without atomics, panics, \
         cancelling or other threads.\n\n![chart of the first run]({CHART})\n\nWhat one operation is:\n\n",
        page.rounds
    );
    for row in runs[0] {
        let _ = writeln!(text, "* **{}**: {}.", row.question, row.what);
    }
    text += "\n### Medians\n\nNanoseconds per operation, first run / second run; the best peer of each run in \
             bold.\n\n";
    text += &of_each(&runs, |row, time| {
        let value = number(time.spread.median);
        let best = row.best_peer().is_some_and(|best| best.name == time.name);
        if best { format!("**{value}**") } else { value }
    });
    text += "\n### Ratios\n\nairmail's time as a multiple of the best peer's, first run / second run. Below 1, airmail \
             is faster. With ~: within the noise, the rounds of the two overlap.\n\n";
    text += &of_airmail(runs, Row::against_best);
    text += "\nThe same as a multiple of the floor:\n\n";
    text += &of_airmail(runs, Row::against_floor);
    text += "\n### Spread\n\nFastest to slowest round, in nanoseconds per operation.\n";
    for (run, title) in runs.into_iter().zip(["First run", "Second run"]) {
        let _ = write!(
            text,
            "\n{title}:\n\n{}",
            of_each(&[run], |_, time| table::range(time, &table::NANOSECONDS))
        );
    }
    text
}

/// A table of everybody and every question, with all runs in one cell.
pub(crate) fn of_each(runs: &[&[Row]], show: impl Fn(&Row, &Time) -> String) -> String {
    let mut table = columns(runs[0]);
    for time in table::everybody(runs[0]) {
        let cell = |question: usize| {
            let of_run =
                |run: &&[Row]| run.get(question).and_then(|row| Some(show(row, row.time(&time.name)?)));
            runs.iter().filter_map(of_run).collect::<Vec<_>>().join(" / ")
        };
        table.row([time.name.clone()].into_iter().chain((0..runs[0].len()).map(cell)));
    }
    table.write()
}

fn of_airmail<'a>(runs: [&'a [Row]; 2], of: fn(&'a Row, &str) -> Option<Against<'a>>) -> String {
    let mut table = columns(runs[0]);
    for name in airmail_names(runs[0]) {
        let cell = |question: usize| {
            let show = |against: Against<'_>| {
                format!("{}{:.2}", if against.noise { "~" } else { "" }, against.ratio)
            };
            let of_run = |run: &&'a [Row]| run.get(question).and_then(|row| of(row, name)).map(show);
            runs.iter().filter_map(of_run).collect::<Vec<_>>().join(" / ")
        };
        table.row([name.to_owned()].into_iter().chain((0..runs[0].len()).map(cell)));
    }
    table.write()
}

fn columns(run: &[Row]) -> Table {
    Table::new([""].into_iter().chain(run.iter().map(|row| row.question.as_str())))
}

/// How far apart the two runs are.
pub(super) fn noise([first, second]: [&[Row]; 2]) -> String {
    let mut changes: Vec<(f64, &str, &str)> = Vec::new();
    for (row, again) in first.iter().zip(second) {
        for time in &row.times {
            let Some(again) = again.time(&time.name) else { continue };
            let (a, b) = (time.spread.median, again.spread.median);
            changes.push(((a - b).abs() / a.min(b) * 100.0, &time.name, &row.question));
        }
    }
    changes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = String::from("\n## Noise\n\n");
    if let (Some(middle), Some((most, name, question))) = (changes.get(changes.len() / 2), changes.last()) {
        let _ = write!(
            text,
            "Between the two runs half of the medians changed by less than {:.1} %, and one by {most:.1} % ({name}, \
             {question}). ",
            middle.0
        );
    }
    text + "Compare what is within one run: the rounds are in turns, so that a slow minute of the machine is \
            everybody's. Where the rounds of two overlap, their medians say little about which one is faster: these \
            are marked with ~. Where compiler and linker happen to put code and data can be worth some percent, in one build against \
            another.\n"
}
