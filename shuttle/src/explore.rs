//! Runs scenarios under many schedules, and says how many.

use crate::scenarios::{ALL, Scenario};
use crate::strategy::{Seeded, Strategy, seed};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A schedule of more steps does not end.
const MOST_STEPS: usize = 100_000;

const USAGE: &str = "usage: airmail-shuttle [--schedules N] [--seed N] [--strategy NAME] [SCENARIO...]
  --schedules N    so many schedules of each scenario by each strategy (100,000), with a seed each;
                   of some, which have a sibling, half of that
  --seed N         the first seed (0): the same seed is the same schedule
  --strategy NAME  `random` or `priorities`, instead of both";

struct Arguments {
    schedules: u64,
    seed: u64,
    strategies: &'static [Strategy],
    scenarios: Vec<&'static Scenario>,
}

impl Arguments {
    fn parse() -> Option<Arguments> {
        let both = &[Strategy::Random, Strategy::Priorities];
        let mut parsed = Arguments { schedules: 100_000, seed: 0, strategies: both, scenarios: Vec::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--schedules" => parsed.schedules = arguments.next()?.parse().ok()?,
                "--seed" => parsed.seed = arguments.next()?.parse().ok()?,
                "--strategy" => {
                    parsed.strategies = match &*arguments.next()? {
                        "random" => &[Strategy::Random],
                        "priorities" => &[Strategy::Priorities],
                        _ => return None,
                    }
                }
                name => parsed.scenarios.push(ALL.iter().find(|scenario| scenario.name == name)?),
            }
        }
        if parsed.scenarios.is_empty() {
            parsed.scenarios = ALL.iter().collect();
        }
        Some(parsed)
    }

    /// How many schedules of a scenario by each strategy.
    fn schedules_of(&self, scenario: &Scenario) -> u64 {
        if scenario.half { self.schedules.div_ceil(2) } else { self.schedules }
    }
}

fn run(scenario: &'static Scenario, scheduler: Seeded) {
    let mut config = Config::new();
    config.stack_size = 64 << 10;
    config.max_steps = MaxSteps::FailAfter(MOST_STEPS);
    config.silence_warnings = true;
    config.failure_persistence = FailurePersistence::None;
    // What lies around after a failure is nobody's.
    config.ungraceful_shutdown_config.immediately_return_on_panic = true;
    Runner::new(scheduler, config).run(move || {
        crate::pool::begin();
        crate::sync::begin();
        (scenario.run)();
    });
}

/// All strategies, one after the other. How many schedules there were; `None` if the scenario fell.
fn explore(scenario: &'static Scenario, arguments: &Arguments) -> Option<u64> {
    let (started, each) = (Instant::now(), arguments.schedules_of(scenario));
    for &strategy in arguments.strategies {
        let seeds = arguments.seed..arguments.seed + each;
        if catch_unwind(|| run(scenario, Seeded::new(strategy, seeds))).is_err() {
            let (name, seed) = (scenario.name, seed());
            let strategy = format!("{strategy:?}").to_lowercase();
            eprintln!("scenario {name}: FELL, in schedule {} by {strategy}", seed - arguments.seed + 1);
            eprintln!("again: airmail-shuttle --strategy {strategy} --seed {seed} --schedules 1 {name}");
            return None;
        }
    }
    let (schedules, millis) =
        (each * arguments.strategies.len() as u64, started.elapsed().as_millis() as u64);
    let a_second = 1000 * schedules / millis.max(1);
    println!("scenario {}: {schedules} schedules, {} s, {a_second} a second", scenario.name, millis / 1000);
    Some(schedules)
}

pub(crate) fn main() -> ExitCode {
    let Some(arguments) = Arguments::parse() else {
        eprintln!("{USAGE}\nscenarios:");
        ALL.iter().for_each(|scenario| eprintln!("  {:20} {}", scenario.name, scenario.what));
        return ExitCode::FAILURE;
    };
    let started = Instant::now();
    let (queue, fell, total) = (Mutex::new(arguments.scenarios.iter()), AtomicU64::new(0), AtomicU64::new(0));
    let next = || queue.lock().ok()?.next().copied();
    let work = || {
        while let Some(scenario) = next() {
            match explore(scenario, &arguments) {
                Some(schedules) => total.fetch_add(schedules, Ordering::Relaxed),
                None => fell.fetch_add(1, Ordering::Relaxed),
            };
        }
    };
    std::thread::scope(|scope| {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        (0..processors).for_each(|_| drop(scope.spawn(work)));
    });
    let (count, fell, seconds) = (arguments.scenarios.len(), fell.into_inner(), started.elapsed().as_secs());
    println!("shuttle: {count} scenarios, {} schedules, {fell} fell, {seconds} s", total.into_inner());
    if fell == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
