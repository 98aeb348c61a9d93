//! What airmail's design promises about timers.

use crate::bounds::Bound::{self, Most, Open, Peer};
use crate::section::Measure;

/// How late a sleep ends at most, but for one of a hundred, in microseconds.
const LATE: f64 = 1_000.0;
/// The same where the driver waits for the system's events, with a timer of the system's own.
const LATE_EVENTS: f64 = 100.0;

/// The bounds of a row; that no sleep ends early is looked at for each of them.
pub(super) fn promises(measure: Measure, question: &str) -> &'static [Bound] {
    match (measure, question) {
        (Measure::Time, "arm+cancel") => &[Peer("tokio", 1.0 / 3.0)],
        (Measure::P99, "late") => &[Most(LATE)],
        (Measure::P99, "late net") => &[Most(LATE_EVENTS)],
        (Measure::P50, _) => &[],
        _ => &[Open],
    }
}

#[cfg(test)]
mod tests {
    use super::promises;
    use crate::bounds::{Verdict, judge};
    use crate::section::{Measure, Section};
    use crate::verdict::made_up;

    fn verdict(measure: Measure, question: &'static str, airmail: f64) -> Verdict {
        let mut row = made_up::row(question, airmail, [90.0, 30.0], 1.0, 0.1);
        row.times[1].name = "tokio multi-thread".into();
        judge(&[Section { measure, rows: vec![row] }], "airmail x", promises)[0].verdict
    }

    #[test]
    fn a_third_of_tokio_s() {
        assert_eq!(verdict(Measure::Time, "arm+cancel", 28.0), Verdict::Holds);
        assert_eq!(verdict(Measure::Time, "arm+cancel", 32.0), Verdict::Broken);
    }

    #[test]
    fn a_millisecond_late() {
        assert_eq!(verdict(Measure::P99, "late", 990.0), Verdict::Holds);
        assert_eq!(verdict(Measure::P99, "late", 1_010.0), Verdict::Broken);
        assert_eq!(verdict(Measure::Longest, "late", 9_000.0), Verdict::Open);
    }
}
