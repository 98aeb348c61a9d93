//! The protocol of the pool: which thread takes which job, which threads there are, and how that ends.
//!
//! One lock, and no foreign code under it: jobs are run, threads are started and joined by whoever calls. A thread with
//! nothing to do is *idle* until it has taken a job or left, also while it starts, and after it was woken or its time
//! was up. So an idle thread always looks at the jobs once more, under the lock, and a job needs a new thread only if
//! there are more jobs than idle threads. No wake-up is counted, and none can get lost on a thread whose time is up:
//! whichever idle thread comes first takes the job.
//!
//! A thread is *present* until it has run its last code, so that whoever shuts down waits for that too.

use crate::sync::{Condvar, Mutex, MutexGuard, lock, wait_until};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Jobs and the threads that do them. `H` is what joins a thread.
pub(crate) struct Crew<J, H> {
    state: Mutex<State<J, H>>,
    max_threads: usize,
    /// For how long a thread waits for a job before it leaves.
    keep_alive: Duration,
    /// There is a job, or no more jobs will come.
    news: Condvar,
    /// A thread is gone.
    gone: Condvar,
}

struct State<J, H> {
    jobs: VecDeque<J>,
    /// Threads that take jobs: they are idle or at work.
    threads: usize,
    /// Those of them that look at the jobs next.
    idle: usize,
    /// No more jobs are taken in or out.
    closed: bool,
    present: BTreeMap<Number, Place<H>>,
    /// Gone, but for what the system does at a thread's end.
    ended: Vec<H>,
    last: Number,
}

/// A thread's number, never used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(u64);

/// A thread that is present.
struct Place<H> {
    /// Comes when its starter has it, which may be after the thread's end.
    handle: Option<H>,
    over: bool,
}

/// What became of a job.
#[derive(Debug)]
pub(crate) enum Submitted<J> {
    /// A thread will take it.
    Left,
    /// So will one, but the caller has to try to start this thread, and to say how that went.
    Start(Number),
    /// The crew is closed.
    Closed(J),
}

/// How long to wait for threads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Forever,
    Until(Instant),
    No,
}

/// A thread of the crew, as it sees itself.
#[derive(Debug)]
pub(crate) struct Member {
    number: Number,
    at_work: bool,
    left: bool,
}

impl Member {
    pub(crate) fn new(number: Number) -> Member {
        Member { number, at_work: false, left: false }
    }

    pub(crate) fn number(&self) -> Number {
        self.number
    }
}

impl<J, H> Crew<J, H> {
    pub(crate) fn new(max_threads: usize, keep_alive: Duration) -> Crew<J, H> {
        let state = State {
            jobs: VecDeque::new(),
            threads: 0,
            idle: 0,
            closed: false,
            present: BTreeMap::new(),
            ended: Vec::new(),
            last: Number::default(),
        };
        let (news, gone) = (Condvar::new(), Condvar::new());
        Crew { state: Mutex::new(state), max_threads, keep_alive, news, gone }
    }

    fn state(&self) -> MutexGuard<'_, State<J, H>> {
        lock(&self.state)
    }

    pub(crate) fn submit(&self, job: J) -> Submitted<J> {
        let mut state = self.state();
        if state.closed {
            return Submitted::Closed(job);
        }
        state.jobs.push_back(job);
        if state.jobs.len() > state.idle && state.threads < self.max_threads {
            return Submitted::Start(state.reserve());
        }
        drop(state);
        self.news.notify_one();
        Submitted::Left
    }

    /// The thread was started.
    pub(crate) fn started(&self, number: Number, handle: H) {
        self.settle(number, |place| place.handle = Some(handle));
    }

    /// The thread could not be started. Gives the jobs back that nobody is left to do.
    pub(crate) fn not_started(&self, number: Number) -> VecDeque<J> {
        let mut state = self.state();
        state.idle -= 1;
        state.threads -= 1;
        state.present.remove(&number);
        // Another submitter may have relied on this thread.
        let left_over = if state.threads == 0 { std::mem::take(&mut state.jobs) } else { VecDeque::new() };
        drop(state);
        self.gone.notify_all();
        left_over
    }

    /// The next job, for a thread that has done its last one. `None`: it is to leave.
    pub(crate) fn next(&self, member: &mut Member) -> Option<J> {
        let mut state = self.state();
        if std::mem::take(&mut member.at_work) {
            state.idle += 1;
        }
        let (mut until, mut late) = (None, false);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.idle -= 1;
                member.at_work = true;
                return Some(job);
            }
            if state.closed || late {
                state.idle -= 1;
                state.threads -= 1;
                member.left = true;
                return None;
            }
            let until = *until.get_or_insert_with(|| Instant::now().checked_add(self.keep_alive));
            (state, late) = wait_until(&self.news, state, until);
        }
    }

    /// The thread runs no more code. If it was stopped by a panic, it has not left before.
    pub(crate) fn leave(&self, member: &Member) {
        if !member.left {
            let mut state = self.state();
            state.threads -= 1;
            state.idle -= usize::from(!member.at_work);
        }
        self.settle(member.number, |place| place.over = true);
    }

    /// A place whose handle has come and whose thread is over is given up.
    fn settle(&self, number: Number, change: impl FnOnce(&mut Place<H>)) {
        let mut state = self.state();
        let place = state.present.get_mut(&number).expect("present until both are known");
        change(place);
        if place.over
            && let Some(handle) = place.handle.take()
        {
            state.present.remove(&number);
            state.ended.push(handle);
            drop(state);
            self.gone.notify_all();
        }
    }

    /// Takes no more jobs. Gives those back that no thread has taken.
    pub(crate) fn close(&self) -> VecDeque<J> {
        let mut state = self.state();
        state.closed = true;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        self.news.notify_all();
        jobs
    }

    /// Waits until no thread is present but the caller's own. Answers how many are that do something.
    pub(crate) fn wait(&self, own: Option<Number>, wait: Wait) -> usize {
        let (until, mut late) = match wait {
            Wait::Forever => (None, false),
            Wait::Until(until) => (Some(until), false),
            Wait::No => (None, true),
        };
        let mut state = self.state();
        loop {
            let own = usize::from(own.is_some_and(|own| state.present.contains_key(&own)));
            if late || state.present.len() == own {
                return (state.present.len() - own).saturating_sub(state.idle);
            }
            (state, late) = wait_until(&self.gone, state, until);
        }
    }

    /// The threads that have run their last code since somebody took them.
    pub(crate) fn ended(&self) -> Vec<H> {
        std::mem::take(&mut self.state().ended)
    }

    /// Lets go of threads that have run their last code and are `gone`, since the system keeps what a thread had until
    /// somebody joins it or lets go. Not in the end: then they are joined.
    pub(crate) fn forget(&self, gone: impl Fn(&H) -> bool) {
        let mut state = self.state();
        if !state.closed {
            state.ended.retain(|handle| !gone(handle));
        }
    }
}

#[cfg(test)]
impl<J, H> Crew<J, H> {
    /// How many threads take jobs, and how many of them are idle.
    pub(crate) fn threads(&self) -> (usize, usize) {
        let state = self.state();
        (state.threads, state.idle)
    }

    /// Nothing is left of jobs and threads.
    pub(crate) fn is_empty(&self) -> bool {
        let state = self.state();
        let threads = state.threads + state.idle + state.present.len() + state.ended.len();
        threads + state.jobs.len() == 0
    }
}

impl<J, H> State<J, H> {
    /// A place for a new thread, which is idle until it has looked at the jobs.
    fn reserve(&mut self) -> Number {
        self.threads += 1;
        self.idle += 1;
        self.last.0 += 1;
        self.present.insert(self.last, Place { handle: None, over: false });
        self.last
    }
}
