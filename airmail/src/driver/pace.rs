//! How often a worker that has something to do looks at what happened meanwhile.

use crate::sync::{Duration, Instant};

/// A look should come this long after the last one.
const LOOK_AFTER: Duration = Duration::from_micros(50);
/// Longer than this, polls are long: somebody else should wait for events meanwhile.
const LONG: Duration = Duration::from_micros(100);

/// After how many polls the next look comes. It follows from how long the last ones took, which is measured from look to
/// look, so that a poll costs no look at a clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    most: u32,
    polls: u32,
    since: Option<Instant>,
    long: bool,
}

impl Pace {
    /// A look comes after this many polls at the latest.
    pub(crate) fn new(most: u32) -> Pace {
        Pace { most, polls: most, since: None, long: false }
    }

    /// So many polls until the next look.
    pub(crate) fn polls(&self) -> u32 {
        self.polls
    }

    /// The last polls took long.
    pub(crate) fn polls_are_long(&self) -> bool {
        self.long
    }

    /// Nothing is to be looked at: it does not matter how long polls take.
    pub(crate) fn does_not_matter(&mut self) {
        *self = Pace::new(self.most);
    }

    /// The worker begins to work now.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.since = Some(now);
    }

    /// So many polls have ended since the beginning, or the last look.
    pub(crate) fn after(&mut self, polls: u32, now: Instant) {
        if let Some(since) = self.since.replace(now)
            && polls > 0
        {
            let each = now.saturating_duration_since(since) / polls;
            self.long = each > LONG;
            let fit = LOOK_AFTER.as_nanos().checked_div(each.as_nanos());
            let fit = fit.and_then(|fit| u32::try_from(fit).ok()).unwrap_or(u32::MAX);
            // One long poll says enough; that the next are short, only time will tell.
            self.polls = fit.min(self.polls.saturating_mul(2)).clamp(1, self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::sync::{Duration, Instant};

    fn after_each(pace: &mut Pace, now: &mut Instant, each: Duration) {
        *now = now.checked_add(each * pace.polls()).expect("soon");
        pace.after(pace.polls(), *now);
    }

    #[test]
    fn long_polls_are_looked_behind_one_by_one_and_short_ones_all_together() {
        let (mut pace, mut now) = (Pace::new(61), Instant::now());
        pace.begin(now);
        after_each(&mut pace, &mut now, Duration::from_nanos(100));
        assert_eq!(pace.polls(), 61);
        after_each(&mut pace, &mut now, Duration::from_micros(10));
        assert_eq!((pace.polls(), pace.polls_are_long()), (5, false));
        after_each(&mut pace, &mut now, Duration::from_millis(3));
        assert_eq!((pace.polls(), pace.polls_are_long()), (1, true));
        for polls in [2, 4, 8, 16, 32, 61, 61] {
            after_each(&mut pace, &mut now, Duration::ZERO);
            assert_eq!((pace.polls(), pace.polls_are_long()), (polls, false));
        }
        pace.does_not_matter();
        assert_eq!((pace.polls(), pace.polls_are_long()), (61, false));
        pace.after(61, now + Duration::from_secs(1));
        assert_eq!(pace.polls(), 61, "nobody knows how much of that second was spent in polls");
    }
}
