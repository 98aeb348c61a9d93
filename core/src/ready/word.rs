//! What a source is ready for, in one word: pure functions.
//!
//! ```text
//!  63        32 31      16 15       8 7        0
//! | generation |   tick   |    0     |  flags  |
//! ```
//! The generation says which of the sources that had this place in turn is meant. The tick is another one after each
//! event, so that an operation which found nothing takes back what it saw, and never what came meanwhile.

/// What a source is ready for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Readiness(u64);

/// There is something to read.
pub const READABLE: u8 = 1;
/// There is room to write.
pub const WRITABLE: u8 = 1 << 1;
/// The other side sends no more.
pub const READ_CLOSED: u8 = 1 << 2;
/// The other side takes no more.
pub const WRITE_CLOSED: u8 = 1 << 3;
/// The source has an error.
pub const ERROR: u8 = 1 << 4;
/// There is something to read that comes before the rest.
pub const PRIORITY: u8 = 1 << 5;
/// Nobody looks at the source any more: its driver has ended.
pub const GONE: u8 = 1 << 7;

const TICK: u32 = 16;
const GENERATION: u32 = 32;

impl Readiness {
    const fn new(generation: u32, tick: u16, flags: u8) -> Readiness {
        Readiness((generation as u64) << GENERATION | (tick as u64) << TICK | flags as u64)
    }

    /// As it is before any source has the place.
    pub(super) const FIRST: Readiness = Readiness::new(0, 0, 0);

    pub(super) const fn from_bits(bits: u64) -> Readiness {
        Readiness(bits)
    }

    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    /// What the source is ready for.
    pub const fn flags(self) -> u8 {
        self.0 as u8
    }

    const fn tick(self) -> u16 {
        (self.0 >> TICK) as u16
    }

    pub(super) const fn generation(self) -> u32 {
        (self.0 >> GENERATION) as u32
    }

    /// Whether there is any of these, or nothing to wait for any more.
    pub const fn has_any(self, flags: u8) -> bool {
        self.flags() & (flags | GONE) != 0
    }

    /// The next source gets the place; it is taken to be ready for this.
    pub(super) const fn begin(self, flags: u8) -> Readiness {
        Readiness::new(self.generation().wrapping_add(1), 0, flags)
    }

    /// Something happened to the source of `generation`. `None`: that one is gone.
    pub(super) fn event(self, generation: u32, flags: u8) -> Option<Readiness> {
        let next = Readiness::new(generation, self.tick().wrapping_add(1), self.flags() | flags);
        (self.generation() == generation).then_some(next)
    }

    /// An operation that began when it was `seen` found nothing. `None`: something happened since, so try again.
    pub(super) fn clear(self, seen: Readiness, flags: u8) -> Option<Readiness> {
        let same = self.generation() == seen.generation() && self.tick() == seen.tick();
        same.then(|| Readiness(self.0 & !u64::from(flags & !GONE)))
    }

    /// The source gives the place back: events on their way mean nobody.
    pub(super) const fn end(self) -> Readiness {
        Readiness::new(self.generation().wrapping_add(1), 0, 0)
    }
}

impl std::fmt::Debug for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#010b} at {} of {}", self.flags(), self.tick(), self.generation())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order of up to five steps: an operation that sees, finds nothing and clears; events; and what it then
    /// believes is what happened after it looked.
    #[test]
    fn a_clear_takes_back_what_was_seen_and_nothing_else() {
        for flags in 0..=u8::MAX {
            for events in 0..4_u8 {
                let seen = Readiness::new(7, u16::MAX - 1, flags);
                let mut word = seen;
                for _ in 0..events {
                    word = word.event(7, READABLE).expect("of this generation");
                }
                let cleared = word.clear(seen, READABLE | GONE);
                assert_eq!(cleared.is_some(), events == 0);
                if let Some(cleared) = cleared {
                    assert_eq!(cleared.flags(), flags & !READABLE, "what is gone stays gone");
                }
            }
        }
    }

    #[test]
    fn only_the_present_source_hears_of_an_event() {
        let mut word = Readiness::FIRST;
        for generation in 1..5 {
            word = word.begin(WRITABLE);
            assert_eq!((word.generation(), word.flags()), (2 * generation - 1, WRITABLE));
            assert!(word.event(2 * generation - 2, READABLE).is_none());
            assert!(word.event(2 * generation, READABLE).is_none());
            let after = word.event(2 * generation - 1, READABLE).expect("it is this one");
            assert_eq!(after.flags(), WRITABLE | READABLE);
            word = after.end();
            assert!(word.event(2 * generation - 1, READABLE).is_none());
            assert_eq!(word.flags(), 0);
        }
        let last = Readiness::new(u32::MAX, 3, READABLE);
        assert_eq!(last.end().generation(), 0, "and so on");
    }

    #[test]
    fn an_event_keeps_what_it_does_not_speak_of() {
        for before in 0..=u8::MAX {
            for flags in 0..=u8::MAX {
                let after = Readiness::new(1, u16::MAX, before).event(1, flags).expect("of this generation");
                assert_eq!((after.flags(), after.tick(), after.generation()), (before | flags, 0, 1));
                assert_eq!(after.has_any(flags), (before | flags) & (flags | GONE) != 0);
            }
        }
    }
}
