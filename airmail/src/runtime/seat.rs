//! Who drives a single-threaded runtime: several threads may be in `block_on` at once, one of them holds the
//! worker, and the others wait for their own future or for their turn.

use super::nested::NestedBlockOn;
use crate::context;
use crate::driver::Parker;
use crate::local::scheduler::Scheduler;
use crate::local::worker::Worker;
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};
use airmail_core::{Root, Spawn};
use std::collections::VecDeque;
use std::future::Future;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::task::{Poll, Wake, Waker};

/// The worker while nobody holds it, and who waits for it.
#[derive(Debug)]
pub(super) struct Turns {
    state: Mutex<State>,
    /// Wakes whoever holds the worker.
    driver: Waker,
}

#[derive(Debug)]
struct State {
    worker: Option<Box<Worker>>,
    waiting: VecDeque<Arc<Parker>>,
}

/// The worker, held by this thread; goes back when the guard is dropped, also by a panic.
struct Turn<'a> {
    turns: &'a Turns,
    worker: Option<Box<Worker>>,
}

/// Wakes a thread in `block_on` wherever it sleeps: at its own place, or, if its turn has come, in the driver.
struct Both {
    own: Arc<Parker>,
    driver: Waker,
}

impl Wake for Both {
    fn wake(self: Arc<Self>) {
        self.own.call();
        self.driver.wake_by_ref();
    }
}

impl Turns {
    pub(super) fn new(worker: Worker) -> Turns {
        let driver = worker.driver.waker();
        let state = State { worker: Some(Box::new(worker)), waiting: VecDeque::new() };
        Turns { state: Mutex::new(state), driver }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Turn<'_>> {
        let worker = self.state().worker.take()?;
        Some(Turn { turns: self, worker: Some(worker) })
    }

    /// The worker, for good. `None` if it was taken before, or somebody holds it.
    pub(super) fn end(&self) -> Option<Box<Worker>> {
        self.state().worker.take()
    }

    /// Runs `future` and, in turns with other threads, the runtime's tasks. Fails if this thread does so already.
    pub(super) fn block_on<F: Future>(
        &self,
        scheduler: &Arc<Scheduler>,
        local: bool,
        future: F,
        caller: &'static Location<'static>,
        spawn: Spawn,
    ) -> Result<F::Output, NestedBlockOn> {
        let _driving =
            context::drive(scheduler, caller).map_err(|outer| NestedBlockOn { outer, inner: caller })?;
        let _entered = context::enter(Arc::clone(scheduler), local.then(|| Arc::clone(scheduler)));
        let mut future = pin!(future);
        if let Some(mut turn) = self.take() {
            let mut root = Root::new(self.driver.clone(), &scheduler.options, spawn);
            return Ok(turn.worker().block_on(scheduler, &mut root, future));
        }
        let parker = Parker::new();
        let both = Both { own: Arc::clone(&parker), driver: self.driver.clone() };
        let mut root = Root::new(Waker::from(Arc::new(both)), &scheduler.options, spawn);
        loop {
            if let Poll::Ready(output) = self.wait_beside(&mut root, future.as_mut(), &parker) {
                return Ok(output);
            }
            if let Some(mut turn) = self.take() {
                return Ok(turn.worker().block_on(scheduler, &mut root, future));
            }
        }
    }

    /// Polls `future` whenever it is due, until it is ready or the worker is free.
    fn wait_beside<F: Future>(
        &self,
        root: &mut Root,
        mut future: Pin<&mut F>,
        parker: &Arc<Parker>,
    ) -> Poll<F::Output> {
        let line = InLine { turns: self, parker };
        while line.stand() {
            if !root.is_due() {
                parker.park(None);
                continue;
            }
            // Not in the line meanwhile: the poll may block for long, and would keep a call from the others.
            if line.leave()
                && let Poll::Ready(output) = root.poll(future.as_mut())
            {
                return Poll::Ready(output);
            }
        }
        Poll::Pending
    }
}

impl Turn<'_> {
    fn worker(&mut self) -> &mut Worker {
        self.worker.as_mut().expect("held until the guard is dropped")
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.worker = self.worker.take();
        let next = state.waiting.pop_front();
        drop(state);
        if let Some(next) = next {
            next.call();
        }
    }
}

/// A thread in the line for the worker.
struct InLine<'a> {
    turns: &'a Turns,
    parker: &'a Arc<Parker>,
}

impl InLine<'_> {
    /// Stands in the line. `false` if the worker is free.
    fn stand(&self) -> bool {
        let mut state = self.turns.state();
        if state.worker.is_some() {
            return false;
        }
        if !state.waiting.iter().any(|other| Arc::ptr_eq(other, self.parker)) {
            state.waiting.push_back(Arc::clone(self.parker));
        }
        true
    }

    /// Leaves the line. `false` if the worker was left to this thread meanwhile.
    fn leave(&self) -> bool {
        let mut state = self.turns.state();
        state.waiting.retain(|other| !Arc::ptr_eq(other, self.parker));
        state.worker.is_none()
    }
}

impl Drop for InLine<'_> {
    /// Whoever goes without taking the worker passes a call that was meant for it on.
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.waiting.retain(|other| !Arc::ptr_eq(other, self.parker));
        let next = if state.worker.is_some() { state.waiting.pop_front() } else { None };
        drop(state);
        if let Some(next) = next {
            next.call();
        }
    }
}
