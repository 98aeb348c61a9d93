//! What is held for idle tasks, on the terminal.

use crate::machine::Machine;
use crate::memory::idle::{SIZES, STAYS};
use crate::memory::{BOUND, Cell, Row};
use crate::peer::Kind;
use crate::report::style::{self, HEAD, paint};
use std::fmt::Write;

const COLUMN: usize = 18;

pub(crate) fn table(rows: &[Row], tasks: usize, machine: &Machine) -> String {
    let names = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(24);
    let left = tasks.div_ceil(STAYS);
    let mut text =
        format!("{tasks} idle tasks, each runtime and size in a process of its own\n{}\n\n", machine.line());
    text += &block("bytes per idle task", rows, names, bytes);
    text.push('\n');
    text += &block(&format!("MiB held, {left} tasks left"), rows, names, after);
    text += "(in brackets: the share of what was held for all)\n\n";
    text += &style::wrap(&bound(rows), 110, "");
    for row in rows {
        for cell in &row.cells {
            if let Some(missing) = &cell.missing {
                let _ =
                    writeln!(text, "{}, {} bytes, was not measured: {missing}", row.name, cell.future_bytes);
            }
        }
    }
    text
}

fn block(what: &str, rows: &[Row], names: usize, show: fn(&Cell) -> String) -> String {
    let sizes = SIZES.map(|size| column(&format!("{size}-byte future"))).concat();
    let mut text = format!("{}\n", paint(HEAD, &format!("{what:names$} {sizes}")));
    for row in rows {
        let cells = row.cells.iter().map(|cell| column(&show(cell))).collect::<String>();
        let _ = writeln!(text, "{}", paint(style::of(row.kind), &format!("{:names$} {cells}", row.name)));
    }
    text
}

fn column(text: &str) -> String {
    format!("{text:>COLUMN$}")
}

/// Bytes per idle task.
pub(crate) fn bytes(cell: &Cell) -> String {
    cell.held.map_or_else(|| "-".into(), |held| format!("{:.1}", held.bytes_per_idle_task))
}

/// MiB that are still held, and their share.
pub(crate) fn after(cell: &Cell) -> String {
    cell.held
        .map_or_else(|| "-".into(), |held| format!("{:.1} ({:.0} %)", held.after_mib, held.kept() * 100.0))
}

/// Whether airmail keeps its promise.
pub(crate) fn bound(rows: &[Row]) -> String {
    let (size, most) = BOUND;
    let held: Vec<_> = rows
        .iter()
        .filter(|row| row.kind == Kind::Airmail)
        .filter_map(|row| Some((row.name, row.held(size)?.bytes_per_idle_task)))
        .collect();
    let figures: Vec<_> = held.iter().map(|(name, bytes)| format!("{name} {bytes:.1}")).collect();
    let verdict = match held.iter().all(|(_, bytes)| *bytes <= most) {
        _ if held.is_empty() => return "airmail was not measured.".into(),
        true => "holds",
        false => "does not hold",
    };
    format!(
        "The bound of {most} bytes for an idle airmail task with a {size}-byte future {verdict}: {}.",
        figures.join(", ")
    )
}

#[cfg(test)]
pub(crate) mod made_up {
    use crate::memory::{Cell, Held, Row};
    use crate::peer::Kind;

    pub(crate) fn row(name: &'static str, kind: Kind, each: f64, after_mib: f64) -> Row {
        let cells = super::SIZES.map(|future_bytes| Cell {
            future_bytes,
            missing: None,
            held: Some(Held {
                bytes_per_idle_task: each,
                peak_mib: 100.0,
                after_mib,
                bytes_per_task_left: after_mib * 100.0,
            }),
        });
        Row { name, kind, cells: cells.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::{bound, made_up, table};
    use crate::machine;
    use crate::peer::Kind;

    #[test]
    fn the_bound_is_judged() {
        let rows = [
            made_up::row("airmail x", Kind::Airmail, 104.2, 90.0),
            made_up::row("p", Kind::Peer, 500.0, 9.0),
        ];
        assert_eq!(
            bound(&rows),
            "The bound of 112 bytes for an idle airmail task with a 24-byte future holds: airmail x 104.2."
        );
        assert!(
            bound(&[made_up::row("airmail x", Kind::Airmail, 112.1, 1.0)])
                .contains("does not hold: airmail x 112.1")
        );
        assert!(bound(&rows[1..]).contains("not measured"));
    }

    #[test]
    fn what_is_missing_has_a_reason() {
        let mut row = made_up::row("p", Kind::Peer, 500.0, 9.0);
        row.cells[2].held = None;
        row.cells[2].missing = Some("exit status 101: it fell over".into());
        let text = anstream::adapter::strip_str(&table(&[row], 1_000, &machine::made_up())).to_string();
        assert!(text.contains("p, 200 bytes, was not measured: exit status 101: it fell over\n"), "{text}");
        let words: Vec<_> = text.lines().nth(4).unwrap().split_whitespace().collect();
        assert_eq!(words, ["p", "500.0", "500.0", "-", "500.0"]);
    }
}
