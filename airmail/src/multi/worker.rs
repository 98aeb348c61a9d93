//! What a worker does: next, run.

use super::queues::Queues;
use super::remote::Remote;
use super::scheduler::{Scheduler, WorkerSeat};
use crate::inspect::{Queue, tell_answered};
use crate::sync::Arc;
use crate::sync::atomic::{Ordering, fence};
use airmail_core::{Answered, Meta, Outcome, Ran, Runnable, Seated};

/// One thread of a work-stealing executor, before it sits down.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(super) scheduler: Arc<Scheduler>,
    pub(super) seat: WorkerSeat,
}

impl Worker {
    pub(crate) fn new(scheduler: Arc<Scheduler>, seat: WorkerSeat) -> Worker {
        Worker { scheduler, seat }
    }

    pub(crate) fn scheduler(&self) -> Arc<Scheduler> {
        Arc::clone(&self.scheduler)
    }

    /// Runs tasks until the runtime ends.
    pub(crate) fn run(self) {
        self.sit(|bench| {
            bench.remote.belongs_to_this_thread();
            bench.work();
        });
        self.leave();
    }

    /// Sits down for the length of `work`.
    pub(super) fn sit<R>(&self, work: impl FnOnce(&Bench<'_>) -> R) -> R {
        let (scheduler, queues) = (&*self.scheduler, self.seat.local());
        let remote = scheduler.remote(queues.place);
        remote.set_seated(true);
        // Pairs with the one in `Doze::begin`.
        fence(Ordering::SeqCst);
        let done = self.seat.enter(|seated| work(&Bench { scheduler, queues, remote, seated }));
        remote.set_seated(false);
        done
    }
}

/// A worker at work: it sits in its seat.
pub(super) struct Bench<'a> {
    pub(super) scheduler: &'a Scheduler,
    pub(super) queues: &'a Queues,
    pub(super) remote: &'a Remote,
    seated: &'a Seated<'a>,
}

impl Bench<'_> {
    /// Runs tasks until the runtime ends, or this worker is not needed any more. Compiled once with and once without a
    /// watcher.
    pub(super) fn work(&self) {
        self.begin_pace();
        if self.scheduler.company.track.is_some() {
            while let Some(task) = self.next() {
                self.run_watched(task);
            }
        } else {
            while let Some(task) = self.next() {
                self.run(task);
            }
        }
    }

    /// Polls a task once. One that was woken meanwhile goes to the back.
    #[inline(always)]
    fn run(&self, task: Runnable) {
        self.begin_poll(&task);
        if let Ran::Yielded(task) = task.run() {
            self.queues.put_back(self.scheduler, task);
        }
    }

    /// Polls are noted with their number on this worker.
    #[inline(always)]
    fn begin_poll(&self, task: &Runnable) {
        self.remote.begin_poll(self.next_tick(), task);
    }

    /// The number of its last poll.
    pub(super) fn tick(&self) -> u32 {
        self.seated.tick()
    }

    #[inline(always)]
    pub(super) fn next_tick(&self) -> u32 {
        let tick = self.seated.tick().wrapping_add(1);
        self.seated.set_tick(tick);
        tick
    }

    /// As [`run`](Bench::run), while somebody hears of it.
    #[cold]
    fn run_watched(&self, task: Runnable) {
        let Some(track) = self.scheduler.company.track.as_deref() else { return self.run(task) };
        self.begin_poll(&task);
        let meta = task.meta();
        let answered = |answered: Answered| tell_answered(track, &meta, self.queues.place, answered);
        let ran = task.run_with(answered);
        if let Ran::Yielded(task) = ran {
            track.queued(&meta, Queue::Local);
            self.queues.put_back(self.scheduler, task);
        }
    }

    /// Drops a task's future without polling it.
    pub(super) fn cancel(&self, task: Runnable) {
        let meta: Option<Meta> = self.scheduler.company.track.is_some().then(|| task.meta());
        // The drop may take as long as a poll.
        self.begin_poll(&task);
        task.cancel();
        if let (Some(track), Some(meta)) = (&self.scheduler.company.track, meta) {
            track.finished(&meta, Outcome::Cancelled);
        }
    }
}
