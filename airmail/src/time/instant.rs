//! A point in time, on the clock of the runtime.

use crate::context;
use crate::timers;
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

/// A point in time, as the standard library's [`Instant`](std::time::Instant), but [`now`](Instant::now) is what
/// the clock of the current runtime shows, which [`pause`](super::pause) stops.
///
/// ```
/// use airmail::time::{Duration, Instant, sleep};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let start = Instant::now();
///     sleep(Duration::from_secs(3600)).await;
///     assert_eq!(start.elapsed(), Duration::from_secs(3600));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(std::time::Instant);

impl Instant {
    /// What the clock of the current runtime shows. Outside of runtimes, the machine's clock.
    pub fn now() -> Instant {
        Instant(if timers::any_unreal() { of_runtime() } else { std::time::Instant::now() })
    }

    /// The same point in time.
    pub fn from_std(std: std::time::Instant) -> Instant {
        Instant(std)
    }

    /// The same point in time. If the clock was ever paused, the machine's clock need not agree.
    pub fn into_std(self) -> std::time::Instant {
        self.0
    }

    /// How much time passed from `earlier` until here; zero if `earlier` is later.
    #[must_use]
    pub fn duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// How much time passed from `earlier` until here; `None` if `earlier` is later.
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Instant) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// How much time passed from `earlier` until here; zero if `earlier` is later.
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// How much time passed since then, by the clock of the current runtime; zero if it has not come yet.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Instant::now().saturating_duration_since(*self)
    }

    /// That much later; `None` if an instant does not go that far.
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_add(duration).map(Instant)
    }

    /// That much earlier; `None` if an instant does not go back that far.
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_sub(duration).map(Instant)
    }
}

#[cold]
fn of_runtime() -> std::time::Instant {
    context::runtime(|scheduler| scheduler.company().timers.now())
        .unwrap_or_else(|_| std::time::Instant::now())
}

impl From<std::time::Instant> for Instant {
    fn from(std: std::time::Instant) -> Instant {
        Instant(std)
    }
}

impl From<Instant> for std::time::Instant {
    fn from(instant: Instant) -> std::time::Instant {
        instant.0
    }
}

/// Panics if an instant does not go that far; see [`checked_add`](Instant::checked_add).
impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        self.checked_add(duration).expect("an instant goes that far")
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// Panics if an instant does not go back that far; see [`checked_sub`](Instant::checked_sub).
impl Sub<Duration> for Instant {
    type Output = Instant;

    fn sub(self, duration: Duration) -> Instant {
        self.checked_sub(duration).expect("an instant goes back that far")
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

/// Zero if the other is later.
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.duration_since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
