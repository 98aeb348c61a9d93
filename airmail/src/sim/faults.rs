//! What may go wrong on purpose.

/// Faults that a simulation adds. None by default.
///
/// All but [`drop_tasks`](Faults::drop_tasks) are allowed by the contract of [`Future`] and
/// [`Waker`](std::task::Waker), so that every correct program bears them.
///
/// ```
/// use airmail::sim::{Faults, Sim};
///
/// let faults = Faults::legal().drop_tasks(20);
/// Sim::new().faults(faults).seeds(50).explore(|| async {
///     let child = airmail::spawn(async { airmail::task::yield_now().await });
///     // A task that is dropped says so; all other faults must change nothing.
///     match child.await {
///         Ok(()) => {}
///         Err(error) => assert!(error.is_cancelled()),
///     }
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub(super) spurious: u16,
    pub(super) late: u16,
    pub(super) fresh: bool,
    pub(super) reorder: bool,
    pub(super) drops: u16,
}

/// A thousand of a thousand.
const ALWAYS: u16 = 1000;

impl Faults {
    /// None at all.
    #[must_use]
    pub const fn none() -> Faults {
        Faults { spurious: 0, late: 0, fresh: false, reorder: false, drops: 0 }
    }

    /// All that a correct program has to bear: spurious polls, late wakes, fresh wakers, reordered wakes.
    #[must_use]
    pub const fn legal() -> Faults {
        Faults { spurious: 50, late: 100, fresh: true, reorder: true, drops: 0 }
    }

    /// Before so many polls in 1,000, a waiting task is woken although nothing happened. Finds futures that take a poll
    /// for their event.
    #[must_use]
    pub const fn spurious_polls(self, per_mille: u16) -> Faults {
        Faults { spurious: limited(per_mille), ..self }
    }

    /// So many wakes in 1,000 are late: by up to eight polls of other tasks, or by up to 8 ms, in equal shares. Finds
    /// what relies on a wake that comes at once, and work that takes longer than its timeout.
    #[must_use]
    pub const fn late_wakes(self, per_mille: u16) -> Faults {
        Faults { late: limited(per_mille), ..self }
    }

    /// Each poll gets a waker of its own, and those of earlier polls do nothing. Finds futures that keep their first
    /// waker.
    #[must_use]
    pub const fn fresh_wakers(self, on: bool) -> Faults {
        Faults { fresh: on, ..self }
    }

    /// Wakes that come in one poll take effect in any order.
    #[must_use]
    pub const fn reordered_wakes(self, on: bool) -> Faults {
        Faults { reorder: on, ..self }
    }

    /// Before so many polls in 1,000, a task is aborted at the await where it is: not the body of the test itself, and
    /// at most three in a run. Its handle answers that it was cancelled. Finds what is left behind when a future is
    /// dropped at an await.
    #[must_use]
    pub const fn drop_tasks(self, per_mille: u16) -> Faults {
        Faults { drops: limited(per_mille), ..self }
    }

    /// The wakers of polls are not the tasks' own.
    pub(super) const fn need_relays(self) -> bool {
        self.late > 0 || self.fresh || self.reorder
    }
}

const fn limited(per_mille: u16) -> u16 {
    if per_mille > ALWAYS { ALWAYS } else { per_mille }
}
