//! Many runs, and what to do about the first that fails.

use super::explored::Explored;
use super::faults::Faults;
use super::replay::Replay;
use super::report::Failure;
use super::run::{Settings, Verdict};
use super::seeds::{self, File};
use super::strategy::Strategy;
use super::tour::Tour;
use airmail_core::Spawn;
use std::future::Future;
use std::path::PathBuf;

/// The default of [`Sim::max_polls`].
const MAX_POLLS: u64 = 1_000_000;
/// The default of [`Sim::check_every`].
const CHECK_EVERY: u64 = 64;

/// Explores the schedules of `seeds` seeds, with the defaults of [`Sim`]. Panics if one fails: the message says what
/// went wrong and how to repeat it.
///
/// ```
/// airmail::sim::explore(100, || async {
///     let (one, other) = (airmail::spawn(async { 1 }), airmail::spawn(async { 2 }));
///     assert_eq!(one.await.unwrap() + other.await.unwrap(), 3);
/// });
/// ```
#[track_caller]
pub fn explore<F>(seeds: u64, body: impl Fn() -> F) -> Explored
where
    F: Future<Output: Verdict> + 'static,
{
    Sim::new().seeds(seeds).explore(body)
}

/// How to explore the schedules of a program.
///
/// ```
/// use airmail::sim::{Faults, Sim, Strategy};
/// use airmail::task::yield_now;
///
/// let sim = Sim::new()
///     .name("two letters")
///     .seeds(200) // from 0, or from
///     .first_seed(1000)
///     .strategy(Strategy::Pct { depth: 3 })
///     .faults(Faults::legal())
///     .max_polls(10_000) // more is no end
///     .leaks(true) // tasks may be left
///     .threads(false) // no other thread takes part
///     .check_every(10) // one in ten is run twice
///     .keep_in(None); // no file of seeds that failed
/// let explored = sim.explore(|| async {
///     airmail::spawn(std::future::pending::<()>());
///     let letter = airmail::spawn(async { (yield_now().await, 1).1 });
///     assert_eq!(letter.await.unwrap(), 1);
/// });
/// assert_eq!(explored.schedules(), 200);
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `explore`"]
pub struct Sim {
    pub(super) settings: Settings,
    pub(super) seeds: u64,
    pub(super) first: u64,
    pub(super) check_every: u64,
    pub(super) name: Option<String>,
    /// What `cargo test` calls it.
    pub(super) test: Option<String>,
    pub(super) file: Option<File>,
}

impl Default for Sim {
    #[track_caller]
    fn default() -> Sim {
        Sim::new()
    }
}

impl Sim {
    /// 1,000 seeds from 0, [`Strategy::Mixed`], no faults.
    #[track_caller]
    pub fn new() -> Sim {
        let settings = Settings {
            strategy: Strategy::Mixed,
            faults: Faults::none(),
            max_polls: MAX_POLLS,
            leaks: false,
            threads: false,
            spawn: Spawn::here().named("main"),
        };
        Sim { settings, seeds: 1000, first: 0, check_every: CHECK_EVERY, name: None, test: None, file: None }
    }

    /// For a test: failures name it, and are kept in the folder `airmail-seeds` of its package. `#[airmail::test]`
    /// calls this with `module_path!()`, the test's name and `env!("CARGO_MANIFEST_DIR")`.
    #[track_caller]
    pub fn for_test(module: &str, name: &str, manifest_dir: &str) -> Sim {
        // The first part is the crate's name, which is no part of a test's.
        let test = match module.split_once("::") {
            None => name.to_owned(),
            Some((_, module)) => format!("{module}::{name}"),
        };
        let file = File::of_test(manifest_dir, &format!("{module}::{name}"));
        Sim { file: Some(file), name: Some(test.clone()), test: Some(test), ..Sim::new() }
    }

    /// How many seeds are run, 1 and more. `AIRMAIL_SEEDS` in the environment goes first.
    pub fn seeds(self, seeds: u64) -> Sim {
        Sim { seeds, ..self }
    }

    /// The first seed; the others follow it. Default: 0. `AIRMAIL_FIRST_SEED` in the environment goes first.
    pub fn first_seed(self, first: u64) -> Sim {
        Sim { first, ..self }
    }

    /// How the next task is chosen.
    pub fn strategy(mut self, strategy: Strategy) -> Sim {
        self.settings.strategy = strategy;
        self
    }

    /// What goes wrong on purpose.
    pub fn faults(mut self, faults: Faults) -> Sim {
        self.settings.faults = faults;
        self
    }

    /// A run of more polls than this fails, since it seems to have no end. Default: a million.
    pub fn max_polls(mut self, polls: u64) -> Sim {
        self.settings.max_polls = polls;
        self
    }

    /// Tasks may be left when the body is done: they are cancelled. Default: no; the run goes on until nothing is ready
    /// (time stands still), and fails if there are tasks then.
    pub fn leaks(mut self, allowed: bool) -> Sim {
        self.settings.leaks = allowed;
        self
    }

    /// Other threads may wake tasks and spawn them: an idle run waits for them, up to 10 seconds. But if a timer is
    /// set, time jumps there at once, so that a timeout comes before any answer of another thread. Such runs cannot be
    /// repeated, so they are not checked for that. Default: no; a run in which a thread does so fails.
    pub fn threads(mut self, allowed: bool) -> Sim {
        self.settings.threads = allowed;
        self
    }

    /// After so many seeds one is run twice, and fails if the second run is not like the first; 1 is every seed, 0
    /// none. Default: 64. The first seed is always among them.
    pub fn check_every(self, seeds: u64) -> Sim {
        Sim { check_every: seeds, ..self }
    }

    /// The file that keeps runs that failed and is tried first; `None`: no file.
    pub fn keep_in(self, file: Option<PathBuf>) -> Sim {
        Sim { file: file.map(File), ..self }
    }

    /// What the failures call this.
    pub fn name(self, name: impl Into<String>) -> Sim {
        Sim { name: Some(name.into()), ..self }
    }

    /// With more said about what runs.
    pub(crate) fn with_remark(&self, remark: &impl std::fmt::Display) -> Sim {
        let name = self.name.as_deref().unwrap_or("the operation");
        Sim { name: Some(format!("{name} ({remark})")), ..self.clone() }
    }

    /// Runs `body` once for every seed: as a task named "main" of a simulated runtime of its own, in which `spawn` and
    /// `spawn_local` work.
    ///
    /// With `AIRMAIL_SEED` in the environment there is one run only, the one that it names.
    ///
    /// # Panics
    /// If a run fails; the message is the [`Failure`]. If there are 0 seeds. If the environment or the file of failed
    /// runs says something that is none.
    #[track_caller]
    pub fn explore<F>(&self, body: impl Fn() -> F) -> Explored
    where
        F: Future<Output: Verdict> + 'static,
    {
        match self.try_explore(body) {
            Ok(explored) => {
                eprintln!("{}: {explored}", self.name.as_deref().unwrap_or("simulation"));
                explored
            }
            Err(failure) => panic!("{failure}"),
        }
    }

    /// As [`explore`](Sim::explore), with an answer instead of a panic.
    ///
    /// # Errors
    /// The first run that failed, made as simple as possible.
    ///
    /// # Panics
    /// If there are 0 seeds. If the environment or the file of failed runs says something that is none.
    #[track_caller]
    pub fn try_explore<F>(&self, body: impl Fn() -> F) -> Result<Explored, Box<Failure>>
    where
        F: Future<Output: Verdict> + 'static,
    {
        if let Some(wanted) = seeds::wanted() {
            return self.replay(&wanted, body);
        }
        let mut tour = Tour::new(self, &body);
        let kept = self.file.as_ref().map_or_else(|| Ok(Vec::new()), File::runs);
        for replay in kept.unwrap_or_else(|error| panic!("{error}")) {
            tour.visit(&replay, true)?;
        }
        let first = seeds::first().unwrap_or(self.first);
        assert!(
            tour.all > 0,
            "a simulation of 0 seeds would not run; at least 1 (`Sim::seeds`, `AIRMAIL_SEEDS`)"
        );
        for number in 0..tour.all {
            let check = self.check_every != 0 && number % self.check_every == 0;
            tour.visit(&Replay::of_seed(first.wrapping_add(number)), check)?;
            tour.progress(number + 1);
        }
        Ok(tour.explored())
    }

    /// Runs `body` once more as it was run then. It is not made simpler; but what fails is run again, to see who waits
    /// for what, and what passes is, to see whether it repeats.
    ///
    /// # Errors
    /// If it fails.
    #[track_caller]
    pub fn replay<F>(&self, run: &Replay, body: impl Fn() -> F) -> Result<Explored, Box<Failure>>
    where
        F: Future<Output: Verdict> + 'static,
    {
        let mut tour = Tour::new(self, &body);
        (tour.all, tour.repeats) = (1, true);
        tour.visit(run, true)?;
        Ok(tour.explored())
    }
}
