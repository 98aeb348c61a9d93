//! The simulated runtime as a subject: a test is run as a whole, once for every seed.

use crate::subject::{OnHandle, Subject};
use airmail::runtime::Handle;
use airmail::sim::{Faults, Replay, Sim, Strategy};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::env;
use std::fmt::Display;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::str::FromStr;
use std::time::Instant;

/// How many seeds each test has, unless `AIRMAIL_SEEDS` says it: twice every order with and without faults.
const SEEDS: u64 = 28;
/// However few seeds there are.
const LEAST: u64 = 2;
/// One seed of so many is run twice.
const CHECK_EVERY: u32 = 16;

/// The orders among which the seed of a run chooses.
const ORDERS: [Strategy; 7] = [
    Strategy::Mixed,
    Strategy::Random,
    Strategy::RoundRobin,
    Strategy::Pct { depth: 2 },
    Strategy::Pct { depth: 3 },
    Strategy::Pct { depth: 4 },
    Strategy::Fifo,
];

/// What the schedules of a test may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    orders: &'static [Strategy],
    /// Half of the runs have them.
    faults: Faults,
    leaves_tasks: bool,
    threads: bool,
    one_in: u64,
}

/// Any order, and what a correct program has to bear.
pub(crate) const ANY: Rules =
    Rules { orders: &ORDERS, faults: Faults::legal(), leaves_tasks: false, threads: false, one_in: 1 };

/// For promises of the first-in-first-out order. Fresh wakers are all that leaves it as it is, and no seed changes
/// anything, so that there is nothing to explore.
pub(crate) const FIFO: Rules =
    Rules { orders: &[Strategy::Fifo], faults: Faults::none().fresh_wakers(true), one_in: u64::MAX, ..ANY };

impl Rules {
    /// The executor is dropped while there are tasks.
    pub(crate) const fn leaves_tasks(self) -> Rules {
        Rules { leaves_tasks: true, ..self }
    }

    /// Other threads take part: no seed repeats a run.
    pub(crate) const fn with_threads(self) -> Rules {
        Rules { threads: true, ..self }
    }

    /// Each poll must have its reason, and each wake is to be there in time.
    pub(crate) const fn counts_polls(self) -> Rules {
        Rules { faults: self.faults.spurious_polls(0).late_wakes(0), ..self }
    }

    /// Only one seed of so many: the test is heavy.
    pub(crate) const fn one_in(self, seeds: u64) -> Rules {
        Rules { one_in: seeds, ..self }
    }

    fn of_seed(&self, seed: u64) -> (Strategy, Faults) {
        let orders = self.orders.len() as u64;
        let order = usize::try_from(seed % orders).expect("there are few");
        let faults = if (seed / orders).is_multiple_of(2) { Faults::none() } else { self.faults };
        (self.orders[order], faults)
    }
}

/// The run under way on this thread, and what came of it so far.
struct Scene {
    replay: Replay,
    rules: Rules,
    polls: u64,
    hash: u64,
}

thread_local! {
    static SCENE: RefCell<Option<Scene>> = const { RefCell::new(None) };
}

pub(crate) struct Simulated;

impl Subject for Simulated {
    type Spawner = OnHandle;

    fn run<T, F>(body: impl FnOnce(OnHandle) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (replay, rules) = SCENE.with_borrow(|scene| {
            let scene = scene.as_ref().expect("inside of `explore`");
            (scene.replay.clone(), scene.rules)
        });
        let (strategy, faults) = rules.of_seed(replay.seed());
        // Other threads are allowed even where there are none: otherwise the simulation would run the body again, to
        // compare, and there is one of it. `explore` runs the whole test again instead.
        let sim = Sim::new().threads(true).leaks(rules.leaves_tasks).strategy(strategy).faults(faults);
        let (body, output, handle) = (Cell::new(Some(body)), Rc::new(Cell::new(None)), Cell::new(None));
        let explored = sim.replay(&replay, || {
            let body = body.take().expect("it is run once");
            let spawner = OnHandle(Handle::current());
            handle.set(Some(spawner.0.clone()));
            let (future, output) = (body(spawner), Rc::clone(&output));
            async move { output.set(Some(future.await)) }
        });
        let explored = explored.unwrap_or_else(|failure| panic!("{failure}"));
        let handle = handle.take().expect("it was run");
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
        SCENE.with_borrow_mut(|scene| {
            let scene = scene.as_mut().expect("as before");
            scene.polls += explored.polls();
            scene.hash = scene.hash.rotate_left(1) ^ explored.hash();
        });
        output.take().expect("the body is done")
    }
}

/// Runs a test once for every seed, or, if `AIRMAIL_SEED` names a run, that one. Now and then a run is repeated, and
/// must be the same.
pub(crate) fn explore(name: &str, rules: Rules, test: fn()) {
    if let Some(replay) = variable("AIRMAIL_SEED") {
        once(&replay, rules, test);
        return;
    }
    let first: u64 = variable("AIRMAIL_FIRST_SEED").unwrap_or(0);
    let seeds = variable("AIRMAIL_SEEDS").unwrap_or(SEEDS);
    // Odd, so that it does not always meet the same order, always without faults.
    let stride = rules.one_in.min(seeds.max(LEAST) / LEAST) | 1;
    let (start, mut schedules, mut polls) = (Instant::now(), 0_u32, 0);
    for number in (0..seeds.max(LEAST)).step_by(usize::try_from(stride).expect("not so many")) {
        let replay = Replay::of_seed(first.wrapping_add(number));
        let run = once(&replay, rules, test);
        if !rules.threads && schedules.is_multiple_of(CHECK_EVERY) {
            let again = once(&replay, rules, test);
            assert_eq!(
                again, run,
                "two runs of seed {replay} differ in what they did: polls, hash of the steps"
            );
        }
        schedules += 1;
        polls += run.0;
    }
    let time = start.elapsed();
    let rate = f64::from(schedules) / time.as_secs_f64();
    println!("{name}: {schedules} schedules, {polls} polls in {time:.1?}, {rate:.0} schedules a second");
}

/// How many polls there were, and the hash of all that happened.
fn once(replay: &Replay, rules: Rules, test: fn()) -> (u64, u64) {
    SCENE.set(Some(Scene { replay: replay.clone(), rules, polls: 0, hash: 0 }));
    if let Err(payload) = catch_unwind(AssertUnwindSafe(test)) {
        fail(replay, rules, payload);
    }
    let scene = SCENE.take().expect("set above");
    (scene.polls, scene.hash)
}

fn fail(replay: &Replay, rules: Rules, payload: Box<dyn Any + Send>) -> ! {
    let (strategy, faults) = rules.of_seed(replay.seed());
    let test = std::thread::current();
    let test = test.name().unwrap_or_default();
    println!(
        "{strategy:?}, {faults:?}; to repeat it: AIRMAIL_SEED={replay} cargo test --test conformance {test}"
    );
    resume_unwind(payload)
}

fn variable<T: FromStr<Err: Display>>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("the environment says {name}={text:?}: {error}")))
}
