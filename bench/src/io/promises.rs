//! What airmail's design promises about sockets.

use crate::bounds::Bound::{self, BestPeer, Open, Peer};
use crate::section::Measure;

/// The bounds of a row; of what is neither promised nor asked for, none.
pub(super) fn promises(measure: Measure, question: &str) -> &'static [Bound] {
    match (measure, question) {
        (Measure::Rate, "http 64") => &[BestPeer(1.0)],
        (Measure::P99, "http 64") => &[Peer("tokio", 1.05)],
        (Measure::Rate | Measure::Bytes | Measure::Longest, _) | (Measure::P99, "mixed 64") => &[Open],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::promises;
    use crate::bounds::{Bound, Verdict, judge};
    use crate::race::Better;
    use crate::section::{Measure, Section};
    use crate::verdict::made_up;

    #[test]
    fn more_answers_than_the_best_are_promised() {
        let section = |airmail: f64| {
            let mut row = made_up::row("http 64", airmail, [100.0, 90.0], 1.0, 1.0);
            row.better = Better::More;
            [Section { measure: Measure::Rate, rows: vec![row] }]
        };
        for (airmail, verdict) in
            [(104.0, Verdict::Holds), (101.0, Verdict::Noise { holds: true }), (95.0, Verdict::Broken)]
        {
            let sections = section(airmail);
            let judged = judge(&sections, "airmail x", promises);
            assert_eq!((judged[0].bound, judged[0].verdict), (Bound::BestPeer(1.0), verdict), "{airmail}");
        }
    }

    #[test]
    fn what_is_not_promised_is_shown_or_left_out() {
        assert_eq!(promises(Measure::Bytes, "idle 10k"), [Bound::Open]);
        assert!(promises(Measure::P50, "http 64").is_empty());
        assert_eq!(promises(Measure::P99, "http 64"), [Bound::Peer("tokio", 1.05)]);
    }
}
