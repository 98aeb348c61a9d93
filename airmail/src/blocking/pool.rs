//! The pool: a crew of real threads.

use super::crew::{Crew, Member, Number, Submitted, Wait};
use crate::sync::{Mutex, lock};
use crate::threads::{self, Kind, Started, Threads};
use airmail_core::Meta;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A function that blocks, and what hears of its end. Dropped un-run if the pool is shut down before a thread takes it.
pub(crate) trait Job: Send {
    /// What it is called, and where it was spawned, if that is known.
    fn meta(&self) -> Option<Meta>;

    /// Runs it, on a thread of the pool.
    fn run(self: Box<Self>);

    /// No thread of the pool lives, and none could be started.
    fn fail(self: Box<Self>, error: &io::Error);
}

type Jobs = Crew<Box<dyn Job>, Started>;

/// The threads of one runtime that run functions which block.
pub(crate) struct Pool {
    crew: Arc<Jobs>,
    running: Arc<Running>,
    threads: Threads,
}

/// A function of [`spawn_blocking`](crate::task::spawn_blocking) that runs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RunningFunction {
    /// What it is called, and where it was spawned.
    pub task: Meta,
    /// For how long it has run.
    pub elapsed: Duration,
}

/// What runs, on which thread, and since when.
type Running = Mutex<BTreeMap<Number, (Meta, Instant)>>;

/// The most threads of a pool, unless somebody says otherwise.
pub(crate) const MAX_THREADS: usize = 512;
/// For how long a thread waits for something to do, unless somebody says otherwise.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(10);

thread_local! {
    /// Which thread of which pool this is.
    static SELF: Cell<Option<(*const Jobs, Number)>> = const { Cell::new(None) };
}

impl Default for Pool {
    fn default() -> Pool {
        Pool::new(MAX_THREADS, KEEP_ALIVE, Threads::default())
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("threads", &self.threads).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool that starts a thread when it needs one.
    pub(crate) fn new(max_threads: usize, keep_alive: Duration, threads: Threads) -> Pool {
        Pool { crew: Arc::new(Crew::new(max_threads, keep_alive)), running: Arc::default(), threads }
    }

    /// Runs a job, first in, first out, or fails it, or drops it if the pool was shut down. Never waits.
    pub(crate) fn submit(&self, job: Box<dyn Job>) {
        match self.crew.submit(job) {
            Submitted::Left => {}
            Submitted::Start(number) => self.start(number),
            Submitted::Closed(job) => discard(job),
        }
    }

    fn start(&self, number: Number) {
        let (crew, running) = (Arc::clone(&self.crew), Arc::clone(&self.running));
        let inside = move || Inside::new(crew, running, number);
        let started = self.threads.start_inside(Kind::Blocking, inside, Inside::work);
        match started {
            Ok(handle) => self.crew.started(number, handle),
            Err(error) => {
                for job in self.crew.not_started(number) {
                    threads::caught("a blocking job", || job.fail(&error));
                }
            }
        }
        self.crew.forget(Started::is_finished);
    }

    /// What runs now, the oldest thread's first.
    pub(crate) fn running(&self) -> Vec<RunningFunction> {
        let running = lock(&self.running);
        running.values().map(|&(task, since)| RunningFunction { task, elapsed: since.elapsed() }).collect()
    }

    /// Drops the jobs that no thread has taken, and waits for the others, but never for the calling thread. Threads
    /// that were waited for are gone then, also for the system. Answers how many still run something.
    pub(crate) fn shutdown(&self, wait: Wait) -> usize {
        self.crew.close().into_iter().for_each(discard);
        let own = SELF.get().filter(|(crew, _)| *crew == Arc::as_ptr(&self.crew)).map(|(_, number)| number);
        let running = self.crew.wait(own, wait);
        let until = match wait {
            Wait::No => return running,
            Wait::Until(until) => Some(until),
            Wait::Forever => None,
        };
        // A destructor of a thread-local may be what shuts down.
        let ended = self.crew.ended().into_iter().filter(|thread| !thread.is_this());
        for thread in ended {
            thread.join(until);
        }
        running
    }
}

/// A job that is not run. It may hold what a program gave.
fn discard(job: Box<dyn Job>) {
    threads::caught("the drop of a blocking job", || drop(job));
}

/// A thread of the pool, from the first that it does to the last.
struct Inside {
    crew: Arc<Jobs>,
    running: Arc<Running>,
    member: Member,
}

impl Inside {
    fn new(crew: Arc<Jobs>, running: Arc<Running>, number: Number) -> Inside {
        SELF.set(Some((Arc::as_ptr(&crew), number)));
        Inside { crew, running, member: Member::new(number) }
    }

    fn work(&mut self) {
        while let Some(job) = self.crew.next(&mut self.member) {
            if let Some(meta) = job.meta() {
                lock(&self.running).insert(self.member.number(), (meta, Instant::now()));
            }
            threads::caught("a blocking job", || job.run());
            lock(&self.running).remove(&self.member.number());
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.crew.forget(Started::is_finished);
        SELF.set(None);
        self.crew.leave(&self.member);
    }
}
