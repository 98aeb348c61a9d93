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
    /// Since when polls are counted, and the number of the last one until then.
    since: Option<(Instant, u32)>,
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

    /// Polls are counted.
    pub(crate) fn counts(&self) -> bool {
        self.since.is_some()
    }

    /// Nothing is to be looked at: it does not matter how long polls take.
    pub(crate) fn does_not_matter(&mut self) {
        (self.polls, self.since) = (self.most, None);
    }

    /// The worker begins to work now; `tick` is the number of its last poll.
    pub(crate) fn begin(&mut self, now: Instant, tick: u32) {
        self.since = Some((now, tick));
    }

    /// It has ended polls since, of which this is the number of the last.
    pub(crate) fn after(&mut self, now: Instant, tick: u32) {
        if let Some((since, before)) = self.since.replace((now, tick))
            && let polls = tick.wrapping_sub(before)
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

    struct Worker {
        pace: Pace,
        now: Instant,
        tick: u32,
    }

    impl Worker {
        /// As many polls as until the next look, each of which takes so long.
        fn polls(&mut self, each: Duration) -> (u32, bool) {
            self.now = self.now.checked_add(each * self.pace.polls()).expect("soon");
            self.tick = self.tick.wrapping_add(self.pace.polls());
            self.pace.after(self.now, self.tick);
            (self.pace.polls(), self.pace.polls_are_long())
        }
    }

    #[test]
    fn long_polls_are_looked_behind_one_by_one_and_short_ones_all_together() {
        let mut worker = Worker { pace: Pace::new(61), now: Instant::now(), tick: u32::MAX - 3 };
        assert_eq!(worker.polls(Duration::from_secs(1)), (61, false), "nobody knows who polled meanwhile");
        worker.pace.begin(worker.now, worker.tick);
        assert_eq!(worker.polls(Duration::from_nanos(100)), (61, false));
        assert_eq!(worker.polls(Duration::from_micros(10)), (5, false));
        assert_eq!(worker.polls(Duration::from_millis(3)), (1, true));
        for polls in [2, 4, 8, 16, 32, 61, 61] {
            assert_eq!(worker.polls(Duration::ZERO), (polls, false));
        }
        assert_eq!(worker.polls(Duration::from_millis(3)), (1, true));
        worker.pace.does_not_matter();
        assert!(!worker.pace.counts());
        assert_eq!(worker.pace.polls(), 61);
    }
}
