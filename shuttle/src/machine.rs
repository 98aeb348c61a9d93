//! The runtime of a scenario: what `airmail/src/runtime/multi_thread.rs` is, with threads of shuttle's.

use crate::company::Company;
use crate::driver::{Driver, Parker, ThreadDriver};
use crate::ledger::Ledger;
use crate::multi::scheduler::Scheduler;
use crate::multi::worker::Worker;
use crate::sync::thread::{self, JoinHandle as Thread};
use crate::sync::{self, Arc, Duration, Instant, lock};
use crate::timers::{Deadline, Entry, Timers, nanos};
use crate::{AbortHandle, Counters, JoinHandle, Options, Refused, Root, Spawn, dead_letter};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// After how many polls a worker asks the driver.
const EVENT_INTERVAL: u32 = 5;

/// A runtime under test, to be cloned into its tasks.
#[derive(Clone)]
pub(crate) struct Machine {
    pub(crate) scheduler: Arc<Scheduler>,
    threads: Arc<sync::Mutex<Vec<Thread<()>>>>,
    ledger: Ledger,
}

impl Machine {
    /// With so many workers, and the default driver.
    pub(crate) fn start(workers: usize) -> Machine {
        let driver: Box<dyn Driver> = Box::new(ThreadDriver::new());
        let company = Company { timers: Arc::new(Timers::real(workers)), ..Company::default() };
        let (scheduler, seats) = Scheduler::new(workers, Options::default(), driver, EVENT_INTERVAL, company);
        let threads = Arc::new(sync::Mutex::new(Vec::new()));
        let of_spares = Arc::clone(&threads);
        scheduler.start_spares_with(Box::new(move |worker| {
            let thread = thread::spawn(move || worker.run_as_spare());
            lock(&of_spares).push(thread);
            Ok(())
        }));
        for seat in seats {
            let worker = Worker::new(Arc::clone(&scheduler), seat);
            let thread = thread::spawn(move || worker.run());
            lock(&threads).push(thread);
        }
        Machine { scheduler, threads, ledger: Ledger::default() }
    }

    /// Spawns from wherever this is.
    pub(crate) fn spawn<F>(&self, future: F) -> Letter<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (number, future) = self.ledger.enter(future);
        let spawn = Spawn::here();
        let handle = self.scheduler.spawn(future, spawn);
        let handle = handle.unwrap_or_else(|Refused(future)| dead_letter(future, spawn));
        Letter { handle: Some(handle), number, ledger: self.ledger.clone() }
    }

    /// Spawns many at once.
    pub(crate) fn spawn_many<F>(&self, futures: Vec<F>) -> Vec<Letter<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (numbers, futures): (Vec<_>, Vec<_>) =
            futures.into_iter().map(|future| self.ledger.enter(future)).unzip();
        let handles = self.scheduler.spawn_many(futures, Spawn::here());
        let letter = |(number, handle)| Letter { handle: Some(handle), number, ledger: self.ledger.clone() };
        numbers.into_iter().zip(handles).map(letter).collect()
    }

    /// Runs a future on this thread, as `Runtime::block_on` does.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.scheduler.block_in_place(|| {
            let parker = Parker::new();
            let mut root =
                Root::new(Waker::from(Arc::clone(&parker)), &self.scheduler.options, Spawn::here());
            let mut future = pin!(future);
            loop {
                if let Poll::Ready(output) = root.poll(future.as_mut()) {
                    return output;
                }
                while !root.is_due() {
                    parker.park(None);
                }
            }
        })
    }

    /// Waits for a task's answer.
    pub(crate) fn join<T: Send + 'static>(&self, letter: Letter<T>) -> Option<T> {
        self.block_on(letter)
    }

    /// Waits for a time of the clock.
    pub(crate) fn sleep(&self, time: Duration) -> Sleep {
        Sleep { machine: self.clone(), until: Instant::now() + time, entry: Box::pin(Entry::new()) }
    }

    /// Ends the runtime, waits for it, and looks whether anything is left. All clones but this are gone by then, since
    /// all tasks are.
    pub(crate) fn end(self) {
        self.scheduler.close();
        self.wait_and_check();
    }

    /// As [`end`](Machine::end), when it was closed.
    pub(crate) fn wait_and_check(self) {
        assert!(self.scheduler.wait_for_end(None), "waiting without a deadline ends with the executor");
        while let Some(thread) = { lock(&self.threads).pop() } {
            thread.join().expect("a worker does not panic");
        }
        let Machine { scheduler, ledger, .. } = self;
        ledger.check();
        assert_eq!(scheduler.exec.counters(), Counters::default(), "the executor is retired");
        assert_eq!(Arc::strong_count(&scheduler), 1, "nobody keeps the scheduler");
        drop(scheduler);
        crate::pool::check_slots();
    }
}

/// A join handle whose answer is written down. It must be joined, or [given up](Letter::detach).
pub(crate) struct Letter<T> {
    handle: Option<JoinHandle<T>>,
    number: usize,
    ledger: Ledger,
}

impl<T> Letter<T> {
    pub(crate) fn abort(&self) {
        self.handle.as_ref().expect("it has not answered").abort();
    }

    pub(crate) fn abort_handle(&self) -> AbortHandle {
        self.handle.as_ref().expect("it has not answered").abort_handle()
    }

    pub(crate) fn detach(self) {
        drop(self);
    }
}

impl<T: Send + 'static> Future for Letter<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let handle = self.handle.as_mut().expect("it has not answered");
        let Poll::Ready(answer) = Pin::new(handle).poll(cx) else { return Poll::Pending };
        self.handle = None;
        let answer = match answer {
            Ok(output) => Some(output),
            Err(error) if error.is_cancelled() => None,
            Err(error) => panic!("a task of a scenario fell: {error:?}"),
        };
        self.ledger.answered(self.number, answer.is_some());
        Poll::Ready(answer)
    }
}

/// As `airmail::time::sleep`: a timer, and a word to whoever waits in the driver if it is the first.
pub(crate) struct Sleep {
    machine: Machine,
    until: Instant,
    entry: Pin<Box<Entry>>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.until <= Instant::now() {
            return Poll::Ready(());
        }
        if !self.entry.is_armed() {
            let (scheduler, deadline) = (Arc::clone(&self.machine.scheduler), Deadline::At(self.until));
            let wheel = scheduler.company.timers.wheel(scheduler.place()).expect("one for each worker");
            match wheel.arm(self.entry.as_mut(), deadline.nanos(), nanos(Instant::now()), cx.waker()) {
                Ok(true) => scheduler.tell_of_timer(deadline),
                Ok(false) => {}
                Err(_) => return Poll::Ready(()),
            }
        }
        Poll::Pending
    }
}
