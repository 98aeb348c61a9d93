//! What time it is: the machine's time, or one that stands still until it is moved.

use super::nanos;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Duration, Instant, origin};
use airmail_core::timer::NEVER;

/// Some runtime of this process has, or had, a clock that is not the machine's. Until then nobody asks which one
/// is meant.
static ANY_UNREAL: AtomicBool = AtomicBool::new(false);

/// `false`: every clock of this process is the machine's.
#[inline]
pub(crate) fn any_unreal() -> bool {
    ANY_UNREAL.load(Ordering::Acquire)
}

/// A clock. Times are the standard library's instants, also where the machine has never seen them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    /// The machine's.
    Real,
    /// Stands still.
    Paused { at: Instant },
    /// Runs again: it showed `at` when the machine's showed `since`.
    Resumed { at: Instant, since: Instant },
}

impl Clock {
    pub(super) fn paused() -> Clock {
        Clock::Real.pause()
    }

    pub(super) fn simulated() -> Clock {
        ANY_UNREAL.store(true, Ordering::Release);
        Clock::Paused { at: origin() }
    }

    pub(super) fn now(self) -> Instant {
        match self {
            Clock::Real => Instant::now(),
            Clock::Paused { at } => at,
            Clock::Resumed { at, since } => at.checked_add(since.elapsed()).unwrap_or(at),
        }
    }

    pub(super) fn is_real(self) -> bool {
        matches!(self, Clock::Real)
    }

    pub(super) fn is_paused(self) -> bool {
        matches!(self, Clock::Paused { .. })
    }

    /// The same time, standing still.
    pub(super) fn pause(self) -> Clock {
        ANY_UNREAL.store(true, Ordering::Release);
        Clock::Paused { at: self.now().max(origin()) }
    }

    /// Runs on from the time it shows.
    pub(super) fn resume(self) -> Clock {
        match self {
            Clock::Paused { at } => Clock::Resumed { at, since: Instant::now() },
            runs => runs,
        }
    }

    /// When the machine's clock shows that this one shows `time`. `None`: never, or not by itself.
    pub(super) fn real_time_of(self, time: Instant) -> Option<Instant> {
        match self {
            Clock::Real => Some(time),
            Clock::Paused { .. } => None,
            Clock::Resumed { at, since } => since.checked_add(time.saturating_duration_since(at)),
        }
    }

    /// Moves a clock that stands still. `None` if it runs, or cannot show that time.
    pub(super) fn moved(self, by: Duration) -> Option<Clock> {
        match self {
            Clock::Paused { at } => {
                let moved = at.checked_add(by).filter(|at| nanos(*at) != NEVER);
                moved.map(|at| Clock::Paused { at })
            }
            Clock::Real | Clock::Resumed { .. } => None,
        }
    }

    /// Moves a clock that stands still forward, never back.
    pub(super) fn moved_to(self, time: Instant) -> Clock {
        match self {
            Clock::Paused { at } => Clock::Paused { at: at.max(time) },
            runs => runs,
        }
    }
}
