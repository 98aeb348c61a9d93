//! What a runtime has besides its scheduler.

use crate::blocking::Pool;
use crate::driver::Reactor;
use crate::failure::Failure;
use crate::inspect::Track;
use crate::notice::Notices;
use crate::stalls::Stalls;
use crate::threads::{ThreadHook, call};
use crate::timers::Timers;
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Who else is there, whatever runs the tasks. A local set has a company of its own, of which it uses nothing: its
/// tasks use that of the runtime around it.
#[derive(Default)]
pub(crate) struct Company {
    /// Who hears of every step.
    pub(crate) track: Option<Arc<dyn Track>>,
    /// Clock and timers.
    pub(crate) timers: Arc<Timers>,
    /// Sockets, as far as its driver knows them.
    pub(crate) reactor: Arc<Reactor>,
    /// What a layer above keeps with the runtime, such as the simulation that it is.
    pub(crate) guest: Option<Guest>,
    /// It is a simulation: nothing is done on other threads, and functions that block are run as tasks.
    pub(crate) simulated: bool,
    /// Its ids are numbers.
    pub(crate) numbers: Option<Numbers>,
    /// Threads for functions that block.
    pub(crate) blocking: Arc<Pool>,
    /// Whether it was shut down for a panic.
    pub(crate) failure: Arc<Failure>,
    /// What its threads do before and after they wait.
    pub(crate) rests: Rests,
    /// Who is told of its end.
    pub(crate) notices: Arc<Notices>,
    /// Which polls take too long.
    pub(crate) stalls: Arc<Stalls>,
}

impl fmt::Debug for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Company").field("simulated", &self.simulated).finish_non_exhaustive()
    }
}

/// What a thread does before it waits with nothing to do, and after.
#[derive(Clone, Default)]
pub(crate) struct Rests {
    pub(crate) before: Option<ThreadHook>,
    pub(crate) after: Option<ThreadHook>,
}

impl Rests {
    /// Waits.
    #[inline]
    pub(crate) fn around(&self, wait: impl FnOnce()) {
        call("`on_thread_park`", self.before.as_ref());
        wait();
        call("`on_thread_unpark`", self.after.as_ref());
    }
}

/// Something of a layer above.
pub(crate) type Guest = Arc<dyn Any + Send + Sync>;

/// Numbers for the tasks of executors inside of a runtime whose ids are numbers: a stretch for each.
#[derive(Debug, Default)]
pub(crate) struct Numbers(AtomicU32);

impl Numbers {
    /// The first number of a stretch that nobody else has. Each has room for a million tasks; behind the last one, they
    /// begin again.
    pub(crate) fn stretch(&self) -> u32 {
        const BITS: u32 = 20;
        let stretches = u32::MAX >> BITS;
        (1 + self.0.fetch_add(1, Ordering::Relaxed) % stretches) << BITS
    }
}
