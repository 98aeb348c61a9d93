//! What the thread in the seat does: next, run, wait.

use super::pick::Pick;
use super::scheduler::{Ready, Scheduler};
use crate::driver::Driver;
use crate::inspect::{Answer, Queue, Track};
use airmail_core::{Answered, Meta, Outcome, Ran, Root, Runnable, Seat, Seated};
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

/// The one worker of a single-threaded executor.
const WORKER: usize = 0;

/// The seat, and how its holder chooses and waits.
pub(crate) struct Worker {
    pub(crate) seat: Seat<Ready>,
    pub(crate) driver: Box<dyn Driver>,
    /// `None` is first in, first out.
    pub(crate) pick: Option<Box<dyn Pick>>,
    /// After how many polls the driver is asked what happened meanwhile.
    pub(crate) event_interval: u32,
    /// A time that is past.
    pub(crate) past: Instant,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("seat", &self.seat).finish_non_exhaustive()
    }
}

impl Worker {
    /// Polls the root first, then tasks and the root in turn, until the root is ready.
    pub(crate) fn block_on<F: Future>(
        &mut self,
        scheduler: &Scheduler,
        root: &mut Root,
        mut future: Pin<&mut F>,
    ) -> F::Output {
        let Worker { seat, driver, pick, event_interval, past } = self;
        Bench::with(scheduler, seat, |bench| {
            let mut turn = Turn::Now;
            let mut until_event = *event_interval;
            loop {
                if turn.has_come(root, bench) {
                    if let Poll::Ready(output) = root.poll(future.as_mut()) {
                        return output;
                    }
                    turn = Turn::next(root, bench);
                }
                match bench.next(pick.as_deref_mut()) {
                    Some(task) => bench.run(task),
                    None if root.is_due() => turn = Turn::Now,
                    None => driver.park(None),
                }
                until_event -= 1;
                if until_event == 0 {
                    until_event = *event_interval;
                    driver.park(Some(*past));
                }
            }
        })
    }

    /// Ends every task. Their futures are dropped here, each as the current task.
    pub(crate) fn shut_down(mut self, scheduler: &Scheduler) {
        let driver = &mut self.driver;
        cancel_all(scheduler, &self.seat, || driver.park(None));
        self.seat.retire().expect("closed, and every task has ended");
    }
}

/// When the root is polled next: it has no place in the queue, so this counts who is ahead of it.
///
/// Polling it as soon as it is due would be simpler, and slow for a root that awaits many tasks: each end
/// would wake it, to wait for the next one.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// It waits, as far as is known.
    Unknown,
    /// It is due, after so many tasks that were queued before it.
    After(usize),
    /// It is next.
    Now,
}

impl Turn {
    /// `true` if the root is to be polled now. To be asked once before each task.
    #[inline]
    fn has_come(&mut self, root: &Root, bench: &Bench<'_>) -> bool {
        *self = match *self {
            Turn::Unknown => Turn::next(root, bench),
            Turn::After(ahead @ 1..) => Turn::After(ahead - 1),
            same => same,
        };
        matches!(self, Turn::Now | Turn::After(0))
    }

    /// Its place, if it is due: behind all that are queued now.
    #[inline]
    fn next(root: &Root, bench: &Bench<'_>) -> Turn {
        if root.is_due() { Turn::After(bench.queued()) } else { Turn::Unknown }
    }
}

/// Closes the executor, cancels every task, and waits (with `park`) for those that another thread is about to
/// queue.
pub(crate) fn cancel_all(scheduler: &Scheduler, seat: &Seat<Ready>, mut park: impl FnMut()) {
    Bench::with(scheduler, seat, |bench| {
        scheduler.exec.close();
        scheduler.exec.abort_all();
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
    polls: Cell<u32>,
}

impl Bench<'_> {
    /// Sits down for the length of `work`.
    pub(crate) fn with<R>(
        scheduler: &Scheduler,
        seat: &Seat<Ready>,
        work: impl FnOnce(&Bench<'_>) -> R,
    ) -> R {
        seat.enter(|seated| work(&Bench { scheduler, ready: seat.local(), seated, polls: Cell::new(0) }))
    }

    /// The next task. The inbox is looked at every time: one relaxed load.
    #[inline]
    pub(crate) fn next(&self, pick: Option<&mut (dyn Pick + 'static)>) -> Option<Runnable> {
        let mut queue = self.ready.queue.borrow_mut();
        if !self.scheduler.inbox.is_empty() {
            queue.extend(self.scheduler.inbox.take());
        }
        match pick {
            None => queue.pop_front(),
            Some(_) if queue.is_empty() => None,
            Some(pick) => {
                let place = pick.pick(&queue).min(queue.len() - 1);
                queue.remove(place)
            }
        }
    }

    /// Polls a task once. One that was woken meanwhile goes to the back.
    #[inline]
    pub(crate) fn run(&self, task: Runnable) {
        self.seated.set_tick(self.polls.get());
        self.polls.set(self.polls.get().wrapping_add(1));
        match &self.scheduler.track {
            None => self.put_back(task.run()),
            Some(track) => self.run_tracked(task, &**track),
        }
    }

    fn put_back(&self, ran: Ran) {
        if let Ran::Yielded(task) = ran {
            self.ready.queue.borrow_mut().push_back(task);
        }
    }

    #[cold]
    fn run_tracked(&self, task: Runnable, track: &dyn Track) {
        let meta = task.meta();
        // Told before anybody can act on the answer, so that what follows from it is told later.
        let ran = task.run_with(|answered| match answered {
            Answered::Pending => track.polled(&meta, WORKER, Answer::Pending),
            Answered::Yielded => track.polled(&meta, WORKER, Answer::Yielded),
            Answered::Done(outcome) => {
                if outcome != Outcome::Cancelled {
                    track.polled(&meta, WORKER, Answer::Ready);
                }
                track.finished(&meta, outcome);
            }
        });
        if let Ran::Yielded(_) = ran {
            track.queued(&meta, Queue::Local);
        }
        self.put_back(ran);
    }

    /// Drops a task's future without polling it.
    fn cancel(&self, task: Runnable) {
        let meta: Option<Meta> = self.scheduler.track.is_some().then(|| task.meta());
        task.cancel();
        if let (Some(track), Some(meta)) = (&self.scheduler.track, meta) {
            track.finished(&meta, Outcome::Cancelled);
        }
    }

    /// How many tasks are in the queue.
    #[inline]
    fn queued(&self) -> usize {
        self.ready.queue.borrow().len()
    }

    /// `true` if something waits to be polled.
    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.queue.borrow().is_empty() || !self.scheduler.inbox.is_empty()
    }
}
