//! Who is ahead of whom, on one question.

use crate::peer::Kind;
use crate::race::{Row, Time};

/// How much slower than the best peer is a loss.
pub(crate) const LOSS: f64 = 1.05;
/// How many times the floor is more than a runtime should need.
pub(crate) const FAR_FROM_FLOOR: f64 = 2.0;

/// One contestant beside another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Against<'a> {
    pub(crate) question: &'a str,
    pub(crate) other: &'a str,
    /// Of the medians: below 1, it is faster than the other, or has more where more is better.
    pub(crate) ratio: f64,
    /// Their rounds overlap, so that the medians say little.
    pub(crate) noise: bool,
}

impl Row {
    fn of(&self, kind: Kind) -> impl Iterator<Item = &Time> {
        self.times.iter().filter(move |time| time.kind == kind)
    }

    pub(crate) fn airmail(&self) -> impl Iterator<Item = &Time> {
        self.of(Kind::Airmail)
    }

    pub(crate) fn time(&self, name: &str) -> Option<&Time> {
        self.times.iter().find(|time| time.name == name)
    }

    pub(crate) fn best_peer(&self) -> Option<&Time> {
        let loss = |time: &Time| self.better.loss(time.spread.median);
        self.of(Kind::Peer).min_by(|a, b| loss(a).total_cmp(&loss(b)))
    }

    pub(crate) fn floor(&self) -> Option<&Time> {
        self.of(Kind::Floor).next()
    }

    /// `name` beside the fastest peer.
    pub(crate) fn against_best(&self, name: &str) -> Option<Against<'_>> {
        Some(self.against(self.time(name)?, self.best_peer()?))
    }

    pub(crate) fn against_floor(&self, name: &str) -> Option<Against<'_>> {
        Some(self.against(self.time(name)?, self.floor()?))
    }

    pub(crate) fn against<'a>(&'a self, time: &Time, other: &'a Time) -> Against<'a> {
        Against {
            question: &self.question,
            other: &other.name,
            ratio: self.better.loss(time.spread.median) / self.better.loss(other.spread.median),
            noise: time.spread.overlaps(&other.spread),
        }
    }
}

/// Airmail's contestants, by name.
pub(crate) fn airmail_names(rows: &[Row]) -> Vec<&str> {
    rows.first().map_or_else(Vec::new, |row| row.airmail().map(|time| time.name.as_str()).collect())
}

#[cfg(test)]
pub(crate) mod made_up {
    use super::Kind::{self, Airmail, Floor, Peer};
    use crate::race::{Better, Row, Time};
    use crate::stats::Spread;

    fn time(name: &'static str, kind: Kind, median: f64, width: f64) -> Time {
        let spread = Spread { least: median - width, median, most: median + width };
        Time { name: name.into(), kind, spread }
    }

    pub(crate) fn row(question: &'static str, airmail: f64, peers: [f64; 2], floor: f64, width: f64) -> Row {
        let times = vec![
            time("airmail x", Airmail, airmail, width),
            time("snail & co", Peer, peers[0], width),
            time("pigeon", Peer, peers[1], width),
            time("floor", Floor, floor, width),
        ];
        let what = "one letter, from <sender> to reader".into();
        Row { question: question.into(), what, times, better: Better::Less }
    }

    /// Airmail wins the first, loses the second, and the third is too close.
    pub(crate) fn rows() -> Vec<Row> {
        vec![
            row("win", 10.0, [20.0, 30.0], 8.0, 1.0),
            row("lose", 300.0, [200.0, 150.0], 50.0, 1.0),
            row("draw", 100.0, [101.0, 900.0], 60.0, 5.0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::{airmail_names, made_up};

    #[test]
    fn the_best_peer_is_found() {
        let rows = made_up::rows();
        assert_eq!(airmail_names(&rows), ["airmail x"]);
        let against: Vec<_> = rows.iter().map(|row| row.against_best("airmail x").unwrap()).collect();
        assert_eq!(against[0].other, "snail & co");
        assert!((against[0].ratio - 0.5).abs() < 1e-9 && !against[0].noise);
        assert_eq!(against[1].other, "pigeon");
        assert!((against[1].ratio - 2.0).abs() < 1e-9 && !against[1].noise);
        assert!(against[2].noise);
        assert!((rows[0].against_floor("airmail x").unwrap().ratio - 1.25).abs() < 1e-9);
    }

    #[test]
    fn nobody_to_compare_with() {
        let mut row = made_up::rows().remove(0);
        row.times.truncate(1);
        assert!(row.against_best("airmail x").is_none());
        assert!(row.against_floor("airmail x").is_none());
        assert!(row.against_best("nobody").is_none());
    }
}
