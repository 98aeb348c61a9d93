//! Simulations beside, around and inside of other runtimes.

use crate::common::panic_of;
use crate::{failure, says, turns};
use airmail::runtime::{Builder, Handle};
use airmail::sim::{Faults, Kind, Sim, Simulation, random};
use airmail::task::{LocalSet, yield_now};
use airmail::time::{Duration, Instant, sleep};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

/// Its tasks keep their own order, its wake-ups and the clock are simulated.
#[test]
fn a_local_set_inside() {
    Sim::new().seeds(100).faults(Faults::legal()).check_every(1).explore(|| async {
        let set = LocalSet::new();
        let here = Rc::new(1);
        let answer = set
            .run_until(async move {
                let start = Instant::now();
                let one = airmail::task::spawn_local(async move { *here });
                let two = airmail::task::spawn_local(async {
                    sleep(Duration::from_millis(5)).await;
                    airmail::spawn(turns(2)).await.unwrap();
                    2
                });
                let sum = one.await.unwrap() + two.await.unwrap();
                assert!(start.elapsed() >= Duration::from_millis(5));
                sum
            })
            .await;
        assert_eq!(answer, 3);
    });
}

/// An ordinary runtime inside has its own tasks, its own clock, and is no part of the run.
#[test]
fn an_ordinary_runtime_inside() {
    Sim::new().seeds(30).check_every(1).explore(|| async {
        let (give, take) = futures::channel::oneshot::channel();
        let waits = airmail::spawn(take);
        yield_now().await;
        let seed = Simulation::current().unwrap().seed();
        let runtime = Builder::new_current_thread().build().unwrap();
        let sum = runtime.block_on(async move {
            assert!(Simulation::current().is_none());
            let one = airmail::spawn(async { 1 });
            // From one world into the other.
            airmail::spawn(async move { give.send(2).unwrap() }).await.unwrap();
            one.await.unwrap() + 2
        });
        assert_eq!(sum, 3);
        assert_eq!(Simulation::current().unwrap().seed(), seed);
        assert_eq!(waits.await.unwrap(), Ok(2));
    });
}

#[test]
fn a_simulation_inside_an_ordinary_runtime() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let answer = runtime.block_on(async {
        airmail::spawn(async {
            let explored = Sim::new().seeds(50).explore(|| async {
                airmail::spawn(turns(2)).await.unwrap();
                sleep(Duration::from_secs(1)).await;
            });
            assert!(Simulation::current().is_none());
            yield_now().await;
            explored.schedules()
        })
        .await
    });
    assert_eq!(answer.unwrap(), 50);
}

#[test]
fn a_simulation_inside_a_simulation() {
    let outer = || async {
        let before = airmail::task::id();
        let mut explored = Sim::new().seeds(5).check_every(1).explore(|| async {
            airmail::spawn(turns(2)).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        });
        let inner = failure(&Sim::new().first_seed(random() % 100).faults(Faults::legal()), || async {
            turns(1).await;
            airmail::spawn(std::future::pending::<()>()).await.unwrap();
        });
        assert_eq!(inner.kind(), Kind::Deadlock);
        assert_eq!(airmail::task::id(), before);
        assert_eq!(Simulation::current().unwrap().elapsed(), Duration::ZERO);
        explored = Sim::new().seeds(explored.schedules()).explore(|| async { yield_now().await });
        airmail::spawn(turns(explored.schedules() as u32)).await.unwrap();
    };
    Sim::new().seeds(10).check_every(1).explore(outer);
    // The outer one tells the inner one's failure as its own.
    let found = failure(&Sim::new(), || async {
        Sim::new()
            .name("inner")
            .explore(|| async { assert!(airmail::spawn(turns(1)).await.is_err(), "inside") });
    });
    says(&found.to_string(), &["the body panicked at", "inner fails with seed 0", "inside"]);
}

#[test]
fn several_threads_simulate_at_once() {
    let explore = || {
        Sim::new().seeds(100).faults(Faults::legal()).check_every(10).explore(|| async {
            let tasks: Vec<_> = (0..4).map(|n| airmail::spawn(turns(n))).collect();
            for task in tasks {
                task.await.unwrap();
            }
            sleep(Duration::from_millis(random() % 9)).await;
        })
    };
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(move || explore().hash())).collect();
    let hashes: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(hashes.iter().all(|hash| *hash == explore().hash()));
}

/// A handle of a run's runtime that outlives it finds nothing.
#[test]
fn a_runtime_that_is_gone() {
    let (tell, told) = mpsc::channel();
    Sim::new().seeds(1).check_every(0).explore(|| {
        let tell = tell.clone();
        async move { tell.send(airmail::runtime::Handle::current()).unwrap() }
    });
    let handle = told.recv().unwrap();
    assert_eq!(handle.tasks().len(), 0);
    let late = handle.spawn(async { 1 });
    assert!(futures::executor::block_on(late).unwrap_err().is_cancelled());
    let text = panic_of(|| {
        Sim::new().seeds(1).explore(|| {
            let handle = handle.clone();
            async move { handle.spawn(async { 1 }).await.map(drop) }
        })
    });
    says(&text, &["error: the body fails", "was cancelled"]);
}

/// What would block the one thread for ever is refused, in place of a test that hangs.
#[test]
fn a_handles_block_on_does_not_hang() {
    let on_handle = || async {
        let waits = || Handle::current().block_on(airmail::spawn(async { 5 })).unwrap();
        assert_eq!(airmail::task::spawn_blocking(waits).await.unwrap(), 5);
    };
    let text = failure(&Sim::new().seeds(5), on_handle).to_string();
    says(
        &text,
        &[
            "`Handle::block_on` in a simulation would wait for ever",
            "Await the future in a task",
            "worlds.rs:",
        ],
    );
    // One that wakes itself waits for nobody.
    Sim::new().seeds(5).explore(|| async { Handle::current().block_on(turns(3)) });
}
