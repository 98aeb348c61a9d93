//! A simulated runtime: the single-threaded one with another pick, another driver and a clock that stands still.

use super::engine::Engine;
use super::faults::Faults;
use super::idle::Idle;
use super::panics;
use super::relay;
use super::state::{Rules, Shared, Stop};
use super::strategy::Strategy;
use super::tape::Tape;
use super::trace::Trace;
use super::tracker::Tracker;
use crate::company::{Company, Numbers};
use crate::context;
use crate::runtime::{Builder, Parts, Trouble};
use crate::timers::Timers;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A run of `Builder::new_simulated` is endless after so many polls.
const MOST_POLLS: u64 = 1 << 40;

impl Builder {
    /// A simulated runtime: a [`current_thread`](Builder::new_current_thread) one whose next task is chosen by `seed`
    /// among all that are ready, and whose time stands still while anything is ready and jumps to the next deadline
    /// when nothing is. The same program with the same seed runs the same way, in every process. It belongs to the
    /// thread that builds it: a wake-up or a spawn on another one is told of on stderr, since no seed repeats it.
    ///
    /// Without [`pick`](Builder::pick) the order is that of [`Strategy::Mixed`]. A [`driver`](Builder::driver) is
    /// refused by `build`; [`start_paused`](Builder::start_paused), [`event_interval`](Builder::event_interval) and
    /// [`count_wakers`](Builder::count_wakers) change nothing. [`Sim`](super::Sim) builds such runtimes by the
    /// thousand, and says what went wrong and how to repeat it; this is for who wants to drive one.
    ///
    /// The future that `block_on` is given waits its turn and is not chosen; tasks are. `block_on` panics if nothing is
    /// ready, no timer is set and its future is not done: the message lists every task that waits.
    /// [`spawn_blocking`](crate::task::spawn_blocking) runs its closure as a task like any other.
    ///
    /// ```
    /// use airmail::runtime::{Builder, LocalOptions};
    /// use airmail::time::{Duration, Instant, sleep};
    ///
    /// let runtime = Builder::new_simulated(41).build_local(LocalOptions::default())?;
    /// runtime.block_on(async {
    ///     let start = Instant::now();
    ///     sleep(Duration::from_secs(3600)).await; // takes no time
    ///     assert_eq!(start.elapsed(), Duration::from_secs(3600));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new_simulated(seed: u64) -> Builder {
        let faults = Faults::none();
        let rules = Rules { seed, faults, max_polls: MOST_POLLS, threads: false, quiet: false };
        let mut builder = Builder::new_current_thread();
        builder.around(move |parts| surround(parts, Shared::new(rules), Strategy::Mixed, Tape::not_kept()));
        builder
    }
}

/// Puts a simulation around a runtime's parts.
pub(super) fn surround(
    parts: Parts,
    shared: Arc<Shared>,
    strategy: Strategy,
    tape: Tape,
) -> io::Result<Parts> {
    if parts.driver.is_some() {
        let message = "`Builder::driver` on a simulated runtime, which waits for nothing outside and has a driver of its \
                       own; leave it out";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    panics::install();
    let timers = Arc::new(Timers::simulated());
    shared.set_timers(Arc::clone(&timers));
    let strategy = parts.pick.unwrap_or_else(|| strategy.picks(shared.rules.seed));
    let engine = Engine::new(Arc::clone(&shared), tape, strategy);
    let mut options = parts.options;
    let (own, other) = (Arc::clone(&shared), options.hook.take());
    options.count_wakers = true;
    options.first_number = 1;
    options.hook = Some(Arc::new(move |report| {
        if report.trouble != Trouble::Orphan && own.is_watched() {
            own.state().trouble(report);
            own.stop(Stop::Trouble);
        }
        match &other {
            Some(other) => other(report),
            None if !own.rules.quiet => eprintln!("airmail: {report}"),
            None => {}
        }
    }));
    let driver = Idle::new(Arc::clone(&shared));
    let tracker = Tracker { shared: Arc::clone(&shared), other: parts.company.track };
    Ok(Parts {
        // Time stands still, so nothing happens while tasks are ready.
        event_interval: u32::MAX,
        options,
        pick: Some(Box::new(engine)),
        driver: Some(Box::new(driver)),
        company: Company {
            track: Some(Arc::new(tracker)),
            timers,
            guest: Some(shared),
            simulated: true,
            numbers: Some(Numbers::default()),
            ..parts.company
        },
    })
}

/// The simulation that this thread is in.
pub(super) fn current() -> Option<Arc<Shared>> {
    let guest = context::runtime(|scheduler| scheduler.company().guest.clone()).ok()??;
    guest.downcast().ok()
}

/// A simulation seen from inside.
#[derive(Clone, Debug)]
pub struct Simulation(Arc<Shared>);

impl Simulation {
    /// The simulation that this code runs in; `None` if it runs in none.
    pub fn current() -> Option<Simulation> {
        current().map(Simulation)
    }

    /// Its seed.
    pub fn seed(&self) -> u64 {
        self.0.rules.seed
    }

    /// How many polls of tasks there were.
    pub fn polls(&self) -> u64 {
        self.0.state().polls
    }

    /// One number for all that happened so far. The same program with the same seed has the same number, in every
    /// process.
    pub fn trace_hash(&self) -> u64 {
        Trace::hash(&self.0.state().trace)
    }

    /// How much time has passed in the simulation.
    pub fn elapsed(&self) -> Duration {
        self.0.now().saturating_duration_since(self.0.start())
    }
}

/// The current task drops what it waits for. The report says where that is.
pub(crate) fn cancelled_here() {
    let Some(shared) = current() else { return };
    let task = relay::current();
    let mut state = shared.state();
    let poll = state.polls;
    state.marked.push(poll);
    if !state.is_diagnosed() {
        return;
    }
    let Some(known) = state.known(task) else { return };
    let frames: Vec<_> = known.waits.iter().flat_map(|wait| wait.frames.clone()).collect();
    state.remarks.push("the await that is cancelled:".to_owned());
    state.remarks.extend(frames.iter().map(|frame| format!("      in {frame}")));
}
