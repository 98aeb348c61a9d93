//! What is measured: figures of one kind, a row for each question.

use crate::race::Row;
use crate::report::number;
use crate::report::table::{self, Look};
use serde::{Deserialize, Serialize};

/// What was measured: a table of it, or several if it has many columns.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Section {
    pub(crate) measure: Measure,
    pub(crate) rows: Vec<Row>,
}

impl Section {
    /// One for each measure that there is, in their order.
    pub(crate) fn sorted(mut rows: Vec<(Measure, Row)>) -> Vec<Section> {
        let of = |measure| {
            let rows = rows.extract_if(.., |(of, _)| *of == measure).map(|(_, row)| row);
            Section { measure, rows: rows.collect() }
        };
        Measure::ALL.map(of).into_iter().filter(|section| !section.rows.is_empty()).collect()
    }
}

/// What the figures of a section are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    /// Of one operation, in nanoseconds.
    Time,
    /// How often in a second.
    Rate,
    /// What half of the answers did not take longer than, in microseconds.
    P50,
    P99,
    P999,
    /// The answer that took longest, in microseconds.
    Longest,
    Microseconds,
    Milliseconds,
    /// Of things, or of times.
    Number,
    Bytes,
    /// Of all threads of this process, in nanoseconds per operation.
    ProcessorTime,
    /// Of all threads of a server, in microseconds per request.
    ServerTime,
}

impl Measure {
    pub(crate) const ALL: [Measure; 12] = {
        use Measure::{Bytes, Longest, P50, P99, P999, Rate};
        use Measure::{Microseconds, Milliseconds, Number, ProcessorTime, ServerTime, Time};
        [
            Time,
            Rate,
            P50,
            P99,
            P999,
            Longest,
            Microseconds,
            Milliseconds,
            Number,
            Bytes,
            ProcessorTime,
            ServerTime,
        ]
    };

    pub(crate) fn look(self) -> Look {
        let unit = match self {
            Measure::Time => return table::NANOSECONDS,
            Measure::Rate => "per second",
            Measure::P50 => "p50, microseconds",
            Measure::P99 => "p99, microseconds",
            Measure::P999 => "p99.9, microseconds",
            Measure::Longest => "longest, microseconds",
            Measure::Microseconds => "microseconds",
            Measure::Milliseconds => "milliseconds",
            Measure::Number => return Look { unit: "number", show: small },
            Measure::Bytes => "bytes",
            Measure::ProcessorTime => "CPU ns per operation",
            Measure::ServerTime => "CPU us per request",
        };
        Look { unit, show: number }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Measure::Time => "Time, in nanoseconds per operation",
            Measure::Rate => "Answers per second",
            Measure::P50 => "p50, in microseconds",
            Measure::P99 => "p99, in microseconds",
            Measure::P999 => "p99.9, in microseconds",
            Measure::Longest => "The longest, in microseconds",
            Measure::Microseconds => "Microseconds",
            Measure::Milliseconds => "Milliseconds",
            Measure::Number => "Numbers",
            Measure::Bytes => "Bytes",
            Measure::ProcessorTime => "Processor time of all threads, in nanoseconds per operation",
            Measure::ServerTime => "Processor time of the server, in microseconds per request",
        }
    }

    /// `question`, of which this is measured beside something else.
    pub(crate) fn of(self, question: &str) -> String {
        let what = match self {
            Measure::P50 => "p50",
            Measure::P99 => "p99",
            Measure::P999 => "p99.9",
            Measure::Longest => "longest",
            Measure::ProcessorTime | Measure::ServerTime => "CPU",
            _ => return question.to_owned(),
        };
        format!("{question}, {what}")
    }

    /// It is another view of a question that has a row without it.
    pub(crate) fn is_beside(self) -> bool {
        matches!(
            self,
            Measure::P50 | Measure::P99 | Measure::P999 | Measure::ProcessorTime | Measure::ServerTime
        )
    }
}

/// With three decimals where it matters.
fn small(value: f64) -> String {
    if value < 10.0 { format!("{value:.3}") } else { number(value) }
}

#[cfg(test)]
mod tests {
    use super::{Measure, Section};
    use crate::verdict::made_up;

    #[test]
    fn rows_of_one_measure_come_together() {
        let mut rows = made_up::rows().into_iter();
        let mut next = |measure| (measure, rows.next().expect("three"));
        let rows = vec![next(Measure::P99), next(Measure::Rate), next(Measure::P99)];
        let sections = Section::sorted(rows);
        let names = |section: &Section| -> Vec<String> {
            section.rows.iter().map(|row| section.measure.of(&row.question)).collect()
        };
        assert_eq!(
            sections.iter().map(names).collect::<Vec<_>>(),
            [vec!["lose"], vec!["win, p99", "draw, p99"]]
        );
    }

    #[test]
    fn every_measure_has_its_place() {
        for (place, measure) in Measure::ALL.iter().enumerate() {
            assert!(!measure.look().unit.is_empty() && !measure.title().is_empty());
            assert!(!Measure::ALL[..place].contains(measure), "{measure:?}");
        }
    }
}
