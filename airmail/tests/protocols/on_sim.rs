//! The programs under simulation, many seeds of each.

use crate::table::{Program, Table};
use crate::world::{Bug, Fault, Lost, Seen, World};
use airmail::sim::{Explored, Failure, Faults, Kind, Sim, Strategy};
use airmail::task::{self, JoinHandle};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[derive(Clone, Copy)]
struct OnSim;

struct Handle<T>(JoinHandle<T>);

impl<T> Future for Handle<T> {
    type Output = Result<T, Lost>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|error| match error.try_into_panic() {
            Ok(payload) => resume_unwind(payload),
            Err(_) => Lost,
        })
    }
}

impl World for OnSim {
    type Task<T: Send + 'static> = Handle<T>;

    fn spawn<F>(&self, name: &'static str, future: F) -> Handle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Handle(task::Builder::new().name(name).spawn(future).expect("inside the runtime"))
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send + 'static {
        airmail::time::sleep(time)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send + 'static {
        task::yield_now()
    }

    async fn timeout<F>(&self, limit: Duration, future: F) -> Option<F::Output>
    where
        F: Future + Send,
        F::Output: Send,
    {
        airmail::time::timeout(limit, future).await.ok()
    }
}

/// What must be borne, and what must be had.
fn faults(faults: &[Fault]) -> Faults {
    faults.iter().fold(Faults::none(), |all, fault| match fault {
        Fault::Spurious => all.spurious_polls(100),
        Fault::FreshWakers => all.fresh_wakers(true),
        Fault::LateWakes => all.late_wakes(250),
        Fault::Reorder => all.reordered_wakes(true),
        Fault::Dropped => all.drop_tasks(50),
    })
}

fn explore(sim: &Sim, program: &Program<OnSim>, bug: Bug, given: &[Fault]) -> Result<Explored, Box<Failure>> {
    let sim = sim.clone().name(program.name).faults(faults(given));
    let explored = sim.try_explore(|| (program.run)(OnSim, bug));
    explored.inspect(|explored| println!("{}: {explored}", program.name))
}

fn seen(failure: &Failure) -> Seen {
    match failure.kind() {
        Kind::Deadlock => Seen::Deadlock,
        Kind::Leak => Seen::Leaked(1),
        _ => Seen::Panic(failure.message().to_owned()),
    }
}

/// Three stretches of seeds that have nothing to do with each other.
const BASES: [u64; 3] = [1, 1 << 32, 0x5EED << 40];

#[test]
fn each_planted_bug_is_found_within_its_seeds() {
    for program in Table::PROGRAMS {
        let took = BASES.map(|base| {
            let sim = Sim::new().first_seed(base).seeds(program.seeds);
            let Err(failure) = explore(&sim, program, Bug::Planted, program.needs) else {
                panic!("{}: not found in {} seeds from {base}", program.name, program.seeds)
            };
            let seen = seen(&failure);
            assert!(seen.is(program.shows), "{}: {failure}, not {:?}", program.name, program.shows);
            failure.runs()
        });
        println!("{} ({}): found after {took:?} of {} seeds", program.name, program.bug, program.seeds);
    }
}

/// No order and no fault that a mended program has to bear makes it fail.
#[test]
fn mended_programs_pass() {
    for program in Table::PROGRAMS {
        let each = program.bears.iter().map(std::slice::from_ref);
        for faults in each.chain([&[], program.bears]) {
            if let Err(failure) = explore(&Sim::new().seeds(300), program, Bug::Mended, faults) {
                panic!("{faults:?}: {failure}");
            }
        }
    }
}

/// Where the table names faults, nothing shows without them.
#[test]
fn a_fault_that_is_named_is_needed() {
    for program in Table::PROGRAMS.iter().filter(|program| !program.needs.is_empty()) {
        if let Err(failure) = explore(&Sim::new().seeds(300), program, Bug::Planted, &[]) {
            panic!("{failure}");
        }
    }
}

/// First in, first out, as the runtime without simulation has it, shows none of the bugs either.
#[test]
fn one_order_finds_nothing() {
    for program in Table::PROGRAMS {
        let sim = Sim::new().seeds(100).strategy(Strategy::Fifo);
        if let Err(failure) = explore(&sim, program, Bug::Planted, &[]) {
            panic!("{failure}");
        }
    }
}

/// The simplest run of each bug differs in few decisions from the one that finds nothing, and fails again.
#[test]
fn failures_are_simple_and_repeat() {
    for program in Table::PROGRAMS {
        let sim = Sim::new().first_seed(1).seeds(program.seeds);
        let failure = explore(&sim, program, Bug::Planted, program.needs).expect_err("it is found");
        let text = failure.replay().to_string();
        let decisions = text.split_once(':').map_or(0, |(_, rest)| rest.split('-').count());
        println!("{}: {text}", program.name);
        assert!(decisions <= 6, "{}: {text}", program.name);
        let replay = text.parse().expect("a run");
        let again = sim.faults(faults(program.needs)).replay(&replay, || (program.run)(OnSim, Bug::Planted));
        assert_eq!(again.expect_err("it fails again").kind(), failure.kind(), "{}", program.name);
    }
}
