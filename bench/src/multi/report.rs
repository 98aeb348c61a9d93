//! The measurements on several workers: on the terminal, and as a part of a page.

use super::promises::promises;
use super::{Results, idle};
use crate::bounds::Verdict;
use crate::peer::Kind;
use crate::report::markdown::Table;
use crate::report::sections;
use crate::report::style::{self, HEAD, paint};
use std::fmt::Write;

/// For the terminal.
pub(super) fn text(results: &Results, with_spread: bool) -> String {
    let mut text = sections::tables(&results.sections, with_spread);
    text += &idle_text(results);
    text += &sections::summary(&results.sections, promises);
    text + &sections::whats(&results.sections)
}

fn idle_text(results: &Results) -> String {
    if results.idle.is_empty() {
        return String::new();
    }
    let names = results.idle.iter().map(|row| row.name.len()).max().unwrap_or(0).max(24);
    let title = format!("{} s idle", results.idle_seconds);
    let head = format!("{title:names$}{:>20}{:>14}", "voluntary switches", "% of a core");
    let mut text = format!("{}\n", paint(HEAD, &head));
    for row in &results.idle {
        let [switches, busy] = cells(row);
        let line = format!("{:names$}{switches:>20}{busy:>14}", row.name);
        let verdict = verdict_of_idle(row).map_or("", Verdict::text);
        let _ = writeln!(text, "{}  {verdict}", paint(style::of(row.kind), &line));
    }
    text + "\n"
}

/// Airmail's workers must not wake up while there is nothing to do.
fn verdict_of_idle(row: &idle::Row) -> Option<Verdict> {
    let switches = row.idle.filter(|_| row.kind == Kind::Airmail)?.voluntary_switches?;
    Some(if switches == 0 { Verdict::Holds } else { Verdict::Broken })
}

/// How often it went to sleep, and how busy it was; or why that is not known.
fn cells(row: &idle::Row) -> [String; 2] {
    match (&row.idle, &row.missing) {
        (Some(idle), _) => {
            let switches =
                idle.voluntary_switches.map_or_else(|| "unknown".into(), |number| number.to_string());
            [switches, format!("{:.1}", idle.busy * 100.0)]
        }
        (None, missing) => [missing.clone().unwrap_or_default(), String::new()],
    }
}

/// The part of a page, from two runs.
pub(crate) fn section(runs: [&Results; 2]) -> String {
    let first = runs[0];
    let mut text = format!(
        "\n## Speed on {} workers\n\nAs above: in turns, in one process, {} rounds after one that is not \
         counted, twice. A question is asked of a task on a worker, unless it is about threads outside. In bold \
         the best peer of each run. What one operation is:\n\n",
        first.workers, first.rounds
    );
    let both = runs.map(|run| run.sections.as_slice());
    text += &sections::page_whats(both[0]);
    text += &sections::page_tables(&both);
    text += &idle_section(runs);
    text + &sections::page_bounds(&both, promises)
}

fn idle_section(runs: [&Results; 2]) -> String {
    let first = runs[0];
    if first.idle.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["", "voluntary context switches", "% of a core", "bound: 0 switches"]);
    for row in &first.idle {
        let again = runs[1].idle.iter().find(|again| again.name == row.name).map(cells);
        let both = cells(row).into_iter().enumerate().map(|(n, cell)| {
            let again = again.as_ref().map_or_else(String::new, |again| format!(" / {}", again[n]));
            cell + &again
        });
        let verdict = verdict_of_idle(row).map_or("", Verdict::text).to_owned();
        table.row([row.name.clone()].into_iter().chain(both).chain([verdict]));
    }
    format!(
        "\n### With nothing to do\n\nEach in a process of its own, for {} seconds, after some work: how often \
         a worker went to sleep, so was awake, and the processor time of all.\n\n{}",
        first.idle_seconds,
        table.write()
    )
}

#[cfg(test)]
mod tests {
    use super::{section, text};
    use crate::multi::Results;
    use crate::multi::idle::{Idle, Row};
    use crate::peer::Kind;
    use crate::section::{Measure, Section};
    use crate::verdict::made_up;

    fn results() -> Results {
        let mut rows = made_up::rows();
        // Not everybody takes part everywhere.
        rows[1].times.remove(1);
        let sections = vec![
            Section { measure: Measure::Time, rows },
            Section { measure: Measure::ProcessorTime, rows: made_up::rows() },
        ];
        let idle = |name: &str, idle, missing| Row { name: name.into(), kind: Kind::Peer, idle, missing };
        let calm = Some(Idle { voluntary_switches: Some(3), busy: 0.5 });
        let idle = vec![idle("pigeon", calm, None), idle("snail & co", None, Some("it died".into()))];
        Results { workers: 2, rounds: 11, sections, idle_seconds: 10, idle }
    }

    #[test]
    fn the_terminal_has_tables_and_verdicts() {
        let text = anstream::adapter::strip_str(&text(&results(), false)).to_string();
        let line = |start: &str| {
            let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
            text.lines()
                .map(words)
                .find(|line| line.starts_with(start))
                .unwrap_or_else(|| panic!("{start}: {text}"))
        };
        assert_eq!(line("snail"), "snail & co *20.0 - *101");
        assert_eq!(line("pigeon 3 "), "pigeon 3 50.0");
        assert_eq!(line("win 10"), "win 10.0 0.50 <= 1.05 x the best peer holds (snail & co)");
        assert_eq!(line("lose 300"), "lose 300 2.00 <= 1.05 x the best peer BROKEN (pigeon)");
        assert_eq!(line("draw, CPU"), "draw, CPU 100 0.99 <= 1.10 x the best peer holds (snail & co)");
        assert!(text.contains("6 bounds: 3 hold, 2 broken, 1 within the noise"), "{text}");
        assert!(text.contains("it died"), "{text}");
    }

    #[test]
    fn without_airmail_the_best_are_named() {
        let mut results = results();
        for row in results.sections.iter_mut().flat_map(|section| &mut section.rows) {
            row.times.retain(|time| time.kind != Kind::Airmail);
        }
        let text = anstream::adapter::strip_str(&text(&results, true)).to_string();
        assert!(text.contains("the best peer of each row\nwin  "), "{text}");
        assert!(!text.contains("airmail"), "{text}");
    }

    #[test]
    fn the_page_has_both_runs() {
        let page = section([&results(), &results()]);
        assert!(page.contains("## Speed on 2 workers"), "{page}");
        assert!(page.contains("| snail & co | **20.0** / **20.0** |  | **101** / **101** |"), "{page}");
        assert!(page.contains(
            "| lose | <= 1.05 x the best peer | 2.00 x pigeon / 2.00 x pigeon | BROKEN / BROKEN |"
        ));
        assert!(page.contains("| pigeon | 3 / 3 | 50.0 / 50.0 |  |"), "{page}");
    }
}
