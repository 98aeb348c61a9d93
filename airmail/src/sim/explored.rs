//! What an exploration came to.

use std::fmt;
use std::time::Duration;

/// What an exploration came to.
#[derive(Clone, Copy, Debug)]
pub struct Explored {
    pub(super) schedules: u64,
    pub(super) polls: u64,
    pub(super) elapsed: Duration,
    pub(super) hash: u64,
}

impl Explored {
    /// How many runs there were, without those that only checked another.
    pub fn schedules(&self) -> u64 {
        self.schedules
    }

    /// How many polls they had together.
    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// How long it took, in real time.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Runs a second.
    #[allow(clippy::cast_precision_loss, reason = "nobody counts that far")]
    pub fn per_second(&self) -> f64 {
        self.schedules as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// One number for all that happened in all runs: the same in every process.
    pub fn hash(&self) -> u64 {
        self.hash
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explored { schedules, polls, elapsed, .. } = self;
        write!(
            f,
            "{schedules} schedule{}, {polls} polls in {elapsed:.1?}, {:.0} a second",
            if *schedules == 1 { "" } else { "s" },
            self.per_second()
        )
    }
}
