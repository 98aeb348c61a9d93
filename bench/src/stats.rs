//! What many measurements of the same thing say.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Least, middle and greatest of some measurements.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of at least one measurement.
    pub(crate) fn of(samples: &[f64]) -> Spread {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Spread { least: sorted[0], median, most: sorted[sorted.len() - 1] }
    }

    /// How far the measurements lie apart, as a share of the middle one.
    pub(crate) fn width(&self) -> f64 {
        (self.most - self.least) / self.median
    }

    /// Whether the slowest of the faster is slower than the fastest of the slower, so that the middle says little
    /// about which one is faster.
    pub(crate) fn overlaps(&self, other: &Spread) -> bool {
        self.least <= other.most && other.least <= self.most
    }
}

/// Many times of the same kind, from the shortest to the longest.
#[derive(Debug)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Times {
        times.sort_unstable();
        Times(times)
    }

    pub(crate) fn number(&self) -> usize {
        self.0.len()
    }

    /// The shortest that as many of a thousand are not longer than, in seconds; of none, no number.
    pub(crate) fn at(&self, of_1000: usize) -> f64 {
        let place = (self.0.len() * of_1000).div_ceil(1_000).saturating_sub(1);
        self.0.get(place).map_or(f64::NAN, Duration::as_secs_f64)
    }

    pub(crate) fn micros(&self, of_1000: usize) -> f64 {
        self.at(of_1000) * 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::{Spread, Times};
    use std::time::Duration;

    #[test]
    fn a_share_of_the_times_is_not_longer() {
        let times = Times::of((1..=1_000).rev().map(Duration::from_micros).collect());
        let at = |of_1000| format!("{:.0}", times.micros(of_1000));
        assert_eq!([0, 500, 990, 999, 1_000].map(at), ["1", "500", "990", "999", "1000"]);
        assert_eq!(times.number(), 1_000);
        let three = Times::of([5, 1, 3].map(Duration::from_secs).to_vec());
        assert_eq!([500, 990, 1_000].map(|of_1000| format!("{}", three.at(of_1000))), ["3", "5", "5"]);
        assert!(Times::of(Vec::new()).at(500).is_nan());
    }

    #[test]
    fn middle_of_odd_and_even() {
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]), Spread { least: 1.0, median: 2.0, most: 3.0 });
        assert_eq!(Spread::of(&[4.0, 1.0, 2.0, 3.0]), Spread { least: 1.0, median: 2.5, most: 4.0 });
        assert_eq!(Spread::of(&[7.0]), Spread { least: 7.0, median: 7.0, most: 7.0 });
    }

    #[test]
    fn overlap_is_mutual() {
        let spread = |least, most| Spread { least, median: f64::midpoint(least, most), most };
        for (a, b, overlaps) in [
            (spread(1.0, 2.0), spread(3.0, 4.0), false),
            (spread(1.0, 3.5), spread(3.0, 4.0), true),
            (spread(1.0, 9.0), spread(3.0, 4.0), true),
        ] {
            assert_eq!((a.overlaps(&b), b.overlaps(&a)), (overlaps, overlaps));
        }
        assert!((spread(1.0, 3.0).width() - 1.0).abs() < 1e-9);
    }
}
