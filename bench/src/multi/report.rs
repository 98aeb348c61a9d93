//! The measurements on several workers: on the terminal, and as a part of a page.

use super::Results;
use super::bounds::{self, Judged, Verdict};
use super::idle;
use super::race::{Measure, Section};
use crate::peer::Kind;
use crate::race::{Better, Row, Time};
use crate::report::markdown::Table;
use crate::report::style::{self, BAD, GOOD, HEAD, QUIET, paint};
use crate::report::table::{self, Look};
use crate::report::{number, page};
use crate::verdict::{Against, airmail_names};
use std::fmt::Write;

/// How many columns a table has at most: then it fits in 120 characters.
const COLUMNS: usize = 8;

impl Measure {
    fn look(self) -> Look {
        match self {
            Measure::Time => table::NANOSECONDS,
            Measure::ProcessorTime => Look { unit: "CPU ns per operation", show: number },
            Measure::Microseconds => Look { unit: "microseconds", show: number },
            Measure::Milliseconds => Look { unit: "milliseconds", show: number },
            Measure::Number => Look { unit: "number", show: small },
        }
    }

    fn title(self) -> &'static str {
        match self {
            Measure::Time => "Time, in nanoseconds per operation",
            Measure::ProcessorTime => "Processor time of all threads, in nanoseconds per operation",
            Measure::Microseconds => "Microseconds",
            Measure::Milliseconds => "Milliseconds",
            Measure::Number => "Numbers",
        }
    }
}

/// With three decimals where it matters.
fn small(value: f64) -> String {
    if value < 10.0 { format!("{value:.3}") } else { number(value) }
}

/// For the terminal.
pub(super) fn text(results: &Results, with_spread: bool) -> String {
    let mut text = String::new();
    for Section { measure, rows } in &results.sections {
        for rows in rows.chunks(COLUMNS) {
            text += &table::table(rows, with_spread, &measure.look());
            text.push('\n');
        }
    }
    text += &idle_text(results);
    text += &summary(&results.sections);
    text + &whats(&results.sections)
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

/// Airmail beside the best peer on each row, with its bounds; without airmail, who is best.
fn summary(sections: &[Section]) -> String {
    let names = names(sections);
    if names.is_empty() {
        return best(sections);
    }
    let mut text = String::new();
    for name in names {
        let judged = bounds::judge(sections, name);
        let head = format!("{name:12}{:14}{:>10}{:>9}  {:24}verdict", "", "median", "ratio", "bound");
        let _ = writeln!(text, "{}", paint(HEAD, &head));
        judged.iter().for_each(|one| text += &judged_line(one));
        let _ = writeln!(text, "{}\n", tally(&judged));
    }
    text
}

fn judged_line(one: &Judged<'_>) -> String {
    let question = match one.measure {
        Measure::ProcessorTime => format!("{}, CPU", one.question),
        _ => one.question.to_owned(),
    };
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
            let question = match measure {
                Measure::ProcessorTime => format!("{}, CPU", row.question),
                _ => row.question.clone(),
            };
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
fn whats(sections: &[Section]) -> String {
    let mut text = String::new();
    for Section { rows, .. } in sections.iter().filter(|section| section.measure != Measure::ProcessorTime) {
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

/// The part of a page, from two runs.
pub(crate) fn section(runs: [&Results; 2]) -> String {
    let first = runs[0];
    let mut text = format!(
        "\n## Speed on {} workers\n\nAs above: in turns, in one process, {} rounds after one that is not \
         counted, twice. A question is asked of a task on a worker, unless it is about threads outside. In bold \
         the best peer of each run. What one operation is:\n\n",
        first.workers, first.rounds
    );
    let with_words = first.sections.iter().filter(|section| section.measure != Measure::ProcessorTime);
    for row in with_words.flat_map(|section| &section.rows) {
        let better = if row.better == Better::More { " (more is better)" } else { "" };
        let _ = writeln!(text, "* **{}**: {}{better}.", row.question, row.what);
    }
    for Section { measure, rows } in &first.sections {
        let again = runs[1].sections.iter().find(|section| section.measure == *measure);
        let again = again.map_or(&[][..], |section| &section.rows);
        let _ = write!(text, "\n### {}\n", measure.title());
        for (place, rows) in rows.chunks(COLUMNS).enumerate() {
            let again = again.chunks(COLUMNS).nth(place).unwrap_or_default();
            let show = |row: &Row, time: &Time| bold(row, time, *measure);
            let _ = write!(text, "\n{}", page::of_each(&[rows, again], show));
        }
    }
    text += &idle_section(runs);
    text + &bounds_section(runs)
}

fn bold(row: &Row, time: &Time, measure: Measure) -> String {
    let value = (measure.look().show)(time.spread.median);
    let best = row.best_peer().is_some_and(|best| best.name == time.name);
    if best { format!("**{value}**") } else { value }
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

fn bounds_section(runs: [&Results; 2]) -> String {
    let mut text = String::new();
    for name in names(&runs[0].sections) {
        let judged = runs.map(|run| bounds::judge(&run.sections, name));
        let mut table = Table::of_words(["question", "bound", "ratio", "verdict"]);
        for (place, one) in judged[0].iter().enumerate() {
            let what = match one.measure {
                Measure::ProcessorTime => format!("{}, processor time", one.question),
                _ => one.question.to_owned(),
            };
            let both = [Some(one), judged[1].get(place)].into_iter().flatten();
            let ratio = |against: &Against<'_>| format!("{:.2} x {}", against.ratio, against.other);
            let ratios = both.clone().filter_map(|one| one.against.as_ref().map(ratio)).collect::<Vec<_>>();
            let verdicts = both.map(|one| one.verdict.text()).collect::<Vec<_>>();
            table.row([what, one.bound.text(), ratios.join(" / "), verdicts.join(" / ")]);
        }
        let _ = write!(
            text,
            "\n### Bounds of {name}\n\nWhat the design promises, first run / second run. With ~: within the \
             noise, the rounds reach over the bound. First run: {}; second run: {}.\n\n{}",
            tally(&judged[0]),
            tally(&judged[1]),
            table.write()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{section, text};
    use crate::multi::Results;
    use crate::multi::idle::{Idle, Row};
    use crate::multi::race::{Measure, Section};
    use crate::peer::Kind;
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
