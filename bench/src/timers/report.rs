//! What the timers did: on the terminal, and as a part of a page.

use super::promises::promises;
use super::{Awaited, Results};
use crate::report::groups;
use crate::report::style::{self, BAD, HEAD, paint};
use std::fmt::Write;

/// For the terminal.
pub(super) fn text(results: &Results, with_spread: bool) -> String {
    let mut text = String::new();
    if results.early.iter().any(|one| one.sleeps > 0) {
        let _ = writeln!(
            text,
            "{}",
            paint(HEAD, &format!("{:24}{:>10}{:>10}", "ended early", "sleeps", "early"))
        );
        for Awaited { name, kind, sleeps, early } in &results.early {
            let style = if *early > 0 { BAD } else { style::of(*kind) };
            let _ = writeln!(text, "{}", paint(style, &format!("{name:24}{sleeps:>10}{early:>10}")));
        }
        text.push('\n');
    }
    groups::text(&results.sections, with_spread, promises) + &("\n".to_owned() + &text)
}

/// The part of a page.
pub(crate) fn section(results: &Results) -> String {
    let early = |one: &Awaited| format!("{} {} of {}", one.name, one.early, one.sleeps);
    let early: Vec<_> = results.early.iter().filter(|one| one.sleeps > 0).map(early).collect();
    format!(
        "\n## Timers\n\nIn turns, in one process, {} rounds after one that is not counted (three where a million are \
         armed); two workers, or one thread where a name says so. In bold the best peer. Sleeps that ended before \
         their time: {}. What one operation is:\n\n{}",
        results.rounds,
        early.join(", "),
        groups::page(&results.sections, promises)
    )
}
