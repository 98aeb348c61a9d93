//! What is said of a run that failed.

use super::replay::Replay;
use super::run::{Failed, Kind};
use super::state::{Panicked, Shared, State, Wait, number};
use super::steps::Steps;
use crate::runtime::Handle;
use crate::task::{Activity, Meta, TaskInfo};
use std::fmt;

/// So many tasks are shown.
const TASKS: usize = 20;

/// A task that waits, and what for.
#[derive(Clone, Debug)]
pub(super) struct TaskReport {
    meta: Meta,
    polls: u32,
    queued: bool,
    wakers: u32,
    waits: Vec<Wait>,
}

/// The tasks that have not ended.
pub(super) fn waiting(state: &State, tasks: &[TaskInfo]) -> Vec<TaskReport> {
    let mut reports = Vec::new();
    for task in tasks {
        if matches!(task.activity, Activity::Done(_)) {
            continue;
        }
        let known = state.known(number(task.meta.id));
        reports.push(TaskReport {
            meta: task.meta,
            polls: task.polls,
            queued: task.activity == Activity::Scheduled,
            wakers: task.wakers.unwrap_or_default(),
            waits: known.map(|known| known.waits.clone()).unwrap_or_default(),
        });
    }
    reports.sort_by_key(|report| report.meta.id);
    reports
}

impl fmt::Display for TaskReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = if self.polls == 1 { "once".to_owned() } else { format!("{} times", self.polls) };
        write!(f, "  {}, polled {times}", self.meta)?;
        if self.queued {
            return f.write_str(", is ready\n");
        }
        let joins = self.waits.iter().find_map(|wait| wait.joins);
        match (joins, self.wakers) {
            (Some(joined), _) => writeln!(f, ", awaits the end of task {}", called(&joined))?,
            (None, 0) => writeln!(f, ": nobody has a waker of it, so nobody can wake it")?,
            (None, wakers) => writeln!(f, ", waits; wakers of it that are kept: {wakers}")?,
        }
        for wait in &self.waits {
            for (n, frame) in wait.frames.iter().enumerate() {
                writeln!(f, "      {} {frame}", if n == 0 { "kept by" } else { "     in" })?;
            }
        }
        Ok(())
    }
}

/// A task's number and name.
fn called(task: &Meta) -> String {
    task.name.map_or_else(|| task.id.to_string(), |name| format!("{} {name:?}", task.id))
}

fn list(f: &mut fmt::Formatter<'_>, tasks: &[TaskReport]) -> fmt::Result {
    for task in tasks.iter().take(TASKS) {
        write!(f, "{task}")?;
    }
    match tasks.len().saturating_sub(TASKS) {
        0 => Ok(()),
        more => writeln!(f, "  and {more} more"),
    }
}

struct List<'a>(&'a [TaskReport]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.0)
    }
}

/// For a runtime that nobody watches: its `block_on` panics with this.
pub(super) fn deadlock_of_current(shared: &Shared) -> String {
    let tasks = Handle::try_current().map(|handle| handle.tasks()).unwrap_or_default();
    let state = shared.state();
    let tasks = waiting(&state, &tasks);
    let heading = if tasks.is_empty() { "There is no task" } else { "The tasks that wait:" };
    format!(
        "deadlock in a simulation (seed {}, after {} polls): the future of `block_on` is not done, nothing is ready, no \
         timer is set, and nobody else can wake a task. (Another thread, if one is to, cannot: see `Sim::threads`.)\n\
         {heading}\n{}",
        shared.rules.seed,
        state.polls,
        List(&tasks)
    )
}

/// A run that failed: what went wrong, and how to repeat it. Its text says all of it.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(super) name: Option<String>,
    pub(super) test: Option<String>,
    pub(super) seed: u64,
    pub(super) replay: Replay,
    pub(super) failed: Failed,
    pub(super) polls: u64,
    /// Which run it was, of how many.
    pub(super) run: (u64, u64),
    pub(super) steps: Steps,
    pub(super) suspects: Vec<String>,
    pub(super) panics: Vec<Panicked>,
    pub(super) remarks: Vec<String>,
    /// Where it is kept, or why not.
    pub(super) kept: Option<Result<String, String>>,
}

impl Failure {
    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.failed.kind
    }

    /// What went wrong, in a sentence.
    pub fn message(&self) -> &str {
        &self.failed.message
    }

    /// The seed that failed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The simplest run that was found to fail in the same way.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// How many runs there were until then, this one among them.
    pub fn runs(&self) -> u64 {
        self.run.0
    }
}

/// As a shell takes it for one word.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_:-./".contains(c);
    if name.chars().all(plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Panic => "panic",
        Kind::Error => "error",
        Kind::Deadlock => "deadlock",
        Kind::Leak => "tasks left over",
        Kind::Endless => "no end",
        Kind::Nondeterminism => "not deterministic",
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { seed, failed, polls, run, .. } = self;
        let name = self.name.as_deref().unwrap_or("the body");
        writeln!(f, "{}: {name} fails with seed {seed}, run {} of {}", kind(failed.kind), run.0, run.1)?;
        writeln!(f, "{}", failed.message)?;
        list(f, &failed.tasks)?;
        self.remarks.iter().try_for_each(|remark| writeln!(f, "{remark}"))?;
        for suspect in &self.suspects {
            writeln!(f, "seen: {suspect}")?;
        }
        // The one that the message tells is not told twice.
        let told = |panic: &&Panicked| {
            failed.message.contains(&panic.location) && failed.message.contains(&panic.message)
        };
        for panic in self.panics.iter().filter(|panic| !told(panic)) {
            let task = panic.task.as_deref().unwrap_or("outside of tasks");
            writeln!(f, "panicked: {task}, at {}: {}", panic.location, panic.message)?;
        }
        let Steps { lines, decided } = &self.steps;
        if !lines.is_empty() {
            let s = if *polls == 1 { "" } else { "s" };
            let decided = if *decided { ", and what was decided" } else { "" };
            writeln!(f, "the last steps of {polls} poll{s}{decided}:")?;
            lines.iter().try_for_each(|step| writeln!(f, "{step}"))?;
        }
        let test = self.test.as_deref().map(|name| format!(" {}", quoted(name))).unwrap_or_default();
        writeln!(f, "to repeat it: AIRMAIL_SEED={} cargo test{test}", self.replay)?;
        if let Some(deviations) = &self.replay.deviations {
            let differ = match deviations.len() {
                0 => "no decision differs".to_owned(),
                1 => "one decision differs".to_owned(),
                more => format!("{more} decisions differ"),
            };
            writeln!(
                f,
                "  ({differ} from first in, first out without faults; the whole run: AIRMAIL_SEED={seed})"
            )?;
        }
        match &self.kept {
            Some(Ok(file)) => writeln!(f, "kept in {file}, which the next exploration tries first"),
            Some(Err(error)) => writeln!(f, "not kept: {error}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
