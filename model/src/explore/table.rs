//! The transition table, printed from the functions and compared with the documentation.

use super::{ABORT, DONE, LIVE, OWNED, WOKEN, flags, names, word};
use crate::task::word::{Idle, Outcome, Start, Wake, Word};

const ROWS: [u64; 7] =
    [0, LIVE, LIVE | OWNED, LIVE | OWNED | WOKEN, LIVE | OWNED | ABORT, LIVE | OWNED | WOKEN | ABORT, DONE];
const HEAD: [&str; 6] = ["word", "wake", "abort", "poll start", "poll: Pending", "poll: Ready"];

/// What changed: `+OWNED`, `-WOKEN` or `same`.
fn change(before: Word, after: Word) -> String {
    let (added, removed) = (flags(after) & !flags(before), flags(before) & !flags(after));
    match (added, removed) {
        (0, 0) => "same".to_owned(),
        (added, 0) => format!("+{}", names(added)),
        (0, removed) => format!("-{}", names(removed)),
        (added, removed) => format!("+{}-{}", names(added), names(removed)),
    }
}

fn woken(before: Word, (after, wake): (Word, Wake)) -> String {
    match wake {
        Wake::Stale => "stale".to_owned(),
        Wake::Noted => format!("{}: noted", change(before, after)),
        Wake::Submit => format!("{}: submit", change(before, after)),
    }
}

fn started(before: Word) -> String {
    match before.start() {
        (_, Start::Poll) => "poll".to_owned(),
        (after, Start::Clear) => format!("{}: poll", change(before, after)),
        (_, Start::Cancel) => "cancel".to_owned(),
    }
}

fn idled(before: Word) -> String {
    match before.idle() {
        (after, Idle::Parked) => format!("{}: parked", change(before, after)),
        (after, Idle::Requeue) => format!("{}: requeue", change(before, after)),
        (_, Idle::Cancel) => "cancel".to_owned(),
    }
}

fn row(row: u64) -> [String; 6] {
    let before = word(3, row);
    let owned = |cell: String| if before.is_live() && before.is_owned() { cell } else { "-".to_owned() };
    [
        names(row),
        woken(before, before.wake(3)),
        woken(before, before.abort(3)),
        owned(started(before)),
        owned(idled(before)),
        owned(names(flags(before.finish(Outcome::Completed)))),
    ]
}

fn print() -> Vec<String> {
    let rows: Vec<[String; 6]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(ROWS.into_iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let line = |row: &[String; 6]| {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join(" | ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[test]
fn transition_table() {
    let documented: Vec<&str> = include_str!("../../../core/src/task/mod.rs")
        .lines()
        .skip_while(|line| !line.starts_with("//! word "))
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//! "))
        .collect();
    let printed = print();
    for line in &printed {
        println!("//! {line}");
    }
    assert_eq!(documented, printed, "the table in core/src/task/mod.rs is the one printed above");
}
