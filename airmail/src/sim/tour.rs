//! An exploration under way, and what is made of a run that fails.

use super::explore::Sim;
use super::explored::Explored;
use super::replay::Replay;
use super::report::Failure;
use super::run::{Failed, Run, Verdict, run};
use super::seeds;
use super::shrink::shrink;
use super::steps;
use super::tape::Deviation;
use super::trace::{Event, Told, mix, parting};
use std::future::Future;
use std::io::Write;
use std::time::{Duration, Instant};

/// A run of more decisions than this is named by its seed.
const MOST_DECISIONS: usize = 100;
/// Whoever waits for longer than this hears how far it is, again and again.
const PROGRESS_AFTER: Duration = Duration::from_secs(4);

/// What usually makes two runs of one seed differ.
const USUAL: &str = "what usually does that: the order of a `HashMap` (see `sim::RandomState`), the machine's clock \
                     (`std::time`), random numbers (see `sim::random`; tokio's `select!` without `biased` draws some), \
                     another thread, real input and output, a static or thread-local that an earlier run changed";

/// An exploration under way.
pub(super) struct Tour<'a, F> {
    sim: &'a Sim,
    body: &'a dyn Fn() -> F,
    pub(super) all: u64,
    /// One run is to be repeated, as it was, for somebody who looks at it: no more often than it must be.
    pub(super) repeats: bool,
    runs: u64,
    polls: u64,
    hash: u64,
    start: Instant,
    told: Instant,
}

impl<'a, F> Tour<'a, F>
where
    F: Future<Output: Verdict> + 'static,
{
    pub(super) fn new(sim: &'a Sim, body: &'a dyn Fn() -> F) -> Tour<'a, F> {
        let all = seeds::count().unwrap_or(sim.seeds);
        let start = Instant::now();
        Tour { sim, body, all, repeats: false, runs: 0, polls: 0, hash: 0, start, told: start }
    }

    fn run(&self, seed: u64, given: Option<&[Deviation]>, diagnosed: &[u64]) -> Run {
        run(&self.sim.settings, seed, given, diagnosed, self.body)
    }

    /// One run; twice, if it is to be checked.
    pub(super) fn visit(&mut self, replay: &Replay, check: bool) -> Result<(), Box<Failure>> {
        let given = replay.deviations.as_deref();
        let mut run = self.run(replay.seed, given, &[]);
        self.runs += 1;
        self.polls += run.polls;
        self.hash = mix(self.hash, run.trace.hash());
        if run.failed.is_none() && check && !self.sim.settings.threads {
            let again = self.run(replay.seed, given, &[]);
            if again.failed.is_some() || again.trace.hash() != run.trace.hash() {
                run.failed = Some(Failed::nondeterminism(difference(&run, &again)));
            }
        }
        match run.failed.take() {
            None => Ok(()),
            Some(failed) => Err(Box::new(self.examine(replay, &run, failed))),
        }
    }

    /// Makes a run that failed simpler, finds out what its tasks wait for, and keeps it in the file.
    fn examine(&self, replay: &Replay, run: &Run, failed: Failed) -> Failure {
        let mut failure = Failure {
            name: self.sim.name.clone(),
            test: self.sim.test.clone().or_else(thread_name),
            seed: replay.seed,
            replay: replay.clone(),
            polls: run.polls,
            run: (self.runs, self.all),
            steps: steps::of(run),
            suspects: run.suspects.clone(),
            panics: run.panics.clone(),
            remarks: Vec::new(),
            kept: None,
            failed,
        };
        let repeatable = failure.kind() != super::Kind::Nondeterminism && !self.sim.settings.threads;
        if repeatable {
            if self.repeats {
                self.diagnose(&mut failure, run, replay.deviations.as_deref());
            } else {
                self.simplify(&mut failure, run);
            }
        }
        if let Some(file) = self.sim.file.as_ref().filter(|_| repeatable) {
            let kept = file.keep(&failure.replay, failure.message().split(" (").next().unwrap_or_default());
            let path = file.0.display();
            failure.kept = Some(kept.map(|()| path.to_string()));
        }
        failure
    }

    fn simplify(&self, failure: &mut Failure, run: &Run) {
        let seed = failure.seed;
        let fails = |deviations: &[Deviation]| {
            let again = self.run(seed, Some(deviations), &[]);
            again.failed.is_some_and(|again| again.is_like(&failure.failed))
        };
        if !fails(&run.deviations) {
            let again = self.run(seed, Some(&run.deviations), &[]);
            failure.suspects.push(match parting(run.trace.events(), again.trace.events()) {
                None => {
                    format!("the run did not fail the second time, though it took the same steps; {USUAL}")
                }
                Some(_) => difference(run, &again),
            });
            return;
        }
        let simple = shrink(run.deviations.clone(), fails);
        // A seed says enough if what is left is too much for anybody to read.
        if simple.len() > MOST_DECISIONS {
            self.diagnose(failure, run, None);
            return;
        }
        let simplest = self.run(seed, Some(&simple), &[]);
        self.diagnose(failure, &simplest, Some(&simple));
        // It says the same if nothing could go.
        if simple != run.deviations {
            failure.replay = Replay { seed, deviations: Some(simple) };
        }
    }

    /// Once more, to see who waits for what.
    fn diagnose(&self, failure: &mut Failure, run: &Run, given: Option<&[Deviation]>) {
        if self.repeats {
            eprintln!("airmail: this run fails; once more, to see who waits for what");
        }
        let told = self.run(failure.seed, given, &run.last_polls);
        failure.polls = told.polls;
        failure.steps = steps::of(&told);
        failure.panics = told.panics;
        failure.remarks = told.remarks;
        if let Some(failed) = told.failed.filter(|failed| failed.is_like(&failure.failed)) {
            failure.failed = failed;
        }
    }

    /// Tells whoever waits how far it is. Not by `eprintln`, which tests keep to themselves until they fail.
    pub(super) fn progress(&mut self, number: u64) {
        // The clock is not asked for every run.
        if !number.is_multiple_of(256) || self.told.elapsed() < PROGRESS_AFTER {
            return;
        }
        self.told = Instant::now();
        let name = self.sim.name.as_deref().unwrap_or("simulation");
        let (done, all) = (self.explored(), self.all);
        let _ = writeln!(std::io::stderr(), "{name}: {done}; {} % of {all}", 100 * number / all.max(1));
    }

    pub(super) fn explored(&self) -> Explored {
        Explored { schedules: self.runs, polls: self.polls, elapsed: self.start.elapsed(), hash: self.hash }
    }
}

/// The test harness calls the thread of a test by its name.
fn thread_name() -> Option<String> {
    std::thread::current().name().filter(|name| *name != "main").map(str::to_owned)
}

/// What two runs of one seed did first that was not the same.
fn difference(one: &Run, other: &Run) -> String {
    let text = |run: &Run, event: Option<Event>| {
        event.map_or("the end".to_owned(), |event| Told(event, &run.names).to_string())
    };
    let what = match parting(one.trace.events(), other.trace.events()) {
        None => "took the same steps and failed only once".to_owned(),
        Some((at, first, second)) => {
            format!(
                "differ from step {} on: first \"{}\", then \"{}\"",
                at + 1,
                text(one, first),
                text(other, second)
            )
        }
    };
    format!("two runs with the same seed {what}; {USUAL}")
}
