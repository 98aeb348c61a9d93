//! Where airmail loses: every figure in which a peer is clearly better, or the floor far away.

use crate::memory::idle::SIZES;
use crate::memory::{self, Held};
use crate::peer::Kind;
use crate::race::Row;
use crate::report::groups::groups;
use crate::report::markdown::Table;
use crate::report::number;
use crate::section::{Measure, Section};
use crate::verdict::{Against, FAR_FROM_FLOOR, LOSS, airmail_names};
use std::fmt::Write;

/// Another part of the page, and what was measured for it, once or twice.
pub(crate) struct Part<'a> {
    pub(crate) title: &'static str,
    pub(crate) runs: Vec<&'a [Section]>,
}

/// The part of the page. What is not lost is not in its tables.
pub(crate) fn section(runs: [&[Row]; 2], parts: &[Part<'_>], memory: &[memory::Row]) -> String {
    let percent = format!("{:.0} %", (LOSS - 1.0) * 100.0);
    let mut text = String::from("\n## Where airmail loses\n");
    for (table, none, some) in [
        (
            to_peers(runs),
            format!(
                "On one thread, on no question is airmail slower than the best peer by more than {percent}."
            ),
            format!(
                "On one thread, slower than the best peer by more than {percent} in one of the runs, first run \
                 / second run:"
            ),
        ),
        (
            in_parts(parts),
            format!(
                "On several workers, with sockets and with timers, no figure is worse than the best peer's by more \
                 than {percent}."
            ),
            format!(
                "On several workers, with sockets and with timers, worse than the best peer's by more than {percent}. \
                 With ~: within the noise."
            ),
        ),
        (
            to_floor(runs),
            format!(
                "On no question does airmail take more than {FAR_FROM_FLOOR} times what the floor takes."
            ),
            format!("More than {FAR_FROM_FLOOR} times what the floor takes in one of the runs:"),
        ),
        (
            in_memory(memory),
            format!("No peer holds less memory than airmail by more than {percent}."),
            format!("More memory than the peer that holds least, by more than {percent}:"),
        ),
    ] {
        let _ = if table.is_empty() {
            writeln!(text, "\n{none}")
        } else {
            write!(text, "\n{some}\n\n{}", table.write())
        };
    }
    text
}

/// Slower than the best peer.
fn to_peers(runs: [&[Row]; 2]) -> Table {
    in_runs(runs, LOSS, Row::against_best, |both| beside(&both))
}

/// How many times another's figure it is, in each run.
fn beside(runs: &[Against<'_>]) -> String {
    let text = |place: usize, against: &Against<'_>| {
        let ratio = format!("{}{:.2}", if against.noise { "~" } else { "" }, against.ratio);
        let same_follows = runs.get(place + 1).is_some_and(|next| next.other == against.other);
        if same_follows { ratio } else { format!("{ratio} x {}", against.other) }
    };
    let texts: Vec<_> = runs.iter().enumerate().map(|(place, against)| text(place, against)).collect();
    texts.join(" / ")
}

/// Worse than the best peer of its group, in one of the runs. A run in which it, or every peer, has no figure is left out.
fn in_parts(parts: &[Part<'_>]) -> Table {
    let mut table = Table::of_words(["part", "question", "whose", "x the best peer"]);
    for Part { title, runs } in parts {
        let runs: Vec<_> = runs.iter().map(|run| within_groups(run)).collect();
        for (measure, row) in runs.first().into_iter().flatten() {
            for name in row.airmail().map(|time| time.name.as_str()) {
                let best = runs.iter().filter_map(|run| against_best(run, *measure, &row.question, name));
                let all: Vec<_> = best.collect();
                if all.iter().any(|against| against.ratio > LOSS) {
                    table.row([*title, &measure.of(&row.question), name, &beside(&all)]);
                }
            }
        }
    }
    table
}

/// All rows, with those only who are compared with each other.
fn within_groups(sections: &[Section]) -> Vec<(Measure, Row)> {
    let each = |Section { measure, rows }| rows.into_iter().map(move |row| (measure, row));
    groups(sections).flat_map(|(_, sections)| sections).flat_map(each).collect()
}

fn against_best<'a>(
    rows: &'a [(Measure, Row)],
    measure: Measure,
    question: &str,
    name: &str,
) -> Option<Against<'a>> {
    let mut same = rows.iter().filter(|(of, row)| *of == measure && row.question == question);
    same.find_map(|(_, row)| row.against_best(name))
}

/// Far from the floor.
fn to_floor(runs: [&[Row]; 2]) -> Table {
    in_runs(runs, FAR_FROM_FLOOR, Row::against_floor, |[first, second]| {
        format!("{:.2} / {:.2}", first.ratio, second.ratio)
    })
}

/// A row for each question that one of airmail's loses in one of the runs; a cell for each that does.
fn in_runs<'a>(
    [first, second]: [&'a [Row]; 2],
    limit: f64,
    of: fn(&'a Row, &str) -> Option<Against<'a>>,
    show: impl Fn([Against<'a>; 2]) -> String,
) -> Table {
    let names = airmail_names(first);
    let mut table = Table::new(["question"].iter().chain(&names).copied());
    for (row, again) in first.iter().zip(second) {
        let cell = |name: &&str| {
            let both = [of(row, name)?, of(again, name)?];
            both.iter().any(|against| against.ratio > limit).then(|| show(both))
        };
        add(&mut table, row.question.clone(), names.iter().map(cell).collect(), None);
    }
    table
}

type Figure = fn(&Held) -> f64;

/// Holds more than the peer that holds least.
fn in_memory(rows: &[memory::Row]) -> Table {
    let airmail: Vec<_> = rows.iter().filter(|row| row.kind == Kind::Airmail).collect();
    let head = ["what"].into_iter().chain(airmail.iter().map(|row| row.name)).chain(["best peer"]);
    let mut table = Table::new(head);
    let figures: [(&str, Figure); 2] = [
        ("bytes per idle task", |held| held.bytes_per_idle_task),
        ("MiB held when 99 % have ended", |held| held.after_mib),
    ];
    for (what, of) in figures {
        for size in SIZES {
            let peers = rows.iter().filter(|row| row.kind == Kind::Peer);
            let held = peers.filter_map(|row| Some((of(row.held(size)?), row.name)));
            let Some((least, best)) = held.min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            let cell =
                |row: &&memory::Row| row.held(size).map(of).filter(|held| *held > least * LOSS).map(number);
            let what = format!("{what}, {size}-byte future");
            let best = format!("{} ({best})", number(least));
            add(&mut table, what, airmail.iter().map(cell).collect(), Some(best));
        }
    }
    table
}

/// Adds a row, if there is something in one of its cells.
fn add(table: &mut Table, what: String, cells: Vec<Option<String>>, last: Option<String>) {
    if cells.iter().any(Option::is_some) {
        let cells = cells.into_iter().map(Option::unwrap_or_default);
        table.row([what].into_iter().chain(cells).chain(last));
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, in_memory, in_parts, section, to_floor, to_peers};
    use crate::peer::Kind;
    use crate::report::memory::made_up::row;
    use crate::section::{Measure, Section};
    use crate::verdict::made_up;

    #[test]
    fn a_row_that_is_lost_is_named() {
        let (first, mut second) = (made_up::rows(), made_up::rows());
        second[2] = made_up::row("draw", 110.0, [900.0, 100.0], 60.0, 10.0);
        let text = to_peers([&first, &second]).write();
        let lines: Vec<_> = text.lines().collect();
        let expected = [
            "| question | airmail x |",
            "|---|---:|",
            "| lose | 2.00 / 2.00 x pigeon |",
            // In the second run only.
            "| draw | ~0.99 x snail & co / ~1.10 x pigeon |",
        ];
        assert_eq!(lines, expected);
        let text = to_floor([&first, &second]).write();
        assert_eq!(text.lines().skip(2).collect::<Vec<_>>(), ["| lose | 6.00 / 6.00 |"]);
    }

    #[test]
    fn nothing_lost_is_said_in_words() {
        let mut rows = made_up::rows();
        rows.remove(1);
        let memory = [row("airmail x", Kind::Airmail, 104.0, 90.0), row("p", Kind::Peer, 500.0, 90.0)];
        let text = section([&rows, &rows], &[], &memory);
        assert!(!text.contains('|'), "{text}");
        let said = text.lines().filter(|line| ["On ", "No peer"].iter().any(|words| line.starts_with(words)));
        assert_eq!(said.count(), 4, "{text}");
    }

    #[test]
    fn what_other_parts_lose_is_named() {
        let sections = [Section { measure: Measure::P99, rows: made_up::rows() }];
        let mut again = sections.clone();
        again[0].rows[2] = made_up::row("draw", 110.0, [900.0, 100.0], 60.0, 10.0);
        let twice = Part { title: "twice", runs: vec![&sections, &again] };
        let once = Part { title: "once", runs: vec![&sections] };
        // Of another group, and faster.
        let mut grouped = made_up::row("lone", 100.0, [101.0, 50.0], 60.0, 1.0);
        grouped.times[2].name = "pigeon current-thread".into();
        let others = [Section { measure: Measure::P99, rows: vec![grouped] }];
        let alone = Part { title: "alone", runs: vec![&others] };
        let text = in_parts(&[twice, once, alone]).write();
        let expected = [
            "| twice | lose, p99 | airmail x | 2.00 / 2.00 x pigeon |",
            "| twice | draw, p99 | airmail x | ~0.99 x snail & co / ~1.10 x pigeon |",
            "| once | lose, p99 | airmail x | 2.00 x pigeon |",
        ];
        assert_eq!(text.lines().skip(2).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn memory_that_is_lost_is_named() {
        let rows = [row("airmail x", Kind::Airmail, 104.0, 90.0), row("p", Kind::Peer, 500.0, 9.0)];
        let text = in_memory(&rows).write();
        assert_eq!(text.lines().count(), 2 + 4, "{text}");
        assert!(text.starts_with("| what | airmail x | best peer |\n"), "{text}");
        assert!(
            text.contains("| MiB held when 99 % have ended, 24-byte future | 90.0 | 9.0 (p) |"),
            "{text}"
        );
    }

    #[test]
    fn without_peers_nothing_is_lost() {
        let memory = [row("airmail x", Kind::Airmail, 104.0, 90.0)];
        assert!(in_memory(&memory).is_empty());
        assert!(to_peers([&[], &[]]).is_empty());
    }
}
