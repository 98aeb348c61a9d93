//! What many measurements of the same thing say.

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::Spread;

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
