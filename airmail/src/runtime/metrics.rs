//! Figures of a runtime.

use airmail_core::Counters;

/// How many tasks a runtime had and has, at the moment of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeMetrics {
    workers: usize,
    counters: Counters,
    rescues: u64,
}

impl RuntimeMetrics {
    pub(super) fn new(workers: usize, counters: Counters, rescues: u64) -> RuntimeMetrics {
        RuntimeMetrics { workers, counters, rescues }
    }

    /// How many workers the runtime has.
    pub fn num_workers(&self) -> usize {
        self.workers
    }

    /// Tasks that have not ended. 0 once the runtime is gone.
    pub fn num_alive_tasks(&self) -> usize {
        usize::try_from(self.counters.live).unwrap_or(usize::MAX)
    }

    /// Tasks ever spawned. 0 once the runtime is gone.
    pub fn spawned_tasks_count(&self) -> u64 {
        self.counters.spawned
    }

    /// How often a spare began to work beside a worker that was in one poll for long
    /// ([`Builder::rescue_after`](super::Builder::rescue_after)). 0 without workers.
    pub fn rescues_count(&self) -> u64 {
        self.rescues
    }
}
