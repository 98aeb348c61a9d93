//! Which runtime runs the tasks; in a simulation, in which of their possible orders.

use airmail::sim::Strategy;
use clap::{Args, ValueEnum};
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};

/// If pct is given none.
const DEPTH: u32 = 3;
const MOST_DEPTH: u32 = 1000;
/// As few as can take tasks from each other.
const WORKERS: usize = 2;
/// As airmail's builder has it.
const MOST_WORKERS: usize = 1024;
/// A seed that nobody chose is below this, easy to type.
const SEEDS: u64 = 1000;

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// Which runtime runs the tasks [default: local; multi with --workers; sim with one of the last three]
    #[arg(long, value_enum)]
    runtime: Option<Which>,

    /// How many workers the multi runtime has, from 1 to 1024 [default: 2]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = workers)]
    workers: Option<usize>,

    /// Simulate: this number chooses which of the queued tasks is polled next. The same seed gives the same
    /// output, to the byte [default: any below 1000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    seed: Option<u64>,

    /// Simulate: how the seed chooses [default: random, or pct if there is a depth]
    #[arg(long, value_enum)]
    strategy: Option<How>,

    /// Simulate: how many ordering constraints pct looks for, from 1 to 1000 [default: 3]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = depth)]
    depth: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The lesson's executor: the simplest task system that works
    Lesson,
    /// airmail's runtime for one thread
    Local,
    /// airmail's runtime with several workers, threads that take tasks from each other
    Multi,
    /// The one for one thread, simulated: a seed chooses the next task
    Sim,
}

/// As [`Strategy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum How {
    /// Each task in the queue is as likely as any other
    Random,
    /// Each task has a random priority, which a few times falls below all others
    Pct,
    /// Half of the seeds random, half pct; seed 0 fifo
    Mixed,
    /// One after another by id; the seed changes nothing
    RoundRobin,
    /// First in, first out, as without a simulation; the seed changes nothing
    Fifo,
}

/// What runs the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    Lesson,
    Local,
    /// With so many workers.
    Multi(usize),
    Sim(Plan),
}

/// Which order a simulation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) seed: u64,
    how: How,
    /// Of pct only.
    pub(super) depth: Option<u32>,
}

impl Choice {
    /// The runner, or why these arguments do not go together.
    pub(super) fn runner(self) -> Result<Runner, String> {
        let of_sim = [
            ("--seed", self.seed.is_some()),
            ("--strategy", self.strategy.is_some()),
            ("--depth", self.depth.is_some()),
        ];
        let of_sim = of_sim.into_iter().find_map(|(option, is_given)| is_given.then_some(option));
        let of_multi = self.workers.map(|_| "--workers");
        let runtime = match self.runtime {
            Some(runtime) => runtime,
            None if of_sim.is_some() => Which::Sim,
            None if of_multi.is_some() => Which::Multi,
            None => Which::Local,
        };
        let of_others = match runtime {
            Which::Sim => [of_multi, None],
            Which::Multi => [of_sim, None],
            Which::Lesson | Which::Local => [of_sim, of_multi],
        };
        if let Some(option) = of_others.into_iter().flatten().next() {
            let (name, what) = its_runtime(option);
            if let (None, Some(other)) = (self.runtime, of_sim) {
                // Each of them implies a runtime.
                let of_other = its_runtime(other).1;
                return Err(format!("{option} is for {what}, {other} for {of_other}; remove one of them"));
            }
            let instead = runtime.name();
            return Err(format!(
                "{option} is for {what}; take --runtime {name} instead of --runtime {instead}"
            ));
        }
        match runtime {
            Which::Sim => self.plan().map(Runner::Sim),
            Which::Multi => Ok(Runner::Multi(self.workers.unwrap_or(WORKERS))),
            Which::Lesson => Ok(Runner::Lesson),
            Which::Local => Ok(Runner::Local),
        }
    }

    fn plan(self) -> Result<Plan, String> {
        let default = if self.depth.is_some() { How::Pct } else { How::Random };
        let how = self.strategy.unwrap_or(default);
        if how != How::Pct && self.depth.is_some() {
            return Err(format!("--depth is for --strategy pct, not for --strategy {}", how.name()));
        }
        let seed = self.seed.unwrap_or_else(|| if how.is_seeded() { any() } else { 0 });
        let depth = (how == How::Pct).then(|| self.depth.unwrap_or(DEPTH));
        Ok(Plan { seed, how, depth })
    }
}

/// The runtime that an option is for: its name, and what it is.
fn its_runtime(option: &str) -> (&'static str, &'static str) {
    match option {
        "--workers" => ("multi", "the runtime with several workers"),
        _ => ("sim", "the simulated runtime"),
    }
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Which::Lesson => "lesson",
            Which::Local => "local",
            Which::Multi => "multi",
            Which::Sim => "sim",
        }
    }
}

impl How {
    fn name(self) -> &'static str {
        match self {
            How::Random => "random",
            How::Pct => "pct",
            How::Mixed => "mixed",
            How::RoundRobin => "round-robin",
            How::Fifo => "fifo",
        }
    }

    /// Another seed may choose otherwise.
    fn is_seeded(self) -> bool {
        !matches!(self, How::RoundRobin | How::Fifo)
    }
}

impl Plan {
    pub(super) fn strategy(self) -> Strategy {
        match self.how {
            How::Random => Strategy::Random,
            How::Mixed => Strategy::Mixed,
            How::Pct => Strategy::Pct { depth: self.depth.unwrap_or(DEPTH) },
            How::RoundRobin => Strategy::RoundRobin,
            How::Fifo => Strategy::Fifo,
        }
    }

    pub(super) fn strategy_name(self) -> &'static str {
        self.how.name()
    }

    /// For people.
    pub(super) fn describe(self) -> String {
        match (self.how, self.depth) {
            (How::Random, _) => format!("seed {}", self.seed),
            (how, _) if !how.is_seeded() => format!("strategy {}", how.name()),
            (how, Some(depth)) => format!("seed {} ({}, depth {depth})", self.seed, how.name()),
            (how, None) => format!("seed {} ({})", self.seed, how.name()),
        }
    }

    /// For the shell.
    pub(super) fn arguments(self) -> String {
        let mut text = format!("--seed {}", self.seed);
        if self.how != How::Random {
            write!(text, " --strategy {}", self.how.name()).expect("a string takes everything");
        }
        if let Some(depth) = self.depth {
            write!(text, " --depth {depth}").expect("a string takes everything");
        }
        text
    }

    /// One whose order may be another; `None` if no seed has another.
    pub(super) fn another(self) -> Option<Plan> {
        self.how.is_seeded().then(|| Plan { seed: self.seed.wrapping_add(1), ..self })
    }
}

fn any() -> u64 {
    RandomState::new().hash_one(()) % SEEDS
}

fn seed(text: &str) -> Result<u64, String> {
    number(text).ok_or_else(|| format!("a seed is a number from 0 to {}, such as 41", u64::MAX))
}

fn depth(text: &str) -> Result<u32, String> {
    match number(text) {
        Some(depth) if (1..=u64::from(MOST_DEPTH)).contains(&depth) => Ok(depth as u32),
        _ => Err(format!("a depth is a number from 1 to {MOST_DEPTH}, such as {DEPTH}")),
    }
}

fn workers(text: &str) -> Result<usize, String> {
    match number(text).map(usize::try_from) {
        Some(Ok(workers @ 1..=MOST_WORKERS)) => Ok(workers),
        _ => Err(format!("a runtime has from 1 to {MOST_WORKERS} workers, such as {WORKERS}")),
    }
}

/// `u64::from_str` would take a plus sign as well.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_away_follows_from_what_is_there() {
        let none = Choice { runtime: None, workers: None, seed: None, strategy: None, depth: None };
        let plan = |choice: Choice| match choice.runner() {
            Ok(Runner::Sim(plan)) => (plan.seed, plan.how, plan.depth),
            other => panic!("{other:?}"),
        };
        assert_eq!(none.runner(), Ok(Runner::Local));
        assert_eq!(Choice { workers: Some(5), ..none }.runner(), Ok(Runner::Multi(5)));
        assert_eq!(Choice { runtime: Some(Which::Multi), ..none }.runner(), Ok(Runner::Multi(WORKERS)));
        assert_eq!(plan(Choice { seed: Some(5), ..none }), (5, How::Random, None));
        assert_eq!(plan(Choice { strategy: Some(How::Fifo), ..none }), (0, How::Fifo, None));
        let pct = Choice { seed: Some(5), strategy: Some(How::Pct), ..none };
        assert_eq!(plan(pct), (5, How::Pct, Some(DEPTH)));
        assert_eq!(plan(Choice { seed: Some(5), depth: Some(7), ..none }), (5, How::Pct, Some(7)));
        assert!(plan(Choice { runtime: Some(Which::Sim), ..none }).0 < SEEDS);
    }

    #[test]
    fn names_are_those_of_the_arguments_and_the_documents() {
        for which in Which::value_variants() {
            assert_eq!(which.to_possible_value().unwrap().get_name(), which.name());
        }
        for how in How::value_variants() {
            assert_eq!(how.to_possible_value().unwrap().get_name(), how.name());
            assert!(include_str!("../../EVENTS.md").contains(&format!("{:?}", how.name())));
        }
    }

    #[test]
    fn a_plan_says_how_to_take_it_again() {
        let plan = Plan { seed: 5, how: How::Pct, depth: Some(2) };
        assert_eq!(plan.arguments(), "--seed 5 --strategy pct --depth 2");
        assert_eq!(plan.describe(), "seed 5 (pct, depth 2)");
        assert_eq!(Plan { how: How::Random, depth: None, ..plan }.arguments(), "--seed 5");
        assert_eq!(Plan { how: How::Fifo, depth: None, ..plan }.describe(), "strategy fifo");
        assert_eq!(Plan { seed: u64::MAX, ..plan }.another().map(|plan| plan.seed), Some(0));
    }
}
