//! Choices for a new runtime.

use super::current_thread::Runtime;
use super::local_runtime::LocalRuntime;
use super::seat::Turns;
use crate::driver::{Driver, ThreadDriver};
use crate::inspect::Track;
use crate::local::pick::{Pick, Picker};
use crate::local::scheduler::{Bell, Bound, Company, Scheduler};
use crate::local::worker::Worker;
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
    event_interval: u32,
    queue_capacity: usize,
    count_wakers: bool,
    hook: Option<Arc<Hook>>,
    track: Option<Arc<dyn Track>>,
    pick: Option<Box<dyn Pick>>,
    driver: Option<Box<dyn Driver>>,
    time: fn() -> Timers,
    around: Option<Arc<Around>>,
}

/// What a runtime is made of, for a layer above that puts something of its own around it.
pub(crate) struct Parts {
    pub(crate) event_interval: u32,
    pub(crate) options: Options,
    pub(crate) pick: Option<Box<dyn Pick>>,
    pub(crate) driver: Option<Box<dyn Driver>>,
    pub(crate) company: Company,
}

type Around = dyn Fn(Parts) -> io::Result<Parts> + Send + Sync;

/// Choices for [`Builder::build_local`] that the other runtimes do not have. None yet.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LocalOptions {}

/// The most tasks that room is made for in advance.
const MAX_CAPACITY: usize = 1 << 24;

impl Builder {
    /// A runtime whose tasks run on the thread that is in `block_on`.
    #[must_use]
    pub fn new_current_thread() -> Builder {
        Builder {
            event_interval: 61,
            queue_capacity: 0,
            count_wakers: cfg!(debug_assertions),
            hook: None,
            track: None,
            pick: None,
            driver: None,
            time: Timers::real,
            around: None,
        }
    }

    /// After how many polls the [driver](Driver) is asked what happened meanwhile. Default: 61.
    pub fn event_interval(&mut self, polls: u32) -> &mut Builder {
        self.event_interval = polls;
        self
    }

    /// For how many tasks the run queue has room at the start; it grows as needed. Default: none, at most
    /// 2²⁴.
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

    /// Who hears of every step of every task. Default: nobody.
    pub fn track(&mut self, track: impl Track) -> &mut Builder {
        self.track = Some(Arc::new(track));
        self
    }

    /// Who chooses the next task. Default: first in, first out.
    pub fn pick(&mut self, pick: impl Pick) -> &mut Builder {
        self.pick = Some(Box::new(pick));
        self
    }

    /// How the runtime waits when it has nothing to do. Default: a condition variable.
    pub fn driver(&mut self, driver: impl Driver) -> &mut Builder {
        self.driver = Some(Box::new(driver));
        self
    }

    /// Start with a clock that stands still, as after [`time::pause`](crate::time::pause). Default: no.
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
        self.time = if start_paused { Timers::paused } else { Timers::real };
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
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if a choice makes no sense; the message names it.
    pub fn build(&mut self) -> io::Result<Runtime> {
        let (scheduler, turns) = self.assemble(Bound::Anywhere)?;
        Ok(Runtime::new(scheduler, turns))
    }

    /// Builds a runtime for this thread, whose tasks need not be `Send`.
    ///
    /// # Errors
    /// As [`build`](Builder::build).
    pub fn build_local(&mut self, _options: LocalOptions) -> io::Result<LocalRuntime> {
        let (scheduler, turns) = self.assemble(Bound::ThisThread)?;
        Ok(LocalRuntime::new(scheduler, turns))
    }

    fn assemble(&mut self, bound: Bound) -> io::Result<(Arc<Scheduler>, Turns)> {
        self.check()?;
        let mut parts = self.parts();
        if let Some(around) = &self.around {
            parts = around(parts)?;
        }
        let driver = parts.driver.unwrap_or_else(|| Box::new(ThreadDriver::new()));
        let bell = Bell::Driver(driver.waker());
        let (scheduler, seat) = Scheduler::new(bound, parts.options, bell, parts.company);
        seat.local().queue.reserve(self.queue_capacity);
        let worker = Worker {
            seat,
            driver,
            picker: parts.pick.map(Picker::new),
            event_interval: parts.event_interval,
        };
        Ok((scheduler, Turns::new(worker)))
    }

    fn parts(&mut self) -> Parts {
        let options = Options { count_wakers: self.count_wakers, first_number: 0, hook: self.hook.clone() };
        let company =
            Company { track: self.track.clone(), timers: Arc::new((self.time)()), ..Company::default() };
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
        let invalid = |message| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
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
        Ok(())
    }
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
