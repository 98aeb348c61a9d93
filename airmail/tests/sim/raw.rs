//! A simulated runtime that is driven by hand.

use crate::common::{child, panic_of};
use crate::{says, turns};
use airmail::runtime::{Builder, LocalOptions, LocalRuntime, Runtime};
use airmail::sim::Simulation;
use airmail::task::{spawn_blocking, spawn_local, yield_now};
use airmail::time::{self, Duration, Instant, sleep};
use std::future::{pending, ready};
use std::rc::Rc;
use std::thread;

fn simulated(seed: u64) -> Runtime {
    Builder::new_simulated(seed).on_trouble(|_| {}).build().unwrap()
}

fn simulated_local(seed: u64) -> LocalRuntime {
    Builder::new_simulated(seed).on_trouble(|_| {}).build_local(LocalOptions::default()).unwrap()
}

#[test]
fn both_flavours_run_the_same_way() {
    let program = || async {
        let tasks: Vec<_> = (0..5).map(|n| airmail::spawn(turns(n))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        sleep(Duration::from_micros(1)).await;
        let run = Simulation::current().unwrap();
        (run.trace_hash(), run.polls(), run.elapsed())
    };
    for seed in 0..20 {
        let answer = simulated(seed).block_on(program());
        assert_eq!(answer, simulated(seed).block_on(program()));
        assert_eq!(answer, simulated_local(seed).block_on(program()));
    }
    assert!(Simulation::current().is_none());
}

/// The message lists who waits; the runtime goes on as if nothing had been.
#[test]
fn a_deadlock_panics_and_the_runtime_goes_on() {
    let runtime = simulated(7);
    for round in 0_u32..3 {
        let waits = airmail_task(&runtime, round);
        let text = panic_of(|| runtime.block_on(pending::<()>()));
        says(
            &text,
            &[
                "deadlock in a simulation (seed 7, after ",
                "the future of `block_on` is not done, nothing is ready",
                "\"waits\" (spawned at ",
                "raw.rs:",
                "nobody has a waker of it",
            ],
        );
        assert_eq!(text.matches("  task ").count(), 1, "{text}");
        let answer = runtime.block_on(async {
            sleep(Duration::from_secs(1)).await;
            airmail::spawn(async { 7 }).await
        });
        assert_eq!(answer.unwrap(), 7);
        waits.abort();
        assert!(runtime.block_on(waits).unwrap_err().is_cancelled());
    }
    drop(runtime);
    let text = panic_of(|| simulated_local(1).block_on(pending::<()>()));
    says(&text, &["deadlock in a simulation (seed 1, after 0 polls)", "There is no task"]);
}

fn airmail_task(runtime: &Runtime, round: u32) -> airmail::task::JoinHandle<()> {
    let _inside = runtime.enter();
    let polls = async move {
        turns(round).await;
        pending::<()>().await;
    };
    airmail::task::Builder::new().name("waits").spawn(polls).unwrap()
}

#[test]
fn several_block_ons_share_clock_and_tasks() {
    let runtime = simulated_local(3);
    let start = runtime.block_on(async { Instant::now() });
    let task = runtime.spawn_local(async {
        sleep(Duration::from_secs(5)).await;
        Rc::new(5)
    });
    runtime.block_on(async { sleep(Duration::from_secs(2)).await });
    assert_eq!(runtime.block_on(async move { start.elapsed() }), Duration::from_secs(2));
    assert!(!task.is_finished());
    assert_eq!(*runtime.block_on(task).unwrap(), 5);
    assert_eq!(runtime.block_on(async move { start.elapsed() }), Duration::from_secs(5));
    assert_eq!(runtime.block_on(ready(1)), 1);
    runtime.spawn_local(pending::<()>());
    // With a task left over.
    drop(runtime);
}

#[test]
fn time_can_be_moved_and_not_set_going() {
    let runtime = simulated(1);
    runtime.block_on(async {
        let start = Instant::now();
        let sleeps = airmail::spawn(sleep(Duration::from_secs(10)));
        yield_now().await;
        time::advance(Duration::from_secs(4)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(4));
        sleeps.await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(10));
        time::advance(Duration::ZERO).await;
        assert_eq!(Simulation::current().unwrap().elapsed(), Duration::from_secs(10));
    });
    // It stands still already, and never runs by itself.
    runtime.block_on(async { time::pause() });
    let text = panic_of(|| runtime.block_on(async { time::resume() }));
    says(&text, &["`time::resume`", "this runtime is a simulation"]);
    runtime.block_on(async { sleep(Duration::from_secs(1)).await });
}

#[test]
fn blocking_work_is_a_task() {
    let runtime = simulated(5);
    let here = thread::current().id();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..4).map(|n| spawn_blocking(move || (n, thread::current().id()))).collect();
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), (n, here));
        }
        let aborted = spawn_blocking(|| unreachable!("aborted before its poll"));
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
        let nested = spawn_blocking(|| airmail::spawn(async { 1 }));
        assert_eq!(nested.await.unwrap().await.unwrap(), 1);
    });
}

#[test]
fn local_tasks_need_a_local_runtime() {
    let here = Rc::new(1);
    let answer = simulated_local(2).block_on(async move { spawn_local(async move { *here }).await });
    assert_eq!(answer.unwrap(), 1);
    let text = panic_of(|| simulated(2).block_on(async { drop(spawn_local(async {})) }));
    says(&text, &["spawn_local"]);
}

/// Nobody else would say which run it was.
#[test]
fn a_panic_prints_the_seed() {
    let test = "raw::a_panic_prints_the_seed";
    let output = child::process(test, || {
        let runtime = Builder::new_simulated(41).build().unwrap();
        runtime.block_on(async {
            turns(2).await;
            drop(airmail::spawn(async { panic!("unseen") }));
            turns(5).await;
        });
        let outside = std::panic::catch_unwind(|| panic!("outside"));
        assert!(outside.is_err());
    });
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    says(
        &text,
        &[
            "unseen\n",
            "in a simulation with seed 41, after 1 polls\n",
            "airmail: task 1 (spawned at ",
            "panicked, and nobody awaited its handle: unseen",
        ],
    );
    let outside = text.find("outside").unwrap();
    assert!(!text[outside..].contains("seed 41"), "{text}");
}
