//! A tiny executor by hand: the tests decide when what is polled.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use airmail_core::{Exec, Inbox, JoinError, JoinHandle, Options, Ran, Runnable, Schedule, Seat, Spawn};
use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

/// Keeps what is scheduled until the test takes it.
pub(crate) struct Mailbox {
    pub(crate) inbox: Inbox,
    pub(crate) scheduled: AtomicUsize,
    /// Counts the life of the scheduler.
    pub(crate) alive: Arc<()>,
}

impl Schedule for Mailbox {
    fn schedule(&self, task: Runnable) {
        self.scheduled.fetch_add(1, SeqCst);
        self.inbox.put(task);
    }
}

/// An executor whose tasks run when the test says so.
pub(crate) struct ByHand<T: 'static> {
    pub(crate) exec: Exec<T>,
    pub(crate) seat: Seat<T>,
    pub(crate) mailbox: Arc<Mailbox>,
}

impl<T: 'static> ByHand<T> {
    pub(crate) fn new(local: T) -> ByHand<T> {
        Self::with(Options::default(), local)
    }

    pub(crate) fn with(options: Options, local: T) -> ByHand<T> {
        let (exec, seat) = Exec::register(options, local);
        Self::install(exec, seat)
    }

    /// For tasks of this thread.
    pub(crate) fn local(local: T) -> ByHand<T> {
        let (exec, seat) = Exec::register_local(Options::default(), local);
        Self::install(exec, seat)
    }

    fn install(exec: Exec<T>, seat: Seat<T>) -> ByHand<T> {
        let mailbox = Arc::new(Mailbox { inbox: Inbox::new(), scheduled: 0.into(), alive: Arc::new(()) });
        seat.install(Arc::clone(&mailbox));
        ByHand { exec, seat, mailbox }
    }

    /// Spawns and queues.
    #[track_caller]
    pub(crate) fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = self.exec.spawn(future, Spawn::here()).expect("not closed");
        self.mailbox.inbox.put(task);
        handle
    }

    /// Runs what is queued, until nothing is. Gives the number of polls.
    pub(crate) fn run(&self) -> usize {
        let mut polls = 0;
        self.seat.enter(|_| {
            while !self.mailbox.inbox.is_empty() {
                for task in self.mailbox.inbox.take() {
                    polls += 1;
                    if let Ran::Yielded(task) = task.run() {
                        self.mailbox.inbox.put(task);
                    }
                }
            }
        });
        polls
    }

    /// Ends every task and retires; gives the local data.
    pub(crate) fn shut_down(self) -> T {
        self.seat.enter(|_| {
            self.exec.close();
            self.exec.abort_all();
        });
        self.run();
        assert_eq!(self.exec.counters().live, 0);
        self.seat.retire().expect("closed and empty")
    }
}

/// One poll of a handle whose task has ended.
#[track_caller]
pub(crate) fn outcome<T>(handle: &mut JoinHandle<T>) -> Result<T, JoinError> {
    match pin!(handle).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the task has not ended"),
    }
}

/// Counts its drop.
pub(crate) struct Counts(pub(crate) Arc<AtomicUsize>);

impl Drop for Counts {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The text of the panic that `code` must end with.
#[track_caller]
pub(crate) fn panic_of<R>(code: impl FnOnce() -> R) -> String {
    let payload: Box<dyn Any + Send> = match catch_unwind(AssertUnwindSafe(code)) {
        Ok(_) => panic!("there was no panic"),
        Err(payload) => payload,
    };
    match (payload.downcast_ref::<String>(), payload.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (_, Some(text)) => (*text).to_owned(),
        _ => "(no text)".to_owned(),
    }
}
