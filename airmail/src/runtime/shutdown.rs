//! The end of a runtime that says what was left.

use super::owner::Runtime;
use crate::blocking::RunningFunction;
use crate::scheduler::Scheduler;
use crate::stalls::StalledPoll;
use crate::sync::{Arc, Mutex, lock};
use crate::timers::{Deadline, Entry};
use airmail_core::Counters;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// For so long, at most, it is waited for polls to end when the grace was used up before: what is cancelled then needs a
/// moment.
const CANCELLING: Duration = Duration::from_millis(100);

/// How long a runtime's end may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace(Duration);

impl Grace {
    /// Tasks that asked for [notice](crate::task::shutdown_notice), polls, and functions that block have so much time to
    /// end.
    #[must_use]
    pub const fn new(time: Duration) -> Grace {
        Grace(time)
    }
}

impl From<Duration> for Grace {
    fn from(time: Duration) -> Grace {
        Grace::new(time)
    }
}

/// What [`Runtime::shutdown`] found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Tasks that ended by themselves since notice was given.
    pub completed: u64,
    /// Tasks that were cancelled.
    pub cancelled: u64,
    /// Workers that did not come back from a poll in time. They are left to themselves, and cancel what is left when they
    /// do.
    pub running: Vec<StalledPoll>,
    /// Functions of [`spawn_blocking`](crate::task::spawn_blocking) that run still.
    pub blocking: Vec<RunningFunction>,
    /// How long it took.
    pub elapsed: Duration,
}

impl ShutdownReport {
    /// Nothing runs any more.
    pub fn is_clean(&self) -> bool {
        self.running.is_empty() && self.blocking.is_empty()
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ShutdownReport { completed, cancelled, elapsed, .. } = self;
        let tasks = if *completed == 1 { "task" } else { "tasks" };
        write!(
            f,
            "the runtime ended in {elapsed:.1?}: {completed} {tasks} completed, {cancelled} cancelled"
        )?;
        for poll in &self.running {
            write!(f, "\n  still running: ")?;
            poll.fmt_fact(f)?;
        }
        for function in &self.blocking {
            write!(f, "\n  still running: function of {} for {:.1?}", function.task, function.elapsed)?;
        }
        Ok(())
    }
}

/// The runtime of a `main` with a grace: what is left in the end is said on stderr.
#[doc(hidden)]
#[derive(Debug)]
pub struct Graceful {
    runtime: Option<Runtime>,
    grace: Grace,
}

impl Graceful {
    pub fn new(runtime: Runtime, grace: impl Into<Grace>) -> Graceful {
        Graceful { runtime: Some(runtime), grace: grace.into() }
    }

    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(future),
            None => unreachable!("until its drop"),
        }
    }
}

impl Drop for Graceful {
    fn drop(&mut self) {
        let report = self.runtime.take().map(|runtime| runtime.shutdown(self.grace));
        if let Some(report) = report.filter(|report| !report.is_clean()) {
            eprintln!("airmail: {report}");
        }
    }
}

/// How many tasks have ended by themselves.
fn by_themselves(Counters { spawned, live, cancelled }: Counters) -> u64 {
    (spawned - live).saturating_sub(cancelled)
}

/// What became of the tasks, when workers were waited for.
pub(super) struct Ended {
    pub(super) counters: Counters,
    pub(super) running: Vec<StalledPoll>,
}

impl Runtime {
    /// Ends the runtime in order, and says what was left. As dropping it, but tasks that hold a
    /// [notice](crate::task::shutdown_notice) may end by themselves before, and nothing is waited for longer than `grace`
    /// says.
    ///
    /// 1. Notice is given, and every task that holds one is waited for. Everything runs on meanwhile, and tasks can be
    ///    spawned.
    /// 2. The runtime takes no more tasks, and cancels those that there are. Workers end the polls that they are in. If the
    ///    first step took all the time, they have 100 ms more, but no more than `grace`.
    /// 3. Functions of [`spawn_blocking`](crate::task::spawn_blocking) that run are waited for; those that no thread has
    ///    begun are dropped.
    ///
    /// It blocks the thread; on a worker, another one stands in for it. On a worker of the runtime itself only the first
    /// step waits (and a task that holds a notice itself waits for itself until the grace is over).
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    ///
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// runtime.spawn(std::future::pending::<()>());
    /// let (_hold, wait) = channel::<()>();
    /// let (begun, begins) = channel();
    /// runtime.spawn_blocking(move || (begun.send(()), wait.recv()));
    /// begins.recv().unwrap();
    ///
    /// let report = runtime.shutdown(Duration::from_millis(10));
    /// assert_eq!((report.completed, report.cancelled), (0, 2));
    /// assert_eq!(report.blocking.len(), 1);
    /// println!("{report}");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(mut self, grace: impl Into<Grace>) -> ShutdownReport {
        let Grace(grace) = grace.into();
        let begun = Instant::now();
        let before = self.counters();
        self.give_notice(grace);
        let until = begun.checked_add(grace).map(|until| until.max(Instant::now() + grace.min(CANCELLING)));
        let Ended { counters, running } = self.end_tasks(until);
        let blocking = self.end_functions(until);
        // What is left is left.
        self.set_patience(until);
        drop(self);
        ShutdownReport {
            completed: by_themselves(counters).saturating_sub(by_themselves(before)),
            cancelled: counters.cancelled.saturating_sub(before.cancelled),
            running,
            blocking,
            elapsed: begun.elapsed(),
        }
    }

    /// As [`shutdown`](Runtime::shutdown), without blocking the thread: another one is started for it. If it cannot be, this
    /// one does it.
    ///
    /// If the future is dropped, the runtime ends all the same. It begins with this call.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let outer = airmail::runtime::Builder::new_current_thread().build()?;
    /// outer.block_on(async {
    ///     let inner = airmail::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    ///     inner.spawn(std::future::pending::<()>());
    ///     let report = inner.shutdown_async(Duration::from_secs(1)).await;
    ///     assert_eq!(report.cancelled, 1);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_async(self, grace: impl Into<Grace>) -> Ending {
        let answer = Arc::new(Mutex::new(Answer::default()));
        let (grace, given) = (grace.into(), Arc::clone(&answer));
        // In a simulation there is one thread.
        let simulated = self.handle().scheduler().company().simulated;
        let runtime = Arc::new(Mutex::new(Some(self)));
        let end = {
            let runtime = Arc::clone(&runtime);
            move || {
                let runtime = lock(&runtime).take();
                if let Some(runtime) = runtime {
                    Answer::give(&given, runtime.shutdown(grace));
                }
            }
        };
        let named = || thread::Builder::new().name("airmail-shutdown".to_owned());
        if simulated || named().spawn(end.clone()).is_err() {
            end();
        }
        Ending(answer)
    }

    /// Tells those who asked, and waits for them. Nobody can be waited for if the runtime was shut down for a panic.
    fn give_notice(&self, grace: Duration) {
        let company = self.handle().scheduler().company();
        company.notices.give();
        if !grace.is_zero() && !company.failure.is_set() {
            self.wait_for_holders(grace);
        }
    }
}

/// Nobody holds a notice any more, or the grace is over, by the runtime's own clock.
pub(super) struct HoldersGone<'a> {
    scheduler: &'a Scheduler,
    over: Deadline,
    timer: Pin<Box<Entry>>,
}

impl HoldersGone<'_> {
    pub(super) fn new(scheduler: &Scheduler, grace: Duration) -> HoldersGone<'_> {
        let over = Deadline::after(scheduler.company().timers.now(), grace);
        HoldersGone { scheduler, over, timer: Box::pin(Entry::new()) }
    }
}

impl Future for HoldersGone<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (scheduler, over) = (self.scheduler, self.over);
        let company = scheduler.company();
        let now = company.timers.now();
        // Without a timer the runtime ends already.
        if over.is_due(now) || !scheduler.arm(self.timer.as_mut(), over, now, cx.waker()) {
            return Poll::Ready(());
        }
        company.notices.poll_all_gone(cx)
    }
}

/// Waits for a runtime's end: [`Runtime::shutdown_async`].
#[derive(Debug)]
#[must_use = "the runtime ends all the same, and nobody hears what was left"]
pub struct Ending(Arc<Mutex<Answer>>);

impl Future for Ending {
    type Output = ShutdownReport;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<ShutdownReport> {
        let waker = Some(cx.waker().clone());
        let mut answer = lock(&self.0);
        if let Some(report) = answer.report.take() {
            return Poll::Ready(report);
        }
        let before = std::mem::replace(&mut answer.waker, waker);
        // Foreign code: after the lock.
        drop(answer);
        drop(before);
        Poll::Pending
    }
}

/// The report, on its way.
#[derive(Debug, Default)]
struct Answer {
    report: Option<ShutdownReport>,
    waker: Option<Waker>,
}

impl Answer {
    fn give(answer: &Mutex<Answer>, report: ShutdownReport) {
        let waker = {
            let mut answer = lock(answer);
            answer.report = Some(report);
            answer.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
