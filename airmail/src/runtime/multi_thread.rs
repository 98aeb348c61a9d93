//! A runtime with worker threads of its own.

use super::pinned;
use crate::context;
use crate::driver::Parker;
use crate::multi::scheduler::{Scheduler, WorkerSeat};
use crate::multi::worker::Worker;
use crate::stalls::StalledPoll;
use crate::sync::{Arc, Condvar, Mutex, lock, wait_until};
use crate::threads::{self, Kind, Threads};
use crate::watchdog::{self, Watching};
use airmail_core::{Root, Spawn};
use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// The workers, and their threads.
#[derive(Debug)]
pub(super) struct MultiThread {
    scheduler: Arc<Scheduler>,
    started: Arc<Started>,
    watching: Watching,
}

/// No two runtimes have the same number.
static LAST: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The number of the runtime that started this thread. 0: none. Never destroyed, so that it can be asked to the last.
    static STARTED_BY: Cell<u64> = const { Cell::new(0) };
}

/// The threads that were started for workers and spares, and how the next one is.
#[derive(Debug)]
struct Started {
    number: u64,
    threads: Threads,
    list: Mutex<Vec<threads::Started>>,
    /// So many of them have not done their last yet.
    present: Mutex<usize>,
    gone: Condvar,
}

/// A thread that has not done its last.
struct Present(Arc<Started>);

impl Drop for Present {
    fn drop(&mut self) {
        let mut present = lock(&self.0.present);
        *present -= 1;
        let last = *present == 0;
        drop(present);
        if last {
            self.0.gone.notify_all();
        }
    }
}

/// A worker on its way to its thread. If there is none, it gives its seat up, so that nobody waits for it.
struct Unstarted(Option<Worker>);

impl Drop for Unstarted {
    fn drop(&mut self) {
        if let Some(worker) = self.0.take() {
            worker.give_up_unused();
        }
    }
}

impl Started {
    /// Starts a thread in the runtime's context.
    fn start(self: &Arc<Started>, worker: Worker, work: fn(Worker)) -> io::Result<()> {
        let (mut worker, number) = (Unstarted(Some(worker)), self.number);
        *lock(&self.present) += 1;
        let present = Present(Arc::clone(self));
        let thread = self.threads.start_inside(
            Kind::Worker,
            move || present,
            move |_| {
                // Not by who starts it: the thread may drop the runtime before that one has its handle.
                STARTED_BY.set(number);
                let Some(worker) = worker.0.take() else { return };
                let _entered = context::enter(worker.scheduler(), None);
                work(worker);
            },
        )?;
        let mut list = lock(&self.list);
        list.retain(|thread| !thread.is_finished());
        list.push(thread);
        Ok(())
    }

    /// Waits until they are gone, or until the deadline. The list is not locked meanwhile: a spare may still be started.
    fn join(&self, until: Option<Instant>) {
        if until.is_none() {
            // Most often that is all, and this thread is not woken once more for each step.
            self.join_listed(None);
        }
        let mut present = lock(&self.present);
        while *present != 0 {
            let (again, timed_out) = wait_until(&self.gone, present, until);
            present = again;
            if timed_out && *present != 0 {
                return;
            }
        }
        drop(present);
        self.join_listed(until);
    }

    fn join_listed(&self, until: Option<Instant>) {
        loop {
            let Some(thread) = lock(&self.list).pop() else { return };
            thread.join(until);
        }
    }
}

impl MultiThread {
    /// Starts the workers.
    ///
    /// # Errors
    /// If a thread cannot be started. Those that were are ended again.
    pub(super) fn start(
        scheduler: Arc<Scheduler>,
        seats: Vec<WorkerSeat>,
        threads: Threads,
    ) -> io::Result<MultiThread> {
        let started = Arc::new(Started {
            number: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            threads,
            list: Mutex::default(),
            present: Mutex::default(),
            gone: Condvar::new(),
        });
        let of_spares = Arc::downgrade(&started);
        scheduler.start_spares_with(Box::new(move |worker| {
            let started = of_spares.upgrade().ok_or_else(|| io::Error::other("the runtime is gone"))?;
            started.start(worker, Worker::run_as_spare)
        }));
        scheduler.make_pinned_with(pinned::maker(Arc::downgrade(&scheduler)));
        let watching = watchdog::watch(&scheduler, Arc::clone(&scheduler.company.stalls));
        let runtime = MultiThread { scheduler, started, watching };
        let mut workers = seats.into_iter().map(|seat| Worker::new(Arc::clone(&runtime.scheduler), seat));
        let all = workers.try_for_each(|worker| runtime.started.start(worker, Worker::run));
        // Those that have no thread leave at once, so that the others find nobody to wait for.
        workers.for_each(Worker::give_up_unused);
        if let Err(error) = all {
            runtime.shut_down(None);
            return Err(error);
        }
        Ok(runtime)
    }

    /// Runs a future on this thread.
    pub(super) fn block_on<F: Future>(scheduler: &Arc<Scheduler>, future: F, spawn: Spawn) -> F::Output {
        context::block_in_place(|| {
            let _entered = context::enter(Arc::clone(scheduler), None);
            let parker = Parker::new();
            let failure = &scheduler.company.failure;
            failure.watch(&parker);
            let mut root = Root::new(Waker::from(Arc::clone(&parker)), &scheduler.options, spawn);
            let mut future = pin!(future);
            loop {
                if let Poll::Ready(output) = root.poll(future.as_mut()) {
                    return output;
                }
                failure.check();
                while !root.is_due() {
                    parker.park(None);
                    failure.check();
                }
            }
        })
    }

    /// Waits on this thread until `ready` is, or until the deadline, or until the runtime is shut down for a panic.
    pub(super) fn wait(&self, until: Option<Instant>, mut ready: impl FnMut(&Context<'_>) -> Poll<()>) {
        context::block_in_place(|| {
            let parker = Parker::new();
            let failure = &self.scheduler.company.failure;
            failure.watch(&parker);
            let waker = Waker::from(Arc::clone(&parker));
            let late = || until.is_some_and(|until| until <= Instant::now());
            while ready(&Context::from_waker(&waker)).is_pending() && !failure.is_set() && !late() {
                parker.park(until);
            }
        });
    }

    pub(super) fn scheduler(&self) -> &Arc<Scheduler> {
        &self.scheduler
    }

    /// This thread is one of the runtime's own.
    pub(super) fn is_here(&self) -> bool {
        STARTED_BY.get() == self.started.number
    }

    /// Takes no tasks from now on, and cancels those that there are, in the background.
    pub(super) fn close(&self) {
        self.scheduler.close();
    }

    /// Cancels everything, and waits until the workers have ended their polls and are gone, or until the deadline. Answers
    /// who is in a poll then.
    pub(super) fn shut_down(&self, until: Option<Instant>) -> Vec<StalledPoll> {
        self.close();
        // Who watches begins no spares any more.
        let watch = self.watching.end();
        // Without a deadline the threads are waited for themselves: one may be gone by a panic of airmail's own.
        if until.is_none() || self.scheduler.wait_for_end(until) {
            // They are gone when the executor has ended, but for their last hooks.
            self.started.join(until);
            return Vec::new();
        }
        watchdog::left(&self.scheduler, watch.as_ref(), true)
    }

    /// As [`shut_down`](MultiThread::shut_down), and waits for nobody.
    pub(super) fn abandon(&self) -> Vec<StalledPoll> {
        self.close();
        watchdog::left(&self.scheduler, self.watching.end().as_ref(), false)
    }
}
