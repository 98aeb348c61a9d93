//! Where in a wheel a deadline has its place: pure functions.
//!
//! Times are numbers of nanoseconds. Seen as numbers to the base 64 they have eleven digits, and the wheel has a level for
//! each. A deadline's level is that of the first digit in which it differs from the wheel's time, and its slot there is that
//! digit. So all deadlines of one slot lie closer together than those of the next, the slot of the lowest level holds one
//! deadline only, and where a deadline belongs changes only when the wheel's time comes to the beginning of its slot.
//!
//! After G. Varghese and T. Lauck, "Hashed and Hierarchical Timing Wheels" (1987), with the placing by the first digit that
//! differs.

/// Bits of a digit.
const DIGIT: u32 = 6;
/// Slots of a level.
pub(super) const SLOTS: usize = 1 << DIGIT;
/// Digits of a time.
pub(super) const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;

/// A slot of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) level: u8,
    pub(super) slot: u8,
}

impl Place {
    /// Where `deadline` belongs at the time `now`, which is not later.
    pub(super) fn of(deadline: u64, now: u64) -> Place {
        debug_assert!(now <= deadline);
        // The lowest bit, so that equal times have the lowest level.
        let level = (u64::BITS - 1 - ((deadline ^ now) | 1).leading_zeros()) / DIGIT;
        let slot = deadline >> (level * DIGIT) & (SLOTS as u64 - 1);
        Place { level: level as u8, slot: slot as u8 }
    }

    /// The earliest deadline that belongs here at the time `now`.
    pub(super) fn start(self, now: u64) -> u64 {
        let shift = u32::from(self.level) * DIGIT;
        // The digits above are those of `now`; those below are zero.
        let above = now.checked_shr(shift + DIGIT).unwrap_or(0);
        above.checked_shl(shift + DIGIT).unwrap_or(0) | u64::from(self.slot) << shift
    }
}

#[cfg(test)]
mod tests {
    use super::{LEVELS, Place, SLOTS};

    /// Times around each power of the base, and at the ends.
    fn times() -> Vec<u64> {
        let powers = (0..u64::BITS).map(|bit| 1_u64 << bit);
        let near = powers
            .flat_map(|power| [power - 1, power, power + 1, power.wrapping_mul(3), power.wrapping_mul(5)]);
        let mut times: Vec<u64> = near.chain([0, u64::MAX - 1, u64::MAX]).collect();
        times.sort_unstable();
        times.dedup();
        times
    }

    #[test]
    fn a_place_begins_before_its_deadlines_and_after_now() {
        for now in times() {
            for deadline in times().into_iter().filter(|deadline| *deadline >= now) {
                let place = Place::of(deadline, now);
                assert!(usize::from(place.level) < LEVELS && usize::from(place.slot) < SLOTS);
                let start = place.start(now);
                assert!(start <= deadline && (start > now || place.level == 0), "{deadline} at {now}");
                assert!(place.level > 0 || start == deadline, "the lowest level is exact");
            }
        }
    }

    /// Deadlines of a lower level, or of an earlier slot, are earlier.
    #[test]
    fn places_are_in_the_order_of_time() {
        for now in times() {
            let later: Vec<u64> = times().into_iter().filter(|deadline| *deadline >= now).collect();
            let places: Vec<_> = later.iter().map(|&deadline| Place::of(deadline, now)).collect();
            assert!(places.is_sorted_by_key(|place| (place.level, place.slot)), "at {now}");
        }
    }

    /// Until the wheel's time comes to its slot, a deadline keeps its place; then its level is lower.
    #[test]
    fn a_place_stays_until_its_start() {
        for now in times() {
            for deadline in times().into_iter().filter(|deadline| *deadline >= now) {
                let place = Place::of(deadline, now);
                let start = place.start(now);
                if start > now {
                    assert_eq!(Place::of(deadline, start - 1), place);
                    assert!(Place::of(deadline, start).level < place.level || deadline == start);
                    assert!(Place::of(deadline, start).level < place.level || place.level == 0);
                }
            }
        }
    }
}
