//! Jobs, threads that come and go, and the end of a pool.
//!
//! A job that nobody takes, or a thread that nobody wakes, is a deadlock here, which loom reports.

use super::harness::{Model, Seen};
use crate::crew::{Crew, Member, Number, Submitted, Wait};
use crate::sync::time_passes;
use loom::sync::{Condvar, Mutex};
use loom::thread::{self, JoinHandle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Ran(Number),
    Cancelled,
    Failed,
}

/// A pool of loom's threads, and a record of its jobs, which are numbers.
struct Pool {
    crew: Crew<usize, JoinHandle<()>>,
    fates: Mutex<Vec<(usize, Fate)>>,
    decided: Condvar,
    starts: AtomicUsize,
    refuse: fn(usize) -> bool,
    at_work: AtomicUsize,
    most_at_work: AtomicUsize,
    over: AtomicBool,
}

/// This job shuts the pool down.
const SHUTDOWN: usize = 9;

impl Pool {
    fn new(max_threads: usize) -> Arc<Pool> {
        Pool::refusing(max_threads, |_| false)
    }

    /// A pool whose n-th start of a thread fails if `refuse` says so.
    fn refusing(max_threads: usize, refuse: fn(usize) -> bool) -> Arc<Pool> {
        Arc::new(Pool {
            crew: Crew::new(max_threads, Duration::from_secs(1)),
            fates: Mutex::new(Vec::new()),
            decided: Condvar::new(),
            starts: AtomicUsize::new(0),
            refuse,
            at_work: AtomicUsize::new(0),
            most_at_work: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        })
    }

    /// As the runtime's pool.
    fn submit(self: &Arc<Pool>, job: usize) {
        match self.crew.submit(job) {
            Submitted::Left => {}
            Submitted::Closed(job) => self.decide(job, Fate::Cancelled),
            Submitted::Start(number) => {
                let start = self.starts.fetch_add(1, Relaxed) + 1;
                if (self.refuse)(start) {
                    let left_over = self.crew.not_started(number);
                    left_over.into_iter().for_each(|job| self.decide(job, Fate::Failed));
                } else {
                    let pool = Arc::clone(self);
                    self.crew.started(number, thread::spawn(move || pool.work(number)));
                }
            }
        }
    }

    fn work(&self, number: Number) {
        let mut member = Member::new(number);
        while let Some(job) = self.crew.next(&mut member) {
            let at_work = self.at_work.fetch_add(1, Relaxed) + 1;
            self.most_at_work.fetch_max(at_work, Relaxed);
            assert!(!self.over.load(Relaxed), "a pool that was shut down runs nothing");
            if job == SHUTDOWN {
                self.shutdown(Some(number));
            }
            self.decide(job, Fate::Ran(number));
            self.at_work.fetch_sub(1, Relaxed);
        }
        self.crew.leave(&member);
    }

    fn shutdown(&self, own: Option<Number>) {
        self.crew.close().into_iter().for_each(|job| self.decide(job, Fate::Cancelled));
        assert_eq!(self.crew.wait(own, Wait::Forever), 0, "all were waited for");
        self.crew.ended().into_iter().for_each(|thread| thread.join().unwrap());
        self.over.store(own.is_none(), Relaxed);
    }

    fn decide(&self, job: usize, fate: Fate) {
        self.fates.lock().unwrap().push((job, fate));
        self.decided.notify_all();
    }

    fn wait_for(&self, jobs: usize) {
        let mut fates = self.fates.lock().unwrap();
        while fates.len() < jobs {
            fates = self.decided.wait(fates).unwrap();
        }
    }

    fn submit_elsewhere(self: &Arc<Pool>, job: usize) -> JoinHandle<()> {
        let pool = Arc::clone(self);
        thread::spawn(move || pool.submit(job))
    }

    /// Shuts down, and gives the fate of each of the jobs from 0.
    fn end<const N: usize>(&self) -> [Fate; N] {
        self.shutdown(None);
        assert!(self.crew.is_empty(), "nothing is left of a pool that was shut down");
        let mut fates = self.fates.lock().unwrap().clone();
        fates.sort_unstable_by_key(|(job, _)| *job);
        assert!(fates.iter().map(|(job, _)| *job).eq(0..N), "each job has one fate: {fates:?}");
        std::array::from_fn(|job| fates[job].1)
    }
}

fn ran(fate: Fate) -> bool {
    matches!(fate, Fate::Ran(_))
}

/// More jobs than threads may be: the queue drains, and never more run at once.
#[test]
fn cap_reached_and_queue_drains() {
    Model { bound: Some(2), floor: 1_000, outcomes: &["one at a time", "two at once"] }.check(|seen| {
        let pool = Pool::new(2);
        (0..3).for_each(|job| pool.submit(job));
        pool.wait_for(3);
        assert!(pool.end::<3>().into_iter().all(ran), "a job that was taken is run");
        let most = pool.most_at_work.load(Relaxed);
        assert!(most <= 2, "no more threads than allowed: {most}");
        seen.either(most == 1, "one at a time", "two at once");
    });
}

/// The time of an idle thread is up as a job arrives: somebody runs it. (tokio #8056 did not.)
#[test]
fn idle_thread_times_out_as_a_job_arrives() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["the same thread", "a new thread"] }.check(|seen| {
        let pool = Pool::new(2);
        pool.submit(0);
        pool.wait_for(1);
        let time = thread::spawn(time_passes);
        pool.submit(1);
        pool.wait_for(2);
        time.join().unwrap();
        let [first, second] = pool.end();
        assert!(ran(first) && ran(second));
        seen.either(first == second, "the same thread", "a new thread");
    });
}

/// Two threads become idle, and the time of one is up as two jobs arrive.
#[test]
fn one_of_two_idle_threads_times_out() {
    Model { bound: Some(2), floor: 1_000, outcomes: &["threads as before", "a new thread"] }.check(|seen| {
        let pool = Pool::new(2);
        (0..2).for_each(|job| pool.submit(job));
        pool.wait_for(2);
        let before = pool.starts.load(Relaxed);
        time_passes();
        (2..4).for_each(|job| pool.submit(job));
        pool.wait_for(4);
        assert!(pool.end::<4>().into_iter().all(ran));
        seen.either(pool.starts.load(Relaxed) == before, "threads as before", "a new thread");
    });
}

/// A job is submitted as the pool is shut down: it is run or cancelled, and no thread is left.
#[test]
fn shutdown_vs_job() {
    Model { bound: None, floor: 100, outcomes: &["run", "cancelled"] }.check(|seen| {
        let pool = Pool::new(1);
        let submitting = pool.submit_elsewhere(0);
        pool.shutdown(None);
        submitting.join().unwrap();
        let [fate] = pool.end();
        assert_ne!(fate, Fate::Failed);
        seen.either(ran(fate), "run", "cancelled");
    });
}

/// The pool is shut down as one job runs and another waits for its thread.
#[test]
fn shutdown_vs_queued_job() {
    const OUTCOMES: [&str; 3] = ["both run", "the second cancelled", "both cancelled"];
    Model { bound: None, floor: 500, outcomes: &OUTCOMES }.check(|seen| {
        let pool = Pool::new(1);
        (0..2).for_each(|job| pool.submit(job));
        let fates: [Fate; 2] = pool.end();
        seen.note(match fates.map(ran) {
            [true, true] => OUTCOMES[0],
            [true, false] => OUTCOMES[1],
            [false, false] => OUTCOMES[2],
            [false, true] => "the second overtook the first",
        });
    });
}

/// The time of an idle thread is up as the pool is shut down.
#[test]
fn shutdown_vs_timeout() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["gone before", "there until told"] }.check(|seen| {
        let pool = Pool::new(1);
        pool.submit(0);
        pool.wait_for(1);
        let time = thread::spawn(time_passes);
        let (threads, idle) = pool.crew.threads();
        assert!(idle <= threads && threads <= 1, "{idle} of {threads} threads are idle");
        seen.either(threads == 0, "gone before", "there until told");
        let [fate] = pool.end();
        assert!(ran(fate));
        time.join().unwrap();
    });
}

/// Two submitters and one idle thread: it does both, or another is started.
#[test]
fn two_submitters_and_one_idle_thread() {
    Model { bound: Some(2), floor: 1_000, outcomes: &["one thread", "two threads"] }.check(|seen| {
        let pool = Pool::new(2);
        pool.submit(0);
        pool.wait_for(1);
        let submitting = pool.submit_elsewhere(1);
        pool.submit(2);
        pool.wait_for(3);
        submitting.join().unwrap();
        let [_, second, third]: [Fate; 3] = pool.end();
        assert!(ran(second) && ran(third));
        seen.either(pool.starts.load(Relaxed) == 1, "one thread", "two threads");
    });
}

/// Two submitters and no thread yet, of which there may be one: the second relies on the first's.
#[test]
fn two_submitters_and_one_thread_to_come() {
    Model { bound: Some(3), floor: 500, outcomes: &["the first one first", "the other one first"] }.check(
        |seen| {
            let pool = Pool::new(1);
            let submitting = pool.submit_elsewhere(0);
            pool.submit(1);
            pool.wait_for(2);
            submitting.join().unwrap();
            let order: Vec<usize> = pool.fates.lock().unwrap().iter().map(|(job, _)| *job).collect();
            let [first, second] = pool.end();
            assert!(ran(first) && first == second, "one thread");
            assert_eq!(pool.starts.load(Relaxed), 1);
            seen.either(order == [0, 1], "the first one first", "the other one first");
        },
    );
}

/// The second thread cannot be started: what it was for waits for the first. (tokio #4398.)
#[test]
fn start_fails_with_one_alive() {
    Model { bound: None, floor: 500, outcomes: &["the start failed", "no start was needed"] }.check(|seen| {
        let pool = Pool::refusing(2, |start| start == 2);
        (0..2).for_each(|job| pool.submit(job));
        pool.wait_for(2);
        let [first, second] = pool.end();
        assert!(ran(first) && first == second, "it stays queued");
        seen.either(pool.starts.load(Relaxed) == 2, "the start failed", "no start was needed");
    });
}

/// As a thread cannot be started, the time of the only other one is up: the job is run or fails.
#[test]
fn start_fails_vs_timeout() {
    Model { bound: Some(3), floor: 1_000, outcomes: &["run", "failed"] }.check(|seen| {
        let pool = Pool::refusing(2, |start| start > 1);
        pool.submit(0);
        pool.wait_for(1);
        let time = thread::spawn(time_passes);
        pool.submit(1);
        pool.wait_for(2);
        time.join().unwrap();
        let [first, second] = pool.end();
        assert!(ran(first) && second != Fate::Cancelled);
        seen.either(ran(second), "run", "failed");
    });
}

/// No thread can be started, and one submitter relies on the other's: both jobs fail.
#[test]
fn no_start_succeeds() {
    Model { bound: None, floor: 50, outcomes: &["one start", "two starts"] }.check(|seen| {
        let pool = Pool::refusing(1, |_| true);
        let submitting = pool.submit_elsewhere(0);
        pool.submit(1);
        pool.wait_for(2);
        submitting.join().unwrap();
        assert_eq!(pool.end(), [Fate::Failed; 2]);
        seen.either(pool.starts.load(Relaxed) == 1, "one start", "two starts");
    });
}

/// A job shuts its pool down, while another one runs or waits.
#[test]
fn shutdown_from_inside() {
    let record = |seen: &Seen, fate| seen.either(ran(fate), "the other was run", "the other was cancelled");
    let outcomes = &["the other was run", "the other was cancelled"];
    Model { bound: Some(2), floor: 500, outcomes }.check(move |seen| {
        let pool = Pool::new(2);
        pool.submit(SHUTDOWN);
        pool.submit(0);
        pool.wait_for(2);
        pool.shutdown(None);
        assert!(pool.crew.is_empty(), "nothing is left of a pool that was shut down");
        let fates = pool.fates.lock().unwrap().clone();
        let fate = |job| fates.iter().find(|(other, _)| *other == job).expect("decided").1;
        assert!(ran(fate(SHUTDOWN)));
        record(seen, fate(0));
    });
}
