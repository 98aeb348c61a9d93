//! Polls that take too long, as a program hears of them.

mod doing;

pub use doing::Doing;

use crate::sync::{Arc, Duration, Mutex, lock};
use crate::threads;
use airmail_core::TaskInfo;
use doing::Times;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

/// How long a poll may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Until others do what its worker has to do.
    pub(crate) rescue: Duration,
    /// Until it is reported.
    pub(crate) report: Duration,
}

/// Who hears of polls that take too long.
pub(crate) type StallHook = Arc<dyn Fn(&Stall) + Send + Sync>;

/// Something keeps workers from their tasks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Stall {
    /// A poll takes long. Told once for each such poll, while it lasts.
    Poll(StalledPoll),
    /// So many workers are in long polls at once, tasks wait, and no further spare can begin.
    NoSpareLeft {
        /// How many there are.
        workers: usize,
    },
}

/// A poll that takes long.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StalledPoll {
    /// The task. `None`: one that is pinned to its worker, or the poll ended just now.
    pub task: Option<TaskInfo>,
    /// The number of the worker, or of the spare, which come after the workers.
    pub worker: usize,
    /// For how long it has been seen in this poll.
    pub elapsed: Duration,
    /// What its thread does.
    pub doing: Doing,
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stall::Poll(poll) => poll.fmt(f),
            Stall::NoSpareLeft { workers } => write!(
                f,
                "{workers} workers are in polls that take long, and no further spare can begin: tasks wait until one of \
                 them ends. Run what blocks with `task::spawn_blocking`"
            ),
        }
    }
}

impl StalledPoll {
    /// What is, without what could be done about it.
    pub(crate) fn fmt_fact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task {
            Some(task) => write!(f, "{}", task.meta)?,
            None => f.write_str("a task")?,
        }
        let (worker, time, doing) = (self.worker, self.elapsed, &self.doing);
        if time.is_zero() {
            // It began since the last look.
            return write!(f, " is in a poll on worker {worker}; {doing}");
        }
        write!(f, " has been in one poll for {time:.1?} on worker {worker}; {doing}")
    }
}

impl fmt::Display for StalledPoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_fact(f)?;
        f.write_str(match self.doing {
            Doing::Computes | Doing::WaitsForProcessor => {
                ". Divide it with `task::yield_now`, or compute with `task::spawn_blocking`"
            }
            Doing::Blocked { .. } | Doing::Unknown => ". Run what blocks with `task::spawn_blocking`",
        })
    }
}

/// How often polls of the tasks that were spawned in one place took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StallSite {
    /// The line that spawned them.
    pub location: &'static Location<'static>,
    /// How many polls.
    pub stalls: u64,
    /// The longest of those that have ended.
    pub longest: Duration,
}

/// Which polls are too long, who hears of them, and what is known of them.
pub(crate) struct Stalls {
    patience: Patience,
    hook: Option<StallHook>,
    rescues: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sites: Vec<StallSite>,
    /// Of workers that are late: when they were seen to be.
    times: Vec<(usize, Times)>,
    /// Of those that were reported: where their tasks were spawned.
    open: Vec<(usize, &'static Location<'static>)>,
}

impl Default for Stalls {
    fn default() -> Stalls {
        Stalls::new(Stalls::PATIENCE, None)
    }
}

impl fmt::Debug for Stalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stalls").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Stalls {
    /// If nobody says otherwise.
    pub(crate) const PATIENCE: Patience =
        Patience { rescue: Duration::from_millis(10), report: Duration::from_millis(100) };

    pub(crate) fn new(patience: Patience, hook: Option<StallHook>) -> Stalls {
        Stalls { patience, hook, rescues: AtomicU64::new(0), state: Mutex::default() }
    }

    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// How often a spare began to work beside a worker that was late.
    pub(crate) fn rescues(&self) -> u64 {
        self.rescues.load(Ordering::Relaxed)
    }

    /// The places whose tasks were late, in the order in which they first were.
    pub(crate) fn sites(&self) -> Vec<StallSite> {
        lock(&self.state).sites.clone()
    }

    pub(crate) fn add_rescues(&self, rescues: usize) {
        self.rescues.fetch_add(rescues as u64, Ordering::Relaxed);
    }

    /// The worker in this place is late: what its thread does from now on may be asked later.
    pub(crate) fn begin(&self, place: usize, thread: Option<u32>) {
        let times = thread.and_then(Times::of);
        lock(&self.state).times.extend(times.map(|times| (place, times)));
    }

    /// What the thread of a worker does, since it was seen to be late.
    pub(crate) fn doing(&self, place: usize, thread: Option<u32>) -> Doing {
        let earlier =
            lock(&self.state).times.iter().find(|(late, _)| *late == place).map(|(_, times)| *times);
        thread.map_or(Doing::Unknown, |thread| Doing::of(thread, earlier))
    }

    /// A poll is reported.
    pub(crate) fn count(&self, poll: &StalledPoll) {
        if let Some(task) = &poll.task {
            let mut state = lock(&self.state);
            state.site(task.meta.location).stalls += 1;
            state.open.push((poll.worker, task.meta.location));
        }
    }

    /// A worker that was late has gone on.
    pub(crate) fn end(&self, place: usize, elapsed: Duration) {
        let mut state = lock(&self.state);
        state.times.retain(|(late, _)| *late != place);
        if let Some(open) = state.open.iter().position(|(late, _)| *late == place) {
            let (_, location) = state.open.swap_remove(open);
            let site = state.site(location);
            site.longest = site.longest.max(elapsed);
        }
    }

    /// Foreign code: under no lock.
    pub(crate) fn report(&self, stalls: &[Stall]) {
        for stall in stalls {
            match &self.hook {
                Some(hook) => drop(threads::caught("`on_stall`", || hook(stall))),
                None => threads::say(&stall.to_string()),
            }
        }
    }
}

impl State {
    fn site(&mut self, location: &'static Location<'static>) -> &mut StallSite {
        let known = self.sites.iter().position(|site| site.location == location);
        let place = known.unwrap_or_else(|| {
            self.sites.push(StallSite { location, stalls: 0, longest: Duration::ZERO });
            self.sites.len() - 1
        });
        &mut self.sites[place]
    }
}
