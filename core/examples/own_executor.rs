//! An executor of one's own on airmail-core alone: one thread, one queue.
//!
//! `cargo run -p airmail-core --example own_executor`

use airmail_core::{Exec, Inbox, JoinHandle, Options, Ran, Root, Runnable, Schedule, Seat, Spawn};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::thread::{self, Thread};

/// What only the thread in the seat touches.
type Queue = RefCell<VecDeque<Runnable>>;

/// What every thread may touch: the way in, and whom to wake.
struct Scheduler {
    exec: Exec<Queue>,
    inbox: Inbox,
    thread: Thread,
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Schedule for Scheduler {
    fn schedule(&self, task: Runnable) {
        let mut task = Some(task);
        // In the seat: plain memory. From elsewhere: the inbox, and a wake-up.
        self.exec.here(|queue| queue.borrow_mut().extend(task.take()));
        if let Some(task) = task {
            self.inbox.put(task);
            self.thread.unpark();
        }
    }
}

struct Executor {
    scheduler: Arc<Scheduler>,
    seat: Seat<Queue>,
}

impl Executor {
    fn new() -> Executor {
        let (exec, seat) = Exec::register(Options::default(), Queue::default());
        let scheduler = Arc::new(Scheduler { exec, inbox: Inbox::new(), thread: thread::current() });
        seat.install(Arc::clone(&scheduler));
        Executor { scheduler, seat }
    }

    #[track_caller]
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = self.scheduler.exec.spawn(future, Spawn::here()).expect("not closed");
        self.scheduler.schedule(task);
        handle
    }

    fn next(&self) -> Option<Runnable> {
        if !self.scheduler.inbox.is_empty() {
            self.seat.local().borrow_mut().extend(self.scheduler.inbox.take());
        }
        self.seat.local().borrow_mut().pop_front()
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let unpark = Waker::from(Arc::new(Unpark(thread::current())));
        let mut root = Root::new(unpark, &Options::default(), Spawn::here());
        self.seat.enter(|_| {
            loop {
                if let Poll::Ready(output) = root.poll(future.as_mut()) {
                    return output;
                }
                match self.next().map(Runnable::run) {
                    Some(Ran::Yielded(task)) => self.seat.local().borrow_mut().push_back(task),
                    Some(Ran::Pending | Ran::Done(_)) => {}
                    None if root.is_due() => {}
                    None => thread::park(),
                }
            }
        })
    }

    /// Every task ends: those that have not answered are dropped, and their handles say so.
    fn shut_down(self) {
        let exec = self.scheduler.exec;
        self.seat.enter(|_| {
            exec.close();
            exec.abort_all();
            while exec.counters().live > 0 {
                match self.next() {
                    Some(task) => task.cancel(),
                    None => thread::park(),
                }
            }
        });
        assert!(self.seat.retire().is_ok(), "closed and empty");
    }
}

fn main() {
    let executor = Executor::new();
    let handle = executor.spawn(async { 40 });
    let sum = executor.block_on(async { handle.await.expect("no panic") + 2 });
    println!("the task and its joiner say {sum}");

    let never = executor.spawn(std::future::pending::<()>());
    executor.shut_down();
    let executor = Executor::new();
    println!("and of the other: {}", executor.block_on(never).expect_err("it was cancelled"));
    executor.shut_down();
}
