//! What all parts of one simulated runtime share: who is there, what happened, what is on its way.

use super::faults::Faults;
use super::relay::Relayed;
use super::rng::Rng;
use super::tape::Deviation;
use super::trace::{Event, Trace, hash_of, mix};
use crate::runtime::Report;
use crate::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use crate::task::{AbortHandle, Id, Meta};
use crate::timers::Timers;
use std::panic::Location;
use std::sync::Weak;
use std::task::Waker;
use std::thread::{self, ThreadId};
use std::time::Instant;

/// So many things that were seen are told at most.
const SUSPECTS: usize = 4;

/// The choices for one run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) seed: u64,
    pub(super) faults: Faults,
    /// After so many polls a run is endless.
    pub(super) max_polls: u64,
    /// Other threads may wake tasks.
    pub(super) threads: bool,
    /// It is one of the runs of a [`Sim`](super::Sim): panics and steps are kept for its report, and not printed.
    pub(super) quiet: bool,
}

/// One simulated runtime.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(super) rules: Rules,
    /// The thread that runs it.
    thread: ThreadId,
    state: Mutex<State>,
    /// The runtime's clock, and what it showed first.
    timers: OnceLock<(Arc<Timers>, Instant)>,
}

#[derive(Debug)]
pub(super) struct State {
    /// By sequence number, which starts from 1.
    tasks: Vec<Known>,
    /// Nobody will ask for single tasks, and the run may be long: one entry for all.
    forgets: bool,
    pub(super) trace: Trace,
    pub(super) polls: u64,
    /// What the clock showed at the last step; `None`: what it shows first.
    now: Option<Instant>,
    /// Nothing was ready: time may have jumped since the last step.
    pub(super) was_idle: bool,
    /// Whose wake is being delivered.
    pub(super) waker: u32,
    /// Used since the last choice, and not delivered yet.
    pub(super) posted: Vec<Posted>,
    /// Late ones.
    pub(super) held: Vec<Held>,
    pub(super) watch: Watch,
    pub(super) stopped: Option<Stop>,
    /// What was reported, and where the panic was.
    pub(super) troubles: Vec<(String, String)>,
    pub(super) panics: Vec<Panicked>,
    /// What a diagnosis has to add.
    pub(super) remarks: Vec<String>,
    /// What makes a run differ from its repetition, as far as it was seen.
    pub(super) suspects: Vec<String>,
    /// For the program's own use.
    pub(super) random: Rng,
    pub(super) aborted: u32,
    /// What the engine left at its end.
    pub(super) deviations: Vec<Deviation>,
    /// The polls of the run in which it is noted who keeps a waker, which takes its time.
    pub(super) diagnosed: Vec<u64>,
    /// Polls that a diagnosis wants to see too.
    pub(super) marked: Vec<u64>,
    /// Spawn sites and their hashes.
    sites: Vec<(&'static Location<'static>, u64)>,
}

/// A wake that is on its way.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) waker: Waker,
    /// The task that used it.
    pub(super) by: u32,
}

/// A wake that is late.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) until: Until,
    pub(super) wake: Posted,
}

/// When it takes effect.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// After so many polls of the run, or when nothing else is ready.
    Polls(u64),
    /// At this time.
    Time(Instant),
}

/// What is known of a task besides what the core knows.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) name: Option<&'static str>,
    pub(super) handle: Option<AbortHandle>,
    pub(super) waiting: bool,
    pub(super) ended: bool,
    /// Woken for nothing, and not polled since.
    pub(super) for_nothing: bool,
    pub(super) polls: u32,
    /// Which poll of the run its last one was.
    pub(super) last_poll: u64,
    /// The waker of its polls, while one is alive.
    pub(super) relay: Weak<Relayed>,
    /// Where wakers of its last poll were cloned.
    pub(super) waits: Vec<Wait>,
}

/// Somebody keeps a waker.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    /// The task whose end is awaited, if it is a join handle that keeps it.
    pub(super) joins: Option<Meta>,
    /// The calls that lead to it, innermost first.
    pub(super) frames: Vec<String>,
}

/// How far the run is, for whoever watches over it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Somebody watches, and is woken with this.
    pub(super) waker: Option<Waker>,
    /// The body has ended; what is ready still runs, but time stands still.
    pub(super) draining: bool,
    /// Nothing is ready any more.
    pub(super) quiet: bool,
    /// The body is this task.
    pub(super) body: u32,
    /// It had ended before the first trouble: what it answered tells more.
    pub(super) ended_first: bool,
}

/// Why a run cannot go on.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// Nothing is ready, and nothing will be.
    Deadlock,
    /// Too many polls.
    Endless,
    /// Another thread took part.
    Foreign,
    /// A panic that nobody hears of.
    Trouble,
}

/// A panic in the simulation.
#[derive(Clone, Debug)]
pub(super) struct Panicked {
    pub(super) message: String,
    pub(super) location: String,
    pub(super) task: Option<String>,
}

/// A task's sequence number; 0 if it has none, such as a task of an ordinary runtime inside of the simulation: where
/// that one's slot is differs from run to run.
pub(super) fn number(id: Id) -> u32 {
    u32::try_from(id.as_u64()).unwrap_or(0)
}

impl Shared {
    pub(super) fn new(rules: Rules) -> Arc<Shared> {
        let state = State {
            tasks: Vec::with_capacity(16),
            forgets: !rules.quiet,
            trace: if rules.quiet { Trace::kept() } else { Trace::default() },
            polls: 0,
            now: None,
            was_idle: false,
            waker: 0,
            posted: Vec::new(),
            held: Vec::new(),
            watch: Watch::default(),
            stopped: None,
            troubles: Vec::new(),
            panics: Vec::new(),
            remarks: Vec::new(),
            suspects: Vec::new(),
            random: Rng::new(rules.seed, 5),
            aborted: 0,
            deviations: Vec::new(),
            diagnosed: Vec::new(),
            marked: Vec::new(),
            sites: Vec::new(),
        };
        Arc::new(Shared {
            rules,
            thread: thread::current().id(),
            state: Mutex::new(state),
            timers: OnceLock::new(),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wake that was on its way takes effect.
    pub(super) fn deliver(&self, wake: Posted) {
        self.state().waker = wake.by;
        wake.waker.wake();
        self.state().waker = 0;
    }

    /// What the simulated clock shows.
    pub(super) fn now(&self) -> Instant {
        self.clock().0.now()
    }

    /// What it showed first.
    pub(super) fn start(&self) -> Instant {
        self.clock().1
    }

    pub(super) fn timers(&self) -> &Timers {
        &self.clock().0
    }

    fn clock(&self) -> &(Arc<Timers>, Instant) {
        self.timers.get().expect("set when the runtime is built")
    }

    /// The runtime is built.
    pub(super) fn set_timers(&self, timers: Arc<Timers>) {
        let start = timers.now();
        assert!(self.timers.set((timers, start)).is_ok(), "one runtime for each simulation");
    }

    /// Somebody watches over the run and will say what stopped it.
    pub(super) fn is_watched(&self) -> bool {
        self.state().watch.body != 0
    }

    /// For a panic hook, which may be called at any time.
    pub(super) fn try_state(&self) -> Option<MutexGuard<'_, State>> {
        self.state.try_lock().ok()
    }

    /// This is the thread that runs it.
    pub(super) fn is_here(&self) -> bool {
        thread::current().id() == self.thread
    }

    /// The run cannot go on. Tells the watch, if there is one.
    pub(super) fn stop(&self, stop: Stop) {
        let mut state = self.state();
        state.stopped.get_or_insert(stop);
        let waker = state.watch.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl State {
    pub(super) fn task(&mut self, number: u32) -> &mut Known {
        let place = if self.forgets { 0 } else { (number as usize).saturating_sub(1) };
        if place >= self.tasks.len() {
            self.tasks.resize_with(place + 1, Known::default);
        }
        &mut self.tasks[place]
    }

    /// The last polls of those that wait, and those that were marked, in order.
    pub(super) fn last_polls(&self) -> Vec<u64> {
        let waiting = self.tasks.iter().filter(|task| task.waiting).map(|task| task.last_poll);
        let mut polls: Vec<_> = waiting.chain(self.marked.iter().copied()).collect();
        polls.sort_unstable();
        polls
    }

    /// The task that is being polled will wait for good: who keeps its waker is to be noted.
    pub(super) fn is_diagnosed(&self) -> bool {
        self.diagnosed.binary_search(&self.polls).is_ok()
    }

    fn tasks(&self) -> impl Iterator<Item = (u32, &Known)> {
        (1..).zip(&self.tasks)
    }

    /// What is known of a task that may not be one of this runtime.
    pub(super) fn known(&self, number: u32) -> Option<&Known> {
        self.tasks.get((number as usize).checked_sub(1)?)
    }

    /// Those that were polled and have not ended, but for the body of the test.
    pub(super) fn alive(&self) -> impl Iterator<Item = (u32, &Known, AbortHandle)> {
        let body = self.watch.body;
        let alive = move |(n, task): &(u32, &Known)| !task.ended && *n != body;
        self.tasks().filter(alive).filter_map(|(n, task)| Some((n, task, task.handle?)))
    }

    pub(super) fn spawned(&mut self, task: &Meta, by: u32) {
        let site = self.site(task.location);
        self.trace.push(Event::Spawned { task: number(task.id), by, site });
        let known = self.task(number(task.id));
        (known.name, known.waiting) = (task.name, false);
    }

    /// The names of all tasks, by number.
    pub(super) fn names(&self) -> Vec<Option<&'static str>> {
        self.tasks.iter().map(|task| task.name).collect()
    }

    /// The hash of a spawn site's text. Its address is another one in each process.
    fn site(&mut self, location: &'static Location<'static>) -> u64 {
        if let Some((_, hash)) = self.sites.iter().find(|(known, _)| std::ptr::eq(*known, location)) {
            return *hash;
        }
        let hash = mix(hash_of(location.file()), u64::from(location.line()));
        self.sites.push((location, hash));
        hash
    }

    /// Notes how far time has jumped.
    pub(super) fn time_is(&mut self, now: Instant, start: Instant) {
        self.was_idle = false;
        let before = self.now.replace(now).unwrap_or(start);
        if before != now {
            let nanos = now.saturating_duration_since(before).as_nanos() as u64;
            self.trace.push(Event::Jumped { nanos });
        }
    }

    /// Notes a panic that nobody hears of.
    pub(super) fn trouble(&mut self, report: &Report<'_>) {
        if self.troubles.is_empty() {
            let body = self.tasks().find(|(number, _)| *number == self.watch.body);
            self.watch.ended_first = body.is_some_and(|(_, body)| body.ended);
        }
        let task = report.task.to_string();
        let of_task = |panic: &&Panicked| panic.task.as_ref() == Some(&task);
        let same = |panic: &&Panicked| panic.message == report.message;
        // The last one of that task with that text; or with that text, for a drop that others did.
        let panics = || self.panics.iter().rev();
        let panic = panics().filter(of_task).find(same).or_else(|| panics().find(same));
        let place = panic.map(|panic| panic.location.clone()).unwrap_or_default();
        self.troubles.push((report.to_string(), place));
    }

    /// Notes what was seen, once; the first few, which say it all.
    pub(super) fn suspect(&mut self, what: impl FnOnce() -> String) {
        if self.suspects.len() < SUSPECTS {
            let what = what();
            if !self.suspects.contains(&what) {
                self.suspects.push(what);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_remembers_no_tasks() {
        for (quiet, kept) in [(true, 1000), (false, 1)] {
            let faults = Faults::none();
            let shared = Shared::new(Rules { seed: 0, faults, max_polls: 1, threads: false, quiet });
            let mut state = shared.state();
            for number in 1..=1000 {
                state.task(number).polls += 1;
            }
            assert_eq!(state.tasks.len(), kept);
        }
    }
}
