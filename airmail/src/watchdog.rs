//! Who watches the workers: one thread for the process, which waits while all workers of all runtimes rest.
//!
//! A worker that has something to do calls it, if it does not watch its runtime. From then on it looks at that runtime
//! every few milliseconds, until all workers rest. What a look finds, and what is done about it, is `multi/rescue.rs`; here
//! are the thread and its reports.

use crate::multi::rescue::{Late, Looked, Watch};
use crate::multi::scheduler::Scheduler;
use crate::stalls::{Stall, StalledPoll, Stalls};
use crate::sync::{Arc, Condvar, Duration, Instant, Mutex, Weak, lock, wait_until};
use airmail_core::Activity;
use std::thread;

/// The thread, and who called it.
struct Watchdog {
    state: Mutex<State>,
    call: Condvar,
}

struct State {
    /// So many runtimes could call.
    runtimes: usize,
    called: Vec<Arc<Watched>>,
    running: bool,
}

static WATCHDOG: Watchdog = Watchdog {
    state: Mutex::new(State { runtimes: 0, called: Vec::new(), running: false }),
    call: Condvar::new(),
};

/// A runtime that may be watched.
#[derive(Debug)]
struct Watched {
    scheduler: Weak<Scheduler>,
    /// What was seen last. `None`: the runtime ends. Held during a look.
    watch: Mutex<Option<Watch>>,
    stalls: Arc<Stalls>,
    period: Duration,
}

/// A runtime is watched, until this is dropped.
#[derive(Debug)]
pub(crate) struct Watching(Arc<Watched>);

/// The runtime's workers can call from now on.
pub(crate) fn watch(scheduler: &Arc<Scheduler>, stalls: Arc<Stalls>) -> Watching {
    let patience = stalls.patience();
    let period = (patience.rescue.min(patience.report) / 2).max(Duration::from_millis(1));
    let watch = Mutex::new(Some(Watch::new(patience)));
    let watched = Arc::new(Watched { scheduler: Arc::downgrade(scheduler), watch, stalls, period });
    lock(&WATCHDOG.state).runtimes += 1;
    let called = Arc::clone(&watched);
    scheduler.call_watchdog_with(Box::new(move || WATCHDOG.call(Arc::clone(&called))));
    Watching(watched)
}

impl Watching {
    /// It is watched no more. Waits for a look that has begun.
    pub(crate) fn end(&self) -> Option<Watch> {
        lock(&self.0.watch).take()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.end();
        let mut state = lock(&WATCHDOG.state);
        state.runtimes -= 1;
        if state.runtimes == 0 {
            WATCHDOG.call.notify_one();
        }
    }
}

impl Watchdog {
    fn call(&'static self, runtime: Arc<Watched>) {
        let mut state = lock(&self.state);
        state.called.push(runtime);
        if state.running {
            self.call.notify_one();
            return;
        }
        let thread = thread::Builder::new().name("airmail-watchdog".to_owned());
        match thread.spawn(|| self.run()) {
            Ok(_) => state.running = true,
            Err(error) => {
                state.called.clear();
                drop(state);
                eprintln!(
                    "airmail: no thread could be started to watch the workers: {error}; tasks behind one that blocks its \
                     worker may wait for it"
                );
            }
        }
    }

    /// Until no runtime is left.
    fn run(&self) {
        let mut watched = Vec::new();
        while self.wait(&mut watched) {
            watched.retain(|runtime| runtime.look());
        }
    }

    /// Waits for the time of the next look. `false`: no runtime is left.
    fn wait(&self, watched: &mut Vec<Arc<Watched>>) -> bool {
        let mut state = lock(&self.state);
        let mut due = None;
        loop {
            watched.append(&mut state.called);
            if watched.is_empty() && state.runtimes == 0 {
                state.running = false;
                return false;
            }
            if due.is_none() {
                let period = watched.iter().map(|runtime| runtime.period).min();
                due = period.and_then(|period| Instant::now().checked_add(period));
            }
            let (again, timed_out) = wait_until(&self.call, state, due);
            state = again;
            if timed_out {
                return true;
            }
        }
    }
}

impl Watched {
    /// `false`: there is nothing to watch, until somebody calls.
    fn look(&self) -> bool {
        let mut watch = lock(&self.watch);
        let (Some(watching), Some(scheduler)) = (watch.as_mut(), self.scheduler.upgrade()) else {
            return false;
        };
        if scheduler.is_closing() {
            return false;
        }
        let looked = watching.look(&scheduler, Instant::now());
        let stalls = self.note(&scheduler, &looked);
        // In this order: whoever ends the watching is the last who holds the scheduler.
        drop(scheduler);
        drop(watch);
        self.stalls.report(&stalls);
        !looked.rests
    }

    /// Notes what a look found, and says what is to be reported.
    fn note(&self, scheduler: &Scheduler, looked: &Looked) -> Vec<Stall> {
        self.stalls.add_rescues(looked.rescued);
        for &(place, elapsed) in &looked.over {
            self.stalls.end(place, elapsed);
        }
        for &place in &looked.begun {
            self.stalls.begin(place, scheduler.thread_of(place));
        }
        let nobody_left = looked.nobody_left.map(|workers| Stall::NoSpareLeft { workers });
        let polls = looked.late.iter().map(|late| {
            let poll = stalled(scheduler, &self.stalls, late);
            self.stalls.count(&poll);
            Stall::Poll(poll)
        });
        polls.chain(nobody_left).collect()
    }
}

/// What is known of a worker that is in a poll.
fn stalled(scheduler: &Scheduler, stalls: &Stalls, late: &Late) -> StalledPoll {
    let doing = stalls.doing(late.place, scheduler.thread_of(late.place));
    // Last, so that it is the same poll still.
    let task = scheduler.task_of(late);
    StalledPoll { task, worker: late.place, elapsed: late.elapsed, doing }
}

/// Who is in a poll as its runtime ends, and what was seen of it before.
pub(crate) fn left(scheduler: &Scheduler, watch: Option<&Watch>) -> Vec<StalledPoll> {
    let now = Instant::now();
    let left = scheduler.at_work().into_iter().filter_map(|late| {
        let elapsed = watch.map_or(Duration::ZERO, |watch| watch.elapsed(late.place, late.poll, now));
        let poll = stalled(scheduler, &scheduler.company.stalls, &Late { elapsed, ..late });
        // Otherwise it is between two polls.
        let in_poll =
            poll.task.map_or(late.poll.is_of_unknown(), |task| task.activity == Activity::Scheduled);
        in_poll.then_some(poll)
    });
    left.collect()
}
