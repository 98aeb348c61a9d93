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

#[cfg(test)]
mod tests {
    use super::{section, text};
    use crate::peer::Kind;
    use crate::section::{Measure, Section};
    use crate::timers::{Awaited, Results};
    use crate::verdict::made_up;

    fn results() -> Results {
        let row = made_up::row("late", 300.0, [100.0, 90.0], 1.0, 1.0);
        let sections = vec![Section { measure: Measure::P99, rows: vec![row] }];
        let early = vec![Awaited { name: "pigeon".into(), kind: Kind::Peer, sleeps: 900, early: 2 }];
        Results { rounds: 11, sections, early }
    }

    #[test]
    fn the_page_has_bounds_and_who_was_early() {
        let page = section(&results());
        assert!(page.starts_with("\n## Timers\n") && page.contains("pigeon 2 of 900"), "{page}");
        assert!(page.contains("| late, p99 | <= 1000 |  | holds |"), "{page}");
    }

    #[test]
    fn the_terminal_has_who_was_early() {
        let text = anstream::adapter::strip_str(&text(&results(), false)).to_string();
        assert!(text.lines().any(|line| line.split_whitespace().eq(["pigeon", "900", "2"])), "{text}");
    }
}
