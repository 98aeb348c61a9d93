//! `#[airmail::test(seeds = ..)]` and `start_paused`, as their users write them.

use airmail::sim::{Simulation, random};
use airmail::task::yield_now;
use airmail::time::{Duration, Instant, sleep};
use std::cell::RefCell;
use std::collections::HashSet;
use std::num::ParseIntError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[airmail::test(start_paused = true)]
async fn time_is_paused() {
    let start = Instant::now();
    sleep(Duration::from_hours(1)).await;
    assert_eq!(start.elapsed(), Duration::from_hours(1));
}

#[airmail::test(seeds = 20)]
async fn a_body_runs_in_a_simulation() {
    let start = Instant::now();
    sleep(Duration::from_hours(1)).await;
    assert_eq!(start.elapsed(), Duration::from_hours(1));
    assert!(Simulation::current().expect("inside").seed() < 20);
}

const MANY: u64 = 30;

thread_local! {
    static SEEDS: RefCell<HashSet<u64>> = RefCell::default();
}

// Each test has a thread of its own, so what it leaves there is its own.
#[airmail::test(seeds = MANY, sim = |sim| sim.check_every(0).first_seed(100))]
async fn every_seed_is_run() {
    let seed = Simulation::current().expect("inside").seed();
    let runs = SEEDS.with_borrow_mut(|seeds| {
        assert!(seeds.insert(seed), "{seed} for the second time");
        seeds.len() as u64
    });
    assert_eq!(seed, 99 + runs);
}

#[airmail::test(seeds = 50, faults = Faults::legal().drop_tasks(30), strategy = Strategy::Pct { depth: 3 })]
async fn faults_and_strategy_are_taken() {
    let tasks: Vec<_> = (0..3).map(|n| airmail::spawn(async move { (yield_now().await, n).1 })).collect();
    for (n, task) in tasks.into_iter().enumerate() {
        match task.await {
            Ok(answer) => assert_eq!(answer, n),
            Err(error) => assert!(error.is_cancelled(), "{error}"),
        }
    }
}

#[airmail::test(seeds = 5)]
async fn a_result_may_be_returned() -> Result<(), ParseIntError> {
    let number: u64 = random().to_string().parse()?;
    let _ = number;
    Ok(())
}

#[airmail::test(seeds = 2000, sim = |sim| sim.keep_in(None))]
#[should_panic = "AIRMAIL_SEED="]
async fn a_failure_says_how_to_repeat_it() {
    static WRONG: AtomicU64 = AtomicU64::new(0);
    // A seed that starts with two others finishing in the wrong order.
    let one = airmail::spawn(async { WRONG.store(1, Relaxed) });
    let other = airmail::spawn(async { WRONG.store(2, Relaxed) });
    let _ = (one.await, other.await);
    assert_eq!(WRONG.load(Relaxed), 2, "the order of two tasks");
}
