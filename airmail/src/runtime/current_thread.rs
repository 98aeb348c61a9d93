//! A runtime whose tasks run on whichever thread is in `block_on`.

use super::seat::Turns;
use crate::context;
use crate::local::scheduler::Scheduler;
use airmail_core::Spawn;
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
    ) -> F::Output {
        self.turns.block_on(&self.scheduler, false, future, caller, spawn)
    }
}

impl CurrentThread {
    /// Cancels every task.
    pub(super) fn shut_down(&self) {
        let Some(worker) = self.turns.end() else { return };
        let _entered = context::enter(Arc::clone(&self.scheduler), None);
        worker.shut_down(&self.scheduler);
    }
}
