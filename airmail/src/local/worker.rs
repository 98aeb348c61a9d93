//! What the thread in the seat does: next, run, wait.

use super::pick::Picker;
use super::scheduler::{Ready, Scheduler};
use crate::driver::{Driver, Pace};
use crate::inspect::{Queue, Track, tell_answered};
use airmail_core::{Answered, Around, Counters, Meta, Outcome, Ran, Root, Runnable, Seat, Seated};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Poll, Waker};

/// The one worker of a single-threaded executor.
const WORKER: usize = 0;

/// The seat, and how its holder chooses and waits.
pub(crate) struct Worker {
    pub(crate) seat: Seat<Ready>,
    pub(crate) driver: Box<dyn Driver>,
    /// `None` is first in, first out.
    pub(crate) picker: Option<Picker>,
    /// After how many polls the driver is asked what happened meanwhile.
    pub(crate) event_interval: u32,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("seat", &self.seat).finish_non_exhaustive()
    }
}

impl Worker {
    /// Polls the root first, then tasks and the root in turn, until the root is ready.
    ///
    /// # Panics
    /// If the runtime is shut down for a panic. Every task has ended then: nobody else would end those that are left.
    pub(crate) fn block_on<F: Future>(
        &mut self,
        scheduler: &Scheduler,
        root: &mut Root,
        future: Pin<&mut F>,
    ) -> F::Output {
        let output = self.drive(scheduler, root, future);
        if output.is_none() {
            self.end_tasks(scheduler);
            scheduler.company.failure.check();
        }
        output.expect("it did not fail")
    }

    /// `None`: the runtime is shut down for a panic.
    fn drive<F: Future>(
        &mut self,
        scheduler: &Scheduler,
        root: &mut Root,
        mut future: Pin<&mut F>,
    ) -> Option<F::Output> {
        let failure = &scheduler.company.failure;
        let Worker { seat, driver, picker, event_interval } = self;
        Bench::with(scheduler, seat, |bench| {
            let mut pace = Pace::new(*event_interval);
            let mut shift = Shift { polls: 0, root_at: NEVER, event_at: pace.polls().into() };
            loop {
                if failure.is_set() {
                    return None;
                }
                if let Poll::Ready(output) = root.poll(future.as_mut()) {
                    return Some(output);
                }
                shift.polls += 1;
                loop {
                    match bench.run_tasks(&mut shift, root, picker.as_mut()) {
                        Pause::RootsTurn => break,
                        Pause::NothingReady if failure.is_set() => return None,
                        Pause::NothingReady => {
                            bench.wait(&mut **driver, root, picker.as_ref());
                            bench.begin_pace(&mut pace, shift.polls as u32);
                            if pace.counts() {
                                shift.event_at = shift.polls + u64::from(pace.polls());
                            }
                        }
                        Pause::EventsDue => {
                            bench.look(&mut **driver, &mut pace, shift.polls as u32);
                            shift.event_at += u64::from(pace.polls());
                        }
                    }
                }
            }
        })
    }

    /// Ends every task. Their futures are dropped here, each as the current task. Answers how many there were.
    pub(crate) fn shut_down(mut self, scheduler: &Scheduler) -> Counters {
        // First, so that a drop which waits for a timer hears of it.
        scheduler.company.timers.close();
        self.end_tasks(scheduler);
        scheduler.company.timers.wake_left_over();
        scheduler.company.reactor.close();
        let counters = scheduler.exec.counters();
        self.seat.retire().expect("closed, and every task has ended");
        counters
    }

    fn end_tasks(&mut self, scheduler: &Scheduler) {
        let driver = &mut self.driver;
        if let Some(picker) = self.picker.take() {
            picker.give_back(&self.seat.local().queue);
        }
        cancel_all(scheduler, &self.seat, || {
            driver.park(None);
            scheduler.company.reactor.deliver();
        });
    }
}

/// When what comes next, by the number of polls.
struct Shift {
    /// How many there were, of tasks and of the root.
    polls: u64,
    /// When the root is polled, if it is known to be due. It has no place in the queue, so this stands for one.
    /// Polling it as soon as it is due would be simpler, and slow for a root that awaits many tasks: each end would
    /// wake it, to wait for the next one.
    root_at: u64,
    /// When the driver is asked what happened.
    event_at: u64,
}

/// After more polls than there will be.
const NEVER: u64 = u64::MAX;

/// Why no task is run for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// The root is to be polled.
    RootsTurn,
    /// Neither a task nor the root is due.
    NothingReady,
    /// The driver is to be asked what happened meanwhile.
    EventsDue,
}

/// Closes the executor, cancels every task, and waits (with `park`) for those that another thread is about to
/// queue.
pub(crate) fn cancel_all(scheduler: &Scheduler, seat: &Seat<Ready>, mut park: impl FnMut()) {
    Bench::with(scheduler, seat, |bench| {
        scheduler.exec.close();
        if scheduler.exec.counters().live != 0 {
            scheduler.exec.abort_all();
        }
        loop {
            while let Some(task) = bench.next(None) {
                bench.cancel(task);
            }
            if scheduler.exec.counters().live == 0 {
                return;
            }
            park();
        }
    });
}

/// A thread at work: it sits in the seat.
pub(crate) struct Bench<'a> {
    scheduler: &'a Scheduler,
    ready: &'a Ready,
    seated: &'a Seated<'a>,
}

impl<'a> Bench<'a> {
    pub(super) fn scheduler(&self) -> &'a Scheduler {
        self.scheduler
    }

    /// Sits down for the length of `work`.
    pub(crate) fn with<R>(
        scheduler: &Scheduler,
        seat: &Seat<Ready>,
        work: impl FnOnce(&Bench<'_>) -> R,
    ) -> R {
        seat.enter(|seated| work(&Bench { scheduler, ready: seat.local(), seated }))
    }

    /// Runs tasks until something else is to be done.
    ///
    /// The hot loop: it does not depend on the root's type, and is compiled once with and once without a watcher.
    fn run_tasks(&self, shift: &mut Shift, root: &Root, picker: Option<&mut Picker>) -> Pause {
        if picker.is_some() || self.scheduler.company.track.is_some() {
            self.run_tasks_as::<true>(shift, root, picker)
        } else {
            self.run_tasks_as::<false>(shift, root, None)
        }
    }

    /// `WATCHED`: somebody picks the tasks, or hears of them.
    fn run_tasks_as<const WATCHED: bool>(
        &self,
        shift: &mut Shift,
        root: &Root,
        mut picker: Option<&mut Picker>,
    ) -> Pause {
        let Shift { mut polls, mut root_at, event_at } = *shift;
        let pause = loop {
            if polls == event_at {
                break Pause::EventsDue;
            }
            if root_at == NEVER && root.is_due() {
                root_at = polls + self.queued(picker.as_deref()) as u64;
            }
            if polls == root_at {
                root_at = NEVER;
                break Pause::RootsTurn;
            }
            if WATCHED && let Some(picker) = picker.as_deref_mut() {
                picker.prepare();
            }
            let Some(task) = self.next(if WATCHED { picker.as_deref_mut() } else { None }) else {
                root_at = NEVER;
                break if root.is_due() { Pause::RootsTurn } else { Pause::NothingReady };
            };
            if WATCHED {
                self.run_watched(task, picker.as_deref_mut());
            } else {
                self.run_unwatched(task);
            }
            polls += 1;
        };
        (shift.polls, shift.root_at) = (polls, root_at);
        pause
    }

    /// The next task. The inbox is looked at every time: one relaxed load.
    #[inline(always)]
    pub(crate) fn next(&self, picker: Option<&mut Picker>) -> Option<Runnable> {
        self.empty_inbox();
        match picker {
            None => self.ready.queue.pop(),
            Some(picker) => picker.next(&self.ready.queue),
        }
    }

    /// Tasks that came from elsewhere go to the back of the queue.
    #[inline(always)]
    fn empty_inbox(&self) {
        if !self.scheduler.inbox.is_empty() {
            self.scheduler.inbox.take().for_each(|task| self.ready.queue.push(task));
        }
    }

    /// Polls a task once. One that was woken meanwhile goes to the back.
    #[inline(always)]
    pub(crate) fn run(&self, task: Runnable) {
        match &self.scheduler.company.track {
            None => self.run_unwatched(task),
            Some(_) => self.run_watched(task, None),
        }
    }

    #[inline(always)]
    fn run_unwatched(&self, task: Runnable) {
        self.next_tick();
        self.put_back(task.run());
    }

    /// Polls are noted with their number.
    #[inline(always)]
    fn next_tick(&self) {
        self.seated.set_tick(self.seated.tick().wrapping_add(1));
    }

    #[inline(always)]
    fn put_back(&self, ran: Ran) {
        if let Ran::Yielded(task) = ran {
            self.ready.queue.push(task);
        }
    }

    /// As [`run`](Bench::run), with somebody who picked the task, or hears of it, or both.
    #[cold]
    fn run_watched(&self, task: Runnable, picker: Option<&mut Picker>) {
        self.next_tick();
        let track = self.scheduler.company.track.as_deref();
        let meta = task.meta();
        let ran = task.run_with(Watcher { picker, track, meta: &meta });
        if let (Ran::Yielded(_), Some(track)) = (&ran, track) {
            track.queued(&meta, Queue::Local);
        }
        self.put_back(ran);
    }

    /// Drops a task's future without polling it.
    fn cancel(&self, task: Runnable) {
        let meta: Option<Meta> = self.scheduler.company.track.is_some().then(|| task.meta());
        task.cancel();
        if let (Some(track), Some(meta)) = (&self.scheduler.company.track, meta) {
            track.finished(&meta, Outcome::Cancelled);
        }
    }

    /// How many tasks are due.
    #[inline]
    pub(crate) fn queued(&self, picker: Option<&Picker>) -> usize {
        self.empty_inbox();
        self.ready.queue.len() + picker.map_or(0, Picker::waiting)
    }
}

/// Who is around a poll that somebody watches.
struct Watcher<'a> {
    picker: Option<&'a mut Picker>,
    track: Option<&'a dyn Track>,
    meta: &'a Meta,
}

impl Around for Watcher<'_> {
    fn waker(&mut self, own: &Waker) -> Option<Waker> {
        self.picker.as_mut()?.waker(own)
    }

    fn answered(&mut self, answered: Answered) {
        if let Watcher { track: Some(track), meta, .. } = *self {
            tell_answered(track, meta, WORKER, answered);
        }
    }
}
