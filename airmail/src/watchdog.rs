//! Who watches the workers: one thread for the process, which waits while all workers of all runtimes rest.
//!
//! A worker that has something to do calls it, if it does not watch its runtime. From then on it looks at that runtime
//! every few milliseconds, until all workers rest. What a look finds, and what is done about it, is `multi/rescue.rs`; here
//! are the thread and its reports.

use crate::multi::rescue::{Late, Looked, Watch};
use crate::multi::scheduler::Scheduler;
use crate::stalls::{Stall, StalledPoll, Stalls};
use crate::sync::{Arc, Condvar, Duration, Instant, Mutex, Weak, lock, wait_until};
use crate::threads::{caught, say};
use airmail_core::TaskInfo;
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
    thread: Thread,
    /// One of those that are watched is not any more.
    over: bool,
    /// There was a moment without any runtime.
    none_left: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Thread {
    None,
    /// It watches some runtimes.
    Watches,
    /// It waits for a call, or until there is no runtime.
    Rests,
}

static WATCHDOG: Watchdog = Watchdog {
    state: Mutex::new(State {
        runtimes: 0,
        called: Vec::new(),
        thread: Thread::None,
        over: false,
        none_left: false,
    }),
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
    if patience.rescue != Duration::MAX || patience.report != Duration::MAX {
        let called = Arc::clone(&watched);
        let call = Box::new(move || WATCHDOG.call(Arc::clone(&called)));
        scheduler.call_watchdog_with(patience, call);
    }
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
        state.over = true;
        state.none_left |= state.runtimes == 0;
        // Runtimes may come and go beside one that rests.
        if state.thread == Thread::Watches || state.thread == Thread::Rests && state.none_left {
            WATCHDOG.call.notify_one();
        }
    }
}

impl Watchdog {
    fn call(&'static self, runtime: Arc<Watched>) {
        let mut state = lock(&self.state);
        state.called.push(runtime);
        if state.thread != Thread::None {
            self.call.notify_one();
            return;
        }
        let thread = thread::Builder::new().name("airmail-watchdog".to_owned());
        match thread.spawn(|| self.run()) {
            Ok(_) => state.thread = Thread::Watches,
            Err(error) => {
                let called = std::mem::take(&mut state.called);
                drop(state);
                drop(called);
                say(&format!(
                    "no thread could be started to watch the workers: {error}; tasks behind one that blocks its worker may \
                     wait for it"
                ));
            }
        }
    }

    /// Until no runtime is left.
    fn run(&self) {
        let mut watched = Vec::new();
        while self.wait(&mut watched) {
            // What a program gave may panic, also as it is dropped with the last who holds it.
            let look = |runtime: Arc<Watched>| runtime.look().then_some(runtime);
            let looked = std::mem::take(&mut watched).into_iter();
            watched.extend(
                looked.filter_map(|runtime| caught("the watching of a runtime", || look(runtime)).flatten()),
            );
        }
    }

    /// Waits for the time of the next look. `false`: no runtime is left.
    fn wait(&self, watched: &mut Vec<Arc<Watched>>) -> bool {
        let mut state = lock(&self.state);
        let mut due: Option<Instant> = None;
        let soonest = |period| Instant::now().checked_add(period);
        let mut fresh = watched.iter().map(|runtime| runtime.period).min();
        loop {
            fresh = fresh.into_iter().chain(state.called.iter().map(|runtime| runtime.period)).min();
            watched.append(&mut state.called);
            if let Some(period) = fresh.take() {
                due = due.into_iter().chain(soonest(period)).min();
            }
            // One that is over is let go with the next look.
            if std::mem::take(&mut state.over) && !watched.is_empty() {
                return true;
            }
            state.thread = if watched.is_empty() { Thread::Rests } else { Thread::Watches };
            // Also if there is one again by now, which starts a thread when it calls.
            if std::mem::take(&mut state.none_left) && state.thread == Thread::Rests {
                state.thread = Thread::None;
                return false;
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
        let now = Instant::now();
        let (scheduler, looked) = {
            let mut watch = lock(&self.watch);
            let Some(watching) = watch.as_mut() else { return false };
            let Some(scheduler) = self.scheduler.upgrade() else { return false };
            if scheduler.is_closing() {
                return false;
            }
            let looked = watching.look(&scheduler, now);
            (scheduler, looked)
        };
        // A program's own code may run from here on, which may wait for who ends the watching.
        let rescued = scheduler.rescue(&looked);
        let nobody_left = lock(&self.watch).as_mut().is_some_and(|watch| watch.note(&rescued));
        self.stalls.add_rescues(rescued.stood_in_for.len());
        let mut stalls = self.note(&scheduler, &looked);
        if nobody_left {
            stalls.push(Stall::NoSpareLeft { workers: looked.late_workers() });
        }
        drop(scheduler);
        self.stalls.report(&stalls);
        !looked.rests
    }

    /// Notes what a look found, and says what is to be reported.
    fn note(&self, scheduler: &Scheduler, looked: &Looked) -> Vec<Stall> {
        for &(place, elapsed) in &looked.over {
            self.stalls.end(place, elapsed);
        }
        for &place in &looked.begun {
            self.stalls.begin(place, scheduler.thread_of(place));
        }
        let polls = looked.late.iter().filter_map(|late| {
            let poll = in_poll(scheduler, &self.stalls, late)?;
            self.stalls.count(&poll);
            Some(Stall::Poll(poll))
        });
        polls.collect()
    }
}

/// What is known of a worker. `task`: of what it is in a poll of.
fn stalled(scheduler: &Scheduler, stalls: &Stalls, late: &Late, task: Option<TaskInfo>) -> StalledPoll {
    let doing = stalls.doing(late.place, scheduler.thread_of(late.place));
    StalledPoll { task, worker: late.place, elapsed: late.elapsed, doing }
}

/// As [`stalled`]. `None`: it is between two polls, and has no processor, or runs what the program gave it for its rests.
fn in_poll(scheduler: &Scheduler, stalls: &Stalls, late: &Late) -> Option<StalledPoll> {
    let before = stalled(scheduler, stalls, late, None);
    // Last, so that it is the same poll still.
    let task = scheduler.task_of(late);
    (task.is_some() || late.poll.is_of_unknown()).then_some(StalledPoll { task, ..before })
}

/// Who is at work as its runtime ends, and what was seen of it before. `waited`: for so long that it is not between two
/// polls, but does not come back: from a poll, from the drop of a future, from what it blocks in.
pub(crate) fn left(scheduler: &Scheduler, watch: Option<&Watch>, waited: bool) -> Vec<StalledPoll> {
    let (now, stalls) = (Instant::now(), &scheduler.company.stalls);
    let left = scheduler.at_work().into_iter().filter_map(|late| {
        let elapsed = watch.map_or(Duration::ZERO, |watch| watch.elapsed(late.place, late.poll, now));
        let late = Late { elapsed, ..late };
        let known = in_poll(scheduler, stalls, &late);
        known.or_else(|| waited.then(|| stalled(scheduler, stalls, &late, None)))
    });
    // Each worker numbers its polls, so one that had the caller's task before may seem to have it still.
    let own = airmail_core::current_id();
    left.filter(|poll| own.is_none() || poll.task.map(|task| task.meta.id) != own).collect()
}
