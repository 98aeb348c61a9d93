//! A runtime whose tasks run on whichever thread is in `block_on`.

use super::nested::NestedBlockOn;
use super::seat::Turns;
use crate::context;
use crate::local::scheduler::Scheduler;
use airmail_core::{Counters, Spawn};
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct CurrentThread {
    scheduler: Arc<Scheduler>,
    turns: Turns,
}

impl CurrentThread {
    pub(super) fn new(scheduler: Arc<Scheduler>, turns: Turns) -> CurrentThread {
        CurrentThread { scheduler, turns }
    }

    pub(super) fn block_on<F: Future>(
        &self,
        future: F,
        caller: &'static Location<'static>,
        spawn: Spawn,
    ) -> Result<F::Output, NestedBlockOn> {
        self.turns.block_on(&self.scheduler, false, future, caller, spawn)
    }
}

impl CurrentThread {
    /// Cancels every task. Answers how many there were, if it did not end before.
    pub(super) fn shut_down(&self) -> Option<Counters> {
        let worker = self.turns.end()?;
        let _entered = context::enter(Arc::clone(&self.scheduler), None);
        Some(worker.shut_down(&self.scheduler))
    }
}
