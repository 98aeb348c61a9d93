//! The tasks on airmail's single-threaded runtime, simulated or not.
//!
//! The runtime calls its `Track` in the middle of things, where calls must be quick, so [`Tracker`] only
//! notes the events. They are printed between two polls, where the runtime asks its [`Pick`] which task is
//! next: [`Between`] prints what came of the poll before (and, with `--step`, waits for Enter), and then asks
//! whoever would have been asked without it. Holding the thread there holds up these tasks alone.

use super::choice::Plan;
use super::display::Display;
use super::event::{self, Happened, Simulated};
use super::futures::Round;
use super::tasks::{POSTMAN, Task};
use super::tracker::{Tracker, name};
use airmail::runtime::{Builder, Fifo, LocalOptions, Pick};
use airmail::sim::Simulation;
use airmail::task::{self, JoinHandle, Runnable};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

/// Runs the tasks, in a simulation if there is a plan for one. Gives the display back.
pub(super) fn run(tasks: &[Task], display: Display, plan: Option<Plan>) -> io::Result<Display> {
    let tracker = Tracker::of_one_thread();
    let display = Arc::new(Mutex::new(display));
    let (mut builder, inner): (_, Box<dyn Pick>) = match plan {
        None => (Builder::new_current_thread(), Box::new(Fifo)),
        Some(plan) => (Builder::new_simulated(plan.seed), plan.strategy().picks(plan.seed)),
    };
    let (tells, display_too) = (plan.is_some(), Arc::clone(&display));
    let between = Between { inner, tells, tracker: tracker.clone(), display: display_too };
    let runtime = builder.track(tracker.clone()).pick(between).build_local(LocalOptions::default())?;
    let (results, end) = runtime.block_on(async {
        let mut results = Vec::new();
        for (name, handle) in spawn(tasks) {
            let id = handle.id().to_string();
            results.push(event::result(name, id, handle.await.map_err(|error| error.to_string())));
        }
        (results, plan.map(end))
    });
    drop(runtime);
    let display = Arc::into_inner(display).expect("the runtime had the other one");
    let mut display = display.into_inner().unwrap_or_else(PoisonError::into_inner);
    display.tell(&tracker.take());
    display.tell(&results);
    if let Some(end) = end {
        display.simulated(&end);
    }
    Ok(display)
}

/// What the simulation says of itself, asked inside of it.
fn end(plan: Plan) -> Simulated {
    let simulation = Simulation::current().expect("the runtime is simulated");
    Simulated {
        seed: simulation.seed(),
        strategy: plan.strategy_name(),
        depth: plan.depth,
        polls: simulation.polls(),
        trace: format!("{:016x}", simulation.trace_hash()),
    }
}

fn spawn(tasks: &[Task]) -> Vec<(&str, JoinHandle<u32>)> {
    let round = Round::default();
    let mut handles = Vec::new();
    for task in tasks {
        handles.push((&*task.name, named(&task.name, round.countdown(task.polls))));
    }
    handles.push((POSTMAN, named(POSTMAN, round.postman())));
    handles
}

pub(super) fn named(name: &str, future: impl Future<Output = u32> + Send + 'static) -> JoinHandle<u32> {
    task::Builder::new().name(name).spawn(future).expect("a runtime is running")
}

/// Prints what happened since the last time, then lets another one choose.
struct Between {
    inner: Box<dyn Pick>,
    /// Which place was chosen is an event.
    tells: bool,
    tracker: Tracker,
    display: Arc<Mutex<Display>>,
}

impl Pick for Between {
    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize {
        let mut display = self.display.lock().unwrap_or_else(PoisonError::into_inner);
        display.step(&self.tracker.take());
        if cfg!(debug_assertions)
            && let Some(told) = display.queue()
        {
            let real: Vec<_> = ready.iter().map(|task| name(&task.meta())).collect();
            assert_eq!(told, real, "the queue that was told, and the queue that is");
        }
        // A place behind the end means the last one.
        let place = self.inner.pick(ready).min(ready.len() - 1);
        if self.tells {
            let happened = Happened::Picked { place: place + 1, of: ready.len() };
            self.tracker.note(&ready[place].meta(), happened);
        }
        place
    }

    fn prepare(&mut self) {
        self.inner.prepare();
    }

    fn waker(&mut self, own: &Waker) -> Option<Waker> {
        self.inner.waker(own)
    }
}
