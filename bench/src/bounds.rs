//! What airmail's design promises about its figures, and whether it holds.

use crate::race::{Row, Time};
use crate::report::number;
use crate::section::{Measure, Section};
use crate::verdict::Against;

/// What a figure of airmail's must not exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    /// So many times the best peer's.
    BestPeer(f64),
    /// So many times that of the peer whose name begins so.
    Peer(&'static str, f64),
    /// So many times the floor's.
    Floor(f64),
    Most(f64),
    /// What it must reach.
    Least(f64),
    /// The design says nothing: it is shown beside the best peer.
    Open,
}

/// Whether a bound holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    /// It does, or does not, but the rounds overlap with those that it is compared with.
    Noise {
        holds: bool,
    },
    Broken,
    /// There is nothing to hold.
    Open,
}

/// One bound and what became of it.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) question: &'a str,
    pub(crate) measure: Measure,
    pub(crate) airmail: &'a Time,
    /// Beside whom, and how many times that one's figure airmail's is.
    pub(crate) against: Option<Against<'a>>,
    pub(crate) bound: Bound,
    pub(crate) verdict: Verdict,
}

/// The bounds of a row: of what is measured, and of the question.
pub(crate) type Promises = fn(Measure, &str) -> &'static [Bound];

/// Every bound of every row, for this one of airmail's.
pub(crate) fn judge<'a>(sections: &'a [Section], name: &str, promises: Promises) -> Vec<Judged<'a>> {
    let mut all = Vec::new();
    for Section { measure, rows } in sections {
        for row in rows {
            let Some(airmail) = row.time(name) else { continue };
            let judged = |bound: &Bound| judge_one(row, *measure, airmail, *bound);
            all.extend(promises(*measure, &row.question).iter().filter_map(judged));
        }
    }
    all
}

/// `None` if there is nobody to compare with.
fn judge_one<'a>(row: &'a Row, measure: Measure, airmail: &'a Time, bound: Bound) -> Option<Judged<'a>> {
    let (other, most) = match bound {
        Bound::BestPeer(most) => (Some(row.best_peer()?), most),
        Bound::Peer(name, most) => (Some(row.times.iter().find(|time| time.name.starts_with(name))?), most),
        Bound::Floor(most) => (Some(row.floor()?), most),
        Bound::Open => (Some(row.best_peer()?), f64::INFINITY),
        Bound::Most(most) | Bound::Least(most) => (None, most),
    };
    let against = other.map(|other| row.against(airmail, other));
    let spread = airmail.spread;
    let (holds, noise) = match (bound, &against, other) {
        (_, Some(against), Some(other)) => {
            // Whether the slowest and the fastest rounds say the same as the middle ones.
            let limit = |figure: f64| row.better.loss(figure) * most;
            let limits = [limit(other.spread.least), limit(other.spread.most)];
            let mine = [row.better.loss(spread.least), row.better.loss(spread.most)];
            (against.ratio <= most, overlap(mine, limits))
        }
        (Bound::Least(least), ..) => {
            (spread.median >= least, overlap([spread.least, spread.most], [least; 2]))
        }
        _ => (spread.median <= most, overlap([spread.least, spread.most], [most; 2])),
    };
    let verdict = match (holds, noise) {
        _ if bound == Bound::Open => Verdict::Open,
        (holds, true) => Verdict::Noise { holds },
        (true, false) => Verdict::Holds,
        (false, false) => Verdict::Broken,
    };
    Some(Judged { question: &row.question, measure, airmail, against, bound, verdict })
}

fn overlap(one: [f64; 2], other: [f64; 2]) -> bool {
    let ends = |range: [f64; 2]| (range[0].min(range[1]), range[0].max(range[1]));
    let ((least, most), (other_least, other_most)) = (ends(one), ends(other));
    least <= other_most && other_least <= most
}

impl Bound {
    pub(crate) fn text(self) -> String {
        match self {
            Bound::BestPeer(most) => format!("<= {most:.2} x the best peer"),
            Bound::Peer(name, most) => format!("<= {most:.2} x {name}"),
            Bound::Floor(most) => format!("<= {most:.2} x the floor"),
            Bound::Most(most) => format!("<= {}", number(most)),
            Bound::Least(least) => format!(">= {least:.1}"),
            Bound::Open => "none; the best peer".into(),
        }
    }
}

impl Verdict {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Noise { holds: true } => "~holds",
            Verdict::Noise { holds: false } => "~broken",
            Verdict::Broken => "BROKEN",
            Verdict::Open => "-",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Verdict, judge, judge_one};
    use crate::multi::promises;
    use crate::race::Better;
    use crate::section::{Measure, Section};
    use crate::verdict::made_up;

    fn verdict(airmail: f64, peer: f64, width: f64, bound: Bound) -> Verdict {
        let row = made_up::row("q", airmail, [peer, 900.0], 50.0, width);
        judge_one(&row, Measure::Time, &row.times[0], bound).expect("there are peers").verdict
    }

    #[test]
    fn bounds_hold_and_break() {
        let best = Bound::BestPeer(1.05);
        assert_eq!(verdict(100.0, 100.0, 1.0, best), Verdict::Holds);
        assert_eq!(verdict(104.0, 100.0, 5.0, best), Verdict::Noise { holds: true });
        assert_eq!(verdict(106.0, 100.0, 5.0, best), Verdict::Noise { holds: false });
        assert_eq!(verdict(120.0, 100.0, 1.0, best), Verdict::Broken);
        assert_eq!(verdict(120.0, 100.0, 1.0, Bound::Peer("snail", 0.5)), Verdict::Broken);
        assert_eq!(verdict(120.0, 300.0, 1.0, Bound::Peer("snail", 0.5)), Verdict::Holds);
        assert_eq!(verdict(190.0, 1.0, 1.0, Bound::Floor(4.0)), Verdict::Holds);
        assert_eq!(verdict(999.0, 1.0, 0.5, Bound::Most(1_000.0)), Verdict::Holds);
        assert_eq!(verdict(1.7, 1.0, 0.05, Bound::Least(1.8)), Verdict::Broken);
        assert_eq!(verdict(1.85, 1.0, 0.1, Bound::Least(1.8)), Verdict::Noise { holds: true });
    }

    #[test]
    fn more_can_be_better() {
        let mut row = made_up::row("q", 1.9, [1.5, 1.2], 1.0, 0.01);
        row.better = Better::More;
        let judged = judge_one(&row, Measure::Number, &row.times[0], Bound::BestPeer(1.05)).unwrap();
        assert_eq!(judged.verdict, Verdict::Holds);
        assert_eq!(judged.against.unwrap().other, "snail & co");
    }

    #[test]
    fn each_row_of_each_section_has_its_bounds() {
        let rows = || vec![made_up::row("yield", 10.0, [20.0, 30.0], 5.0, 1.0)];
        let sections = [
            Section { measure: Measure::Time, rows: rows() },
            Section { measure: Measure::ProcessorTime, rows: rows() },
        ];
        // There is no tokio in it.
        let judged = judge(&sections, "airmail x", promises);
        assert_eq!(
            judged.iter().map(|one| one.bound).collect::<Vec<_>>(),
            [Bound::BestPeer(1.05), Bound::BestPeer(1.1)]
        );
        assert!(judge(&sections, "nobody", promises).is_empty());
        let open = [Section {
            measure: Measure::Number,
            rows: vec![made_up::row("gap", 1.0, [2.0, 3.0], 4.0, 0.1)],
        }];
        let judged = judge(&open, "airmail x", promises);
        assert_eq!((judged[0].bound, judged[0].verdict), (Bound::Open, Verdict::Open));
    }
}
