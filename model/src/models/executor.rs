//! The models' executor: one inbox, and turns that are taken one at a time or by two runners at once.

use super::harness::{Log, Output, Plain, Recorded};
use crate::pool;
use crate::queue::Inbox;
use crate::sync::Arc;
use crate::task::{
    Counters, Exec, Hook, JoinError, JoinHandle, Options, Ran, Report, Runnable, Schedule, Seat, Spawn,
    Trouble,
};
use loom::thread::{self, ThreadId};
use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

/// What a foreign wake reaches. Its driver stands for what a real one unparks after the push.
pub(super) struct Scheduler {
    pub(super) inbox: Inbox,
    driver: &'static Plain,
    /// How often a task was handed over.
    scheduled: AtomicU32,
}

impl Schedule for Scheduler {
    fn schedule(&self, task: Runnable) {
        self.scheduled.fetch_add(1, Relaxed);
        let driver = self.driver;
        self.inbox.put(task);
        // Unparks. By now the task may have run and the executor may be gone.
        driver.read();
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        // Closes the driver: whoever still unparks it races with this.
        self.driver.write(1);
    }
}

/// An executor whose tasks two threads may run at once.
pub(super) struct Executor {
    pub(super) exec: Exec<()>,
    scheduler: Arc<Scheduler>,
    /// Those in which nobody sits, and which thread sat there last.
    seats: Mutex<Vec<(Option<ThreadId>, Seat<()>)>>,
}

/// What came of the tasks that were run in a turn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn {
    pub(super) yielded: u32,
    pub(super) pending: u32,
    pub(super) done: u32,
}

impl Executor {
    pub(super) fn new() -> std::sync::Arc<Executor> {
        Executor::with(Options::default())
    }

    pub(super) fn with(options: Options) -> std::sync::Arc<Executor> {
        let (exec, seat) = Exec::register(options, ());
        Executor::seated(exec, seat)
    }

    pub(super) fn seated(exec: Exec<()>, seat: Seat<()>) -> std::sync::Arc<Executor> {
        let driver = pool::leak(Plain::new());
        let scheduler = Arc::new(Scheduler { inbox: Inbox::new(), driver, scheduled: AtomicU32::new(0) });
        seat.install(Arc::clone(&scheduler));
        let another = exec.another_seat(()).expect("it is not retired");
        std::sync::Arc::new(Executor::having(exec, scheduler, [another, seat]))
    }

    fn having(
        exec: Exec<()>,
        scheduler: Arc<Scheduler>,
        seats: impl IntoIterator<Item = Seat<()>>,
    ) -> Executor {
        let seats = seats.into_iter().map(|seat| (None, seat)).collect();
        Executor { exec, scheduler, seats: Mutex::new(seats) }
    }

    /// Makes a task and queues it, as a thread outside the seat does.
    pub(super) fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let (task, handle) = self.exec.spawn(future, Spawn::here()).expect("not closed");
        self.scheduler.schedule(task);
        handle
    }

    /// Makes a task and polls it once, so that it waits and its waker is known.
    pub(super) fn spawn_waiting<F>(&self, log: &Log, future: Recorded<F>) -> (JoinHandle<Output>, Waker)
    where
        F: FnMut(&mut Context<'_>, u32) -> Poll<()> + Unpin + Send + 'static,
    {
        let handle = self.spawn(future);
        assert_eq!(self.turn().pending, 1, "the task waits");
        (handle, log.waker())
    }

    pub(super) fn scheduler(&self) -> Arc<Scheduler> {
        Arc::clone(&self.scheduler)
    }

    /// How often a task was put into the inbox since this was asked last.
    pub(super) fn scheduled(&self) -> u32 {
        self.scheduler.scheduled.swap(0, Relaxed)
    }

    /// Runs what is in the inbox, each task once.
    pub(super) fn turn(&self) -> Turn {
        self.turn_by(Runnable::run)
    }

    /// A turn of an executor that shuts down: cancels instead of polling.
    pub(super) fn cancel_turn(&self) -> Turn {
        self.turn_by(|task| {
            task.cancel();
            Ran::Done(crate::task::Outcome::Cancelled)
        })
    }

    fn turn_by(&self, run: impl Fn(Runnable) -> Ran) -> Turn {
        self.sitting(|| {
            let mut turn = Turn::default();
            for task in self.scheduler.inbox.take() {
                match run(task) {
                    Ran::Yielded(task) => {
                        turn.yielded += 1;
                        self.scheduler.schedule(task);
                    }
                    Ran::Pending => turn.pending += 1,
                    Ran::Done(_) => turn.done += 1,
                }
            }
            turn
        })
    }

    /// Turns until nothing is queued. Called when nobody else is left who could queue anything.
    pub(super) fn drain(&self) -> Turn {
        let mut all = Turn::default();
        for _ in 0..10 {
            if self.scheduler.inbox.is_empty() {
                return all;
            }
            let turn = self.turn();
            all.yielded += turn.yielded;
            all.pending += turn.pending;
            all.done += turn.done;
        }
        panic!("the tasks of a model come to rest");
    }

    pub(super) fn counters(&self) -> Counters {
        self.exec.counters()
    }

    /// Sits down for the length of `f`: each thread in a seat of its own, or, since threads are joined, in one that
    /// another thread has left.
    pub(super) fn sitting<R>(&self, f: impl FnOnce() -> R) -> R {
        let own = Some(thread::current().id());
        let mut seats = self.seats.lock().unwrap();
        let place = [own, None].iter().find_map(|who| seats.iter().rposition(|(last, _)| last == who));
        let place = place.or(seats.len().checked_sub(1)).expect("two threads run tasks at once");
        let (_, seat) = seats.remove(place);
        drop(seats);
        let output = seat.enter(|_| f());
        self.seats.lock().unwrap().push((own, seat));
        output
    }

    /// The end state that every executor has, once every task has ended and every handle is gone.
    pub(super) fn check_end(self: std::sync::Arc<Self>) {
        assert_eq!(self.counters().live, 0, "no task is left");
        assert!(self.scheduler.inbox.is_empty(), "no task is queued");
        self.exec.close();
        assert!(self.try_retire().is_ok(), "closed and empty");
    }

    /// The parts, for threads that each have a seat.
    pub(super) fn apart(self: std::sync::Arc<Self>) -> (Exec<()>, Arc<Scheduler>, [Seat<()>; 2]) {
        let executor = std::sync::Arc::into_inner(self).expect("one owner");
        let seats: Vec<Seat<()>> =
            executor.seats.into_inner().unwrap().into_iter().map(|(_, seat)| seat).collect();
        (executor.exec, executor.scheduler, seats.try_into().expect("two"))
    }

    /// Aborts what is left, as a shutdown does, then as [`check_end`](Executor::check_end).
    pub(super) fn shut_down(self: std::sync::Arc<Self>) {
        self.exec.close();
        self.exec.abort_all();
        while !self.scheduler.inbox.is_empty() {
            self.cancel_turn();
        }
        self.check_end();
    }

    /// Retires if the executor has no task; the parts come back otherwise.
    pub(super) fn try_retire(self: std::sync::Arc<Self>) -> Result<(), std::sync::Arc<Executor>> {
        let executor = std::sync::Arc::into_inner(self).expect("the threads of the model are joined");
        let Executor { exec, scheduler, seats } = executor;
        for (_, seat) in seats.into_inner().unwrap() {
            if let Err(busy) = seat.retire() {
                return Err(std::sync::Arc::new(Executor::having(exec, scheduler, [busy.0])));
            }
        }
        Ok(())
    }
}

/// Asks the handle once; nobody is woken later.
pub(super) fn answer<T>(handle: &mut JoinHandle<T>, waker: &Waker) -> Poll<Result<T, JoinError>> {
    pin!(handle).poll(&mut Context::from_waker(waker))
}

/// Takes the outcome that is there.
pub(super) fn take<T>(mut handle: JoinHandle<T>) -> Result<T, JoinError> {
    match answer(&mut handle, Waker::noop()) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the outcome is there"),
    }
}

/// A hook that records, and the options to install it with.
#[derive(Clone, Default)]
pub(super) struct Reports(std::sync::Arc<Mutex<Vec<Trouble>>>);

impl Reports {
    pub(super) fn options(&self, count_wakers: bool) -> Options {
        let own = self.clone();
        let hook: std::sync::Arc<Hook> = std::sync::Arc::new(move |report: &Report<'_>| {
            own.0.lock().unwrap().push(report.trouble);
        });
        Options { count_wakers, first_number: 0, hook: Some(Arc::from_std(hook)) }
    }

    /// What was reported since this was asked last.
    pub(super) fn take(&self) -> Vec<Trouble> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}
