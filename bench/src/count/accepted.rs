//! What airmail may cost: its design's bounds, and the counts that were accepted last.

use super::Row;
use super::scenarios::Scenario;
use serde::Deserialize;
use std::fs;

/// Beside this crate's manifest.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/accepted-counts.json");

const ACCEPT: &str = "cargo run --release -p airmail-bench -- counts --accept";

/// How much more instructions than accepted are no breach: C libraries differ a little.
const MORE_INSTRUCTIONS: f64 = 1.03;

/// Numbers closer than this are the same: they come from a decimal file.
const SAME: f64 = 1e-6;

/// What the file holds.
#[derive(Debug, Deserialize)]
pub(super) struct Accepted {
    /// Another compiler makes other instructions, and as many read-modify-writes.
    compiler: String,
    counts: Vec<Row>,
}

/// What this program was compiled with.
const COMPILER: &str = env!("BENCH_RUSTC");

/// Something that whoever called `--check` should know.
#[derive(Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) is_breach: bool,
    pub(super) text: String,
}

fn breach(text: String) -> Finding {
    Finding { is_breach: true, text }
}

/// One object a line, so that a diff shows which scenario changed.
pub(super) fn to_json(rows: &[Row]) -> String {
    let lines: Vec<_> = rows
        .iter()
        .map(|row| format!("  {}", serde_json::to_string(row).expect("finite numbers and strings")))
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

pub(super) fn read() -> Result<Accepted, String> {
    let text =
        fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}; write it with: {ACCEPT}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}; write it anew with: {ACCEPT}"))
}

/// Accepts `rows`. Unless they are all there are, others stay accepted as they were.
pub(super) fn write(rows: &[Row], all: bool) -> Result<(), String> {
    let mut accepted = Vec::new();
    if !all {
        let Accepted { compiler, counts } = read()?;
        if compiler != COMPILER {
            return Err(format!(
                "{FILE} was written with {compiler}, this is {COMPILER}: accept all counts at once"
            ));
        }
        accepted = counts;
    }
    for row in rows {
        match accepted.iter_mut().find(|old| is_same(old, row)) {
            Some(old) => *old = row.clone(),
            None => accepted.push(row.clone()),
        }
    }
    let text = format!("{{\n\"compiler\": {COMPILER:?},\n\"counts\": {}}}\n", to_json(&accepted));
    fs::write(FILE, text).map_err(|error| format!("{FILE}: {error}"))
}

fn is_same(one: &Row, other: &Row) -> bool {
    one.contestant == other.contestant && one.scenario == other.scenario
}

/// Compares airmail's counts with its bounds and with the accepted ones.
pub(super) fn check(rows: &[Row], accepted: &Accepted) -> Vec<Finding> {
    let mut findings = Vec::new();
    let same_compiler = accepted.compiler == COMPILER;
    if !same_compiler {
        let text = format!(
            "instructions are not compared: those that were accepted were counted with {}, these with {COMPILER}",
            accepted.compiler
        );
        findings.push(Finding { is_breach: false, text });
    }
    for row in rows {
        let place = format!("{}, {}", row.contestant, row.scenario);
        findings.extend(bounds(row).map(|(what, value, bound)| {
            breach(format!(
                "{place}: {value} {what} per operation, and the design allows {bound}. Remedy: find the one that is \
                 too many, in what changed last; accepting it does not help"
            ))
        }));
        match accepted.counts.iter().find(|accepted| is_same(accepted, row)) {
            Some(accepted) => findings.extend(changes(row, accepted, &place, same_compiler)),
            None => findings.push(breach(format!("{place}: nothing was accepted yet. Remedy: {ACCEPT}"))),
        }
    }
    findings
}

/// The bounds that a row breaks: of what, value, bound.
fn bounds(row: &Row) -> impl Iterator<Item = (&'static str, f64, u32)> {
    let scenario = Scenario::ALL.into_iter().find(|scenario| scenario.name() == row.scenario);
    [
        ("RMWs", row.rmws, scenario.and_then(Scenario::bound)),
        ("system calls", row.system_calls, Some(0)),
        ("clock reads", row.clock_reads, Some(0)),
    ]
    .into_iter()
    .filter_map(|(what, value, bound)| Some((what, value, bound?)))
    .filter(|(_, value, bound)| *value > f64::from(*bound) + SAME)
}

/// What is worse or better than accepted.
fn changes(row: &Row, accepted: &Row, place: &str, same_compiler: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let measures = [
        ("RMWs", row.rmws, accepted.rmws, 1.0),
        ("instructions", row.instructions, accepted.instructions, MORE_INSTRUCTIONS),
        ("system calls", row.system_calls, accepted.system_calls, 1.0),
        ("clock reads", row.clock_reads, accepted.clock_reads, 1.0),
    ];
    for (what, now, before, allowed) in measures {
        if what == "instructions" && !same_compiler {
            continue;
        }
        if now > before * allowed + SAME {
            findings.push(breach(format!(
                "{place}: {now} {what} per operation, and {before} were accepted. Remedy: undo what costs more, or, \
                 if it is meant: {ACCEPT}"
            )));
        } else if now < before / allowed - SAME {
            let text =
                format!("{place}: {now} {what} per operation, better than {before}; accept it: {ACCEPT}");
            findings.push(Finding { is_breach: false, text });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(scenario: Scenario, rmws: f64, instructions: f64) -> Row {
        Row {
            contestant: "airmail local".into(),
            scenario: scenario.name().into(),
            rmws,
            instructions,
            system_calls: 0.0,
            clock_reads: 0.0,
        }
    }

    /// Whether each finding is a breach, and its text.
    fn findings(now: &Row, accepted: &[Row]) -> Vec<(bool, String)> {
        let accepted = Accepted { compiler: COMPILER.into(), counts: accepted.to_vec() };
        check(std::slice::from_ref(now), &accepted).into_iter().map(|f| (f.is_breach, f.text)).collect()
    }

    #[test]
    fn another_compiler_makes_other_instructions() {
        let accepted =
            Accepted { compiler: "rustc 1.0.0".into(), counts: vec![row(Scenario::RunJoin, 3.0, 100.0)] };
        let now = [row(Scenario::RunJoin, 4.0, 900.0)];
        let found = check(&now, &accepted);
        assert!(!found[0].is_breach && found[0].text.contains("not compared"), "{found:?}");
        assert!(found[1].is_breach && found[1].text.contains("4 RMWs"), "{found:?}");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn as_accepted() {
        let accepted = [row(Scenario::WakePoll, 3.0, 100.0)];
        assert_eq!(findings(&row(Scenario::WakePoll, 3.0, 103.0), &accepted), []);
        assert_eq!(findings(&row(Scenario::WakePoll, 3.0, 98.0), &accepted), []);
    }

    #[test]
    fn above_a_bound() {
        let now = row(Scenario::Yield, 1.01, 100.0);
        let found = findings(&now, std::slice::from_ref(&now));
        assert!(
            matches!(&*found, [(true, text)] if text.starts_with(
                "airmail local, yield: 1.01 RMWs per operation, and the design allows 1. Remedy: "
            )),
            "{found:?}"
        );
    }

    #[test]
    fn a_system_call_and_a_clock_read() {
        let now = Row { system_calls: 0.5, clock_reads: 1.0, ..row(Scenario::Detached, 9.0, 100.0) };
        let found = findings(&now, std::slice::from_ref(&now));
        assert!(found[0].1.contains("0.5 system calls") && found[1].1.contains("1 clock reads"), "{found:?}");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn worse_and_better_than_accepted() {
        let accepted = [row(Scenario::RunJoin, 3.0, 100.0)];
        let found = findings(&row(Scenario::RunJoin, 4.0, 103.5), &accepted);
        assert!(found[0].1.contains("4 RMWs per operation, and 3 were accepted"), "{found:?}");
        assert!(found[1].1.contains("103.5 instructions per operation, and 100 were accepted"), "{found:?}");
        assert!(found.iter().all(|(is_breach, text)| *is_breach && text.contains("--accept")), "{found:?}");
        let found = findings(&row(Scenario::RunJoin, 2.0, 90.0), &accepted);
        assert!(
            found.iter().all(|(is_breach, text)| !is_breach && text.contains("better than")),
            "{found:?}"
        );
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn nothing_accepted() {
        let found = findings(&row(Scenario::Spawn, 0.0, 100.0), &[row(Scenario::Yield, 0.0, 100.0)]);
        assert!(matches!(&*found, [(true, text)] if text.contains("nothing was accepted yet")), "{found:?}");
    }

    #[test]
    fn a_row_comes_back_from_its_file() {
        let rows = [row(Scenario::Yield, 0.01, 85.37), row(Scenario::Spawn, 0.0, 100.0)];
        let text = to_json(&rows);
        assert_eq!(text.lines().count(), 4);
        let back: Vec<Row> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, rows);
    }
}
