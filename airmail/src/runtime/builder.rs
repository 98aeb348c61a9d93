//! Choices for a new runtime.

use super::current_thread::CurrentThread;
use super::handle::Handle;
use super::local_runtime::LocalRuntime;
use super::multi_thread::MultiThread;
use super::owner::Runtime;
use super::pinned;
use super::seat::Turns;
use super::stall_options::StallOptions;
use super::thread_options::ThreadOptions;
use crate::company::Company;
use crate::driver::{self, Driver};
use crate::failure::{Failure, UnhandledPanic};
use crate::inspect::Track;
use crate::local::pick::{Pick, Picker};
use crate::local::scheduler::{Bell, Bound, Scheduler};
use crate::local::worker::Worker;
use crate::multi::scheduler::Scheduler as Multi;
use crate::timers::Timers;
use airmail_core::{Hook, Options, Report};
use std::fmt;
use std::io;
use std::sync::Arc;

/// Choices for a new runtime. Each has a default.
///
/// ```
/// let runtime = airmail::runtime::Builder::new_current_thread()
///     .on_trouble(|report| eprintln!("[mail] {report}"))
///     .build()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Builder {
    flavor: Flavor,
    /// `None`: as many as the machine has processors for this process.
    worker_threads: Option<usize>,
    event_interval: u32,
    queue_capacity: usize,
    count_wakers: bool,
    hook: Option<Arc<Hook>>,
    track: Option<Arc<dyn Track>>,
    pick: Option<Box<dyn Pick>>,
    driver: Option<Box<dyn Driver>>,
    unhandled_panic: UnhandledPanic,
    start_paused: bool,
    around: Option<Arc<Around>>,
    pub(super) threads: ThreadOptions,
    pub(super) stalls: StallOptions,
}

/// What a runtime is made of, for a layer above that puts something of its own around it.
pub(crate) struct Parts {
    pub(crate) event_interval: u32,
    pub(crate) options: Options,
    pub(crate) pick: Option<Box<dyn Pick>>,
    pub(crate) driver: Option<Box<dyn Driver>>,
    pub(crate) company: Company,
}

impl Parts {
    /// The driver: the one that was given, or the default one.
    fn take_driver(&mut self) -> Box<dyn Driver> {
        self.driver.take().unwrap_or_else(|| {
            let (driver, reactor) = driver::standard();
            self.company.reactor = reactor;
            driver
        })
    }
}

type Around = dyn Fn(Parts) -> io::Result<Parts> + Send + Sync;

/// Choices for [`Builder::build_local`] that the other runtimes do not have. None yet.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LocalOptions {}

/// Who runs the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavor {
    CurrentThread,
    MultiThread,
}

/// The most workers of a runtime.
const MAX_WORKERS: usize = 1024;
/// Says how many workers a runtime has if its builder does not.
const WORKER_THREADS: &str = "AIRMAIL_WORKER_THREADS";

/// The most tasks that room is made for in advance.
const MAX_CAPACITY: usize = 1 << 24;

impl Builder {
    /// A runtime whose tasks run on the thread that is in `block_on`.
    #[must_use]
    pub fn new_current_thread() -> Builder {
        Builder::of(Flavor::CurrentThread)
    }

    /// A runtime whose tasks run on workers, threads of its own that take work from each other.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// let letters: Vec<_> = (0..10).map(|n| runtime.spawn(async move { n * n })).collect();
    /// let squares = runtime.block_on(async {
    ///     let mut sum = 0;
    ///     for letter in letters {
    ///         sum += letter.await.unwrap();
    ///     }
    ///     sum
    /// });
    /// assert_eq!(squares, 285);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new_multi_thread() -> Builder {
        Builder::of(Flavor::MultiThread)
    }

    fn of(flavor: Flavor) -> Builder {
        Builder {
            flavor,
            worker_threads: None,
            event_interval: 61,
            queue_capacity: 0,
            count_wakers: cfg!(debug_assertions),
            hook: None,
            track: None,
            pick: None,
            driver: None,
            unhandled_panic: UnhandledPanic::default(),
            start_paused: false,
            around: None,
            threads: ThreadOptions::default(),
            stalls: StallOptions::default(),
        }
    }

    /// How many workers a multi-thread runtime has: from 1 to 1,024. Default: as many as this process may use processors
    /// at once, by affinity and quota, or what the environment variable `AIRMAIL_WORKER_THREADS` says. With another number,
    /// or a variable that is none, building fails. Other runtimes have no workers, and do not look at this.
    pub fn worker_threads(&mut self, workers: usize) -> &mut Builder {
        self.worker_threads = Some(workers);
        self
    }

    /// After how many polls the [driver](Driver) is asked what happened, unless they took 50 µs before. Default: 61.
    pub fn event_interval(&mut self, polls: u32) -> &mut Builder {
        self.event_interval = polls;
        self
    }

    /// For how many tasks the run queue has room at the start; it grows as needed. Default: none, at most
    /// 2²⁴. Queues of workers have room for 256 tasks each, and share the rest: there this changes nothing.
    pub fn queue_capacity(&mut self, tasks: usize) -> &mut Builder {
        self.queue_capacity = tasks;
        self
    }

    /// Count the living wakers of each task, so that a task which waits while nobody can wake it is reported.
    /// Default: on in debug builds, off in release builds, where it costs two atomic operations for a waker
    /// that is cloned and dropped.
    pub fn count_wakers(&mut self, on: bool) -> &mut Builder {
        self.count_wakers = on;
        self
    }

    /// Who hears of what nobody else would: a panic that no join handle took, a panic in a drop, a task that
    /// nobody can wake. Default: one line on stderr.
    ///
    /// The hook is called where the trouble happened, possibly inside a drop: it must not block. Its own
    /// panics are caught.
    pub fn on_trouble(&mut self, hook: impl Fn(&Report<'_>) + Send + Sync + 'static) -> &mut Builder {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// What happens when a task panics and nobody awaits its handle. Default: it is reported
    /// ([`on_trouble`](Builder::on_trouble)), and everything goes on.
    ///
    /// ```
    /// use airmail::runtime::{Builder, UnhandledPanic};
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    ///
    /// let runtime = Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .unhandled_panic(UnhandledPanic::ShutdownRuntime)
    ///     .build()?;
    /// runtime.spawn(async { panic!("no letter for this address") });
    /// let waits = AssertUnwindSafe(|| runtime.block_on(std::future::pending::<()>()));
    /// assert!(catch_unwind(waits).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unhandled_panic(&mut self, policy: UnhandledPanic) -> &mut Builder {
        self.unhandled_panic = policy;
        self
    }

    /// Who hears of every step of every task. Default: nobody.
    pub fn track(&mut self, track: impl Track) -> &mut Builder {
        self.track = Some(Arc::new(track));
        self
    }

    /// Who chooses the next task. Default: first in, first out. In a multi-thread runtime nobody can: building fails.
    pub fn pick(&mut self, pick: impl Pick) -> &mut Builder {
        self.pick = Some(Box::new(pick));
        self
    }

    /// How the runtime waits when it has nothing to do. Default: it parks its thread.
    pub fn driver(&mut self, driver: impl Driver) -> &mut Builder {
        self.driver = Some(Box::new(driver));
        self
    }

    /// Start with a clock that stands still, as after [`time::pause`](crate::time::pause). Default: no. A multi-thread
    /// runtime's clock cannot stand still: building fails.
    ///
    /// ```
    /// use airmail::time::{Duration, sleep};
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
    /// // Takes no time: nothing else is to be done, so the clock jumps.
    /// runtime.block_on(async { sleep(Duration::from_secs(3600)).await });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_paused(&mut self, start_paused: bool) -> &mut Builder {
        self.start_paused = start_paused;
        self
    }

    /// Does nothing: [`time`](crate::time) is always there. Other runtimes have to be asked for it.
    pub fn enable_time(&mut self) -> &mut Builder {
        self
    }

    /// Does nothing: everything is always there. Other runtimes have to be asked for it.
    pub fn enable_all(&mut self) -> &mut Builder {
        self
    }

    /// Builds the runtime. A [driver](Builder::driver) or [pick](Builder::pick) that was given goes into it;
    /// the next build uses the defaults.
    ///
    /// # Errors
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if a choice makes no sense; the message names it. The system's, if a
    /// worker's thread cannot be started: those that were are ended again.
    pub fn build(&mut self) -> io::Result<Runtime> {
        if self.flavor == Flavor::MultiThread {
            return self.build_workers();
        }
        let (scheduler, turns) = self.assemble(Bound::Anywhere)?;
        let handle = Handle::new(Arc::clone(&scheduler).into());
        Ok(Runtime::of_current_thread(handle, CurrentThread::new(scheduler, turns)))
    }

    /// Builds a runtime for this thread, whose tasks need not be `Send`.
    ///
    /// # Errors
    /// As [`build`](Builder::build).
    pub fn build_local(&mut self, _options: LocalOptions) -> io::Result<LocalRuntime> {
        let (scheduler, turns) = self.assemble(Bound::ThisThread)?;
        Ok(LocalRuntime::new(scheduler, turns))
    }

    fn build_workers(&mut self) -> io::Result<Runtime> {
        self.check()?;
        if self.pick.is_some() || self.start_paused {
            let option = if self.pick.is_some() { "pick" } else { "start_paused" };
            return invalid(format!(
                "`Builder::{option}` on a multi-thread runtime, whose tasks run on several threads at once; use \
                 `Builder::new_current_thread`, or leave it out"
            ));
        }
        let workers = self.workers()?;
        let mut parts = self.parts(workers);
        parts.company.guest = Some(pinned::letters(workers));
        let driver = parts.take_driver();
        let (scheduler, seats) =
            Multi::new(workers, parts.options, driver, parts.event_interval, parts.company);
        scheduler.company.timers.set_bell(&scheduler.bell());
        let weak = Arc::downgrade(&scheduler);
        scheduler.company.failure.shut_down_with(move || {
            if let Some(scheduler) = weak.upgrade() {
                scheduler.company.notices.give();
                scheduler.close();
            }
        });
        let handle = Handle::new(Arc::clone(&scheduler).into());
        Ok(Runtime::of_workers(handle, MultiThread::start(scheduler, seats, self.threads.threads())?))
    }

    fn workers(&self) -> io::Result<usize> {
        let (who, given, workers) = match (self.worker_threads, std::env::var_os(WORKER_THREADS)) {
            (Some(workers), _) => ("`Builder::worker_threads`", workers.to_string(), Some(workers)),
            (None, Some(text)) => {
                let workers = text.to_str().and_then(|text| text.trim().parse().ok());
                (
                    "the environment variable `AIRMAIL_WORKER_THREADS`",
                    format!("`{}`", text.display()),
                    workers,
                )
            }
            (None, None) => {
                return Ok(std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS));
            }
        };
        match workers {
            Some(workers @ 1..=MAX_WORKERS) => Ok(workers),
            _ => invalid(format!("{who} is {given}; a runtime has from 1 to {MAX_WORKERS} workers")),
        }
    }

    fn assemble(&mut self, bound: Bound) -> io::Result<(Arc<Scheduler>, Turns)> {
        self.check()?;
        let mut parts = self.parts(1);
        if let Some(around) = &self.around {
            parts = around(parts)?;
        }
        let driver = parts.take_driver();
        parts.company.timers.set_bell(&driver.waker());
        let bell = Bell::Driver(driver.waker());
        let (scheduler, seat) = Scheduler::new(bound, parts.options, bell, parts.company);
        seat.local().queue.reserve(self.queue_capacity);
        let weak = Arc::downgrade(&scheduler);
        scheduler.company.failure.shut_down_with(move || {
            if let Some(scheduler) = weak.upgrade() {
                scheduler.company.notices.give();
                scheduler.abandon();
            }
        });
        let worker = Worker {
            seat,
            driver,
            picker: parts.pick.map(Picker::new),
            event_interval: parts.event_interval,
        };
        Ok((scheduler, Turns::new(worker)))
    }

    fn parts(&mut self, workers: usize) -> Parts {
        let (failure, hook) = Failure::new(self.unhandled_panic, self.hook.clone());
        let options = Options { count_wakers: self.count_wakers, first_number: 0, hook };
        let timers = if self.start_paused { Timers::paused() } else { Timers::real(workers) };
        let company = Company {
            track: self.track.clone(),
            timers: Arc::new(timers),
            blocking: Arc::new(self.threads.pool()),
            failure,
            rests: self.threads.rests(),
            stalls: Arc::new(self.stalls.stalls()),
            ..Company::default()
        };
        Parts {
            event_interval: self.event_interval,
            options,
            pick: self.pick.take(),
            driver: self.driver.take(),
            company,
        }
    }

    /// What is made of every runtime's parts before it is built.
    pub(crate) fn around(&mut self, around: impl Fn(Parts) -> io::Result<Parts> + Send + Sync + 'static) {
        self.around = Some(Arc::new(around));
    }

    fn check(&self) -> io::Result<()> {
        if self.event_interval == 0 {
            return invalid(
                "`Builder::event_interval` is 0; it counts polls and must be at least 1".to_owned(),
            );
        }
        if self.queue_capacity > MAX_CAPACITY {
            let tasks = self.queue_capacity;
            return invalid(format!(
                "`Builder::queue_capacity` is {tasks}; room for at most {MAX_CAPACITY} tasks is made in \
                 advance, and the queue grows by itself"
            ));
        }
        self.threads.check()?;
        self.stalls.check()
    }
}

fn invalid<T>(message: String) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("event_interval", &self.event_interval)
            .field("queue_capacity", &self.queue_capacity)
            .field("count_wakers", &self.count_wakers)
            .finish_non_exhaustive()
    }
}
