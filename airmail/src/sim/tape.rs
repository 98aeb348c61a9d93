//! Every decision of a run, in order: what a run is made of, and all that is needed to repeat it.
//!
//! A decision is a number below some limit, and 0 is always the dull one: the first of the ready tasks, no fault. So
//! a run is the list of its decisions that are not 0, and making it simpler means putting zeros in (the idea is that of
//! Hypothesis: shrink the choices, not what comes of them).

/// Where a decision stands, and what it is. Not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Deviation {
    pub(super) at: u32,
    pub(super) choice: u32,
}

/// Makes decisions, or repeats them, and keeps them.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// `None`: nobody will ask, and the run may be long.
    made: Option<Vec<Deviation>>,
    next: u32,
    /// What to repeat; every other decision is 0. `None`: decisions are made.
    given: Option<std::vec::IntoIter<Deviation>>,
    pending: Option<Deviation>,
}

impl Tape {
    /// Decisions are made.
    pub(super) fn fresh() -> Tape {
        Tape { made: Some(Vec::new()), ..Tape::default() }
    }

    /// Decisions are made, and not kept.
    pub(super) fn not_kept() -> Tape {
        Tape::default()
    }

    /// Decisions are repeated. In the order of their places.
    pub(super) fn given(deviations: &[Deviation]) -> Tape {
        let mut given = Vec::from(deviations).into_iter();
        Tape { pending: given.next(), given: Some(given), ..Tape::fresh() }
    }

    /// Which decision is the next.
    pub(super) fn position(&self) -> u32 {
        self.next
    }

    /// The next decision, which is less than `limit`. `choose` makes it, unless it is repeated.
    pub(super) fn decide(&mut self, limit: usize, choose: impl FnOnce() -> usize) -> usize {
        if limit <= 1 {
            return 0;
        }
        let at = self.next;
        // A long run whose decisions are not kept may have more.
        self.next = self.next.wrapping_add(1);
        let choice = match &mut self.given {
            None => choose(),
            Some(rest) => match self.pending.filter(|deviation| deviation.at == at) {
                None => 0,
                Some(deviation) => {
                    self.pending = rest.next();
                    deviation.choice as usize
                }
            },
        };
        // A shorter list than the one that the choice was made for: the last.
        let choice = choice.min(limit - 1);
        if choice != 0
            && let Some(made) = &mut self.made
        {
            made.push(Deviation { at, choice: choice as u32 });
        }
        choice
    }

    /// What was decided, but for the zeros.
    pub(super) fn into_deviations(self) -> Vec<Deviation> {
        self.made.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_is_repeated() {
        let mut tape = Tape::fresh();
        let choices = [0, 3, 0, 0, 9, 1, 2];
        for choice in choices {
            assert_eq!(tape.decide(10, || choice), choice);
        }
        assert_eq!(tape.decide(1, || unreachable!("there is nothing to decide")), 0);
        let made = tape.into_deviations();
        assert_eq!(made.len(), 4);
        let mut again = Tape::given(&made);
        for choice in choices {
            assert_eq!(again.decide(10, || unreachable!("nobody is asked")), choice);
        }
        assert_eq!(again.decide(10, || unreachable!("nobody is asked")), 0);
        assert_eq!(again.into_deviations(), made);
    }

    #[test]
    fn what_is_not_kept_takes_no_room() {
        let mut tape = Tape::not_kept();
        assert_eq!(tape.decide(10, || 3), 3);
        tape.next = u32::MAX;
        assert_eq!([tape.decide(10, || 4), tape.decide(10, || 5)], [4, 5]);
        assert_eq!(tape.into_deviations().capacity(), 0);
    }

    #[test]
    fn a_choice_fits_its_limit() {
        let mut tape = Tape::given(&[Deviation { at: 0, choice: 7 }]);
        assert_eq!(tape.decide(3, || unreachable!("nobody is asked")), 2);
    }
}
