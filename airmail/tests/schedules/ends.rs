//! Runs come to an end, the same each time; those that cannot are told why.

use crate::ORDERS;
use airmail::sim::{Kind, Sim, Strategy};
use airmail::task::{self, JoinHandle, yield_now};
use futures::channel::oneshot;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Whoever waits for another task in a loop, with a new task in each round, is no endless run.
#[test]
fn a_loop_of_new_tasks_starves_nobody() {
    for strategy in ORDERS {
        let sim = Sim::new().seeds(300).strategy(strategy).max_polls(100_000).name("loop_of_new_tasks");
        sim.explore(|| async {
            let done = Arc::new(AtomicBool::new(false));
            let sets = Arc::clone(&done);
            let task = airmail::spawn(async move {
                yield_now().await;
                sets.store(true, Relaxed);
            });
            while !done.load(Relaxed) {
                airmail::spawn(yield_now()).await.expect("it answers");
            }
            task.await.expect("it answers");
        });
    }
}

/// A run ends the same way each time, also with tasks that are cancelled at its end.
#[test]
fn the_end_of_a_run_repeats() {
    Sim::new().leaks(true).check_every(1).seeds(100).name("end_of_a_run").explore(|| async {
        let ends = (0..3).map(|_| airmail::spawn(yield_now())).collect::<Vec<_>>();
        for _ in 0..3 {
            airmail::spawn(pending::<()>());
        }
        for task in ends {
            task.await.expect("it answers");
        }
        yield_now().await;
    });
}

/// A task that awaits what is put into its place.
fn awaits(name: &'static str) -> (JoinHandle<()>, oneshot::Sender<JoinHandle<()>>) {
    let (sender, receiver) = oneshot::channel::<JoinHandle<()>>();
    let body = async {
        let other = receiver.await.expect("it is sent");
        drop(other.await);
    };
    (task::Builder::new().name(name).spawn(body).expect("inside a runtime"), sender)
}

/// J5: tasks that await each other's ends are a deadlock in every schedule, and the report says who awaits whom.
#[test]
fn j5_a_cycle_of_joins_is_named() {
    for seed in 0..20 {
        let failure = Sim::new().first_seed(seed).seeds(1).name("cycle").try_explore(|| async {
            let ((alice, to_alice), (bob, to_bob)) = (awaits("alice"), awaits("bob"));
            let witness = bob.id();
            assert_ne!(alice.id(), witness);
            to_alice.send(bob).expect("it waits");
            to_bob.send(alice).expect("it waits");
            pending::<()>().await;
        });
        let failure = failure.expect_err("nobody can go on");
        assert_eq!(failure.kind(), Kind::Deadlock, "{failure}");
        let text = failure.to_string();
        for (one, other) in [("2 \"alice\"", "3 \"bob\""), ("3 \"bob\"", "2 \"alice\"")] {
            let line = text.lines().find(|line| line.trim_start().starts_with(&format!("task {one}")));
            let line = line.unwrap_or_else(|| panic!("task {one}: {text}"));
            assert!(line.contains("ends.rs:"), "where it was spawned: {line}");
            assert!(line.ends_with(&format!("awaits the end of task {other}")), "{line}");
        }
    }
}

/// J5: so is a task that awaits itself.
#[test]
fn j5_a_task_that_joins_itself_is_named() {
    let failure = Sim::new().seeds(5).name("itself").try_explore(|| async {
        let (alone, to_itself) = awaits("alone");
        to_itself.send(alone).expect("it waits");
        pending::<()>().await;
    });
    let text = failure.expect_err("nobody can go on").to_string();
    let line = text.lines().find(|line| line.contains("task 2 \"alone\" (spawned")).expect("it is named");
    assert!(line.ends_with("awaits the end of task 2 \"alone\""), "{text}");
}

/// A run that fails only by many decisions is named by its seed: nobody types them all.
#[test]
fn a_run_that_needs_many_decisions_has_a_short_name() {
    let sim = Sim::new().strategy(Strategy::Random).first_seed(41).seeds(1).check_every(0);
    let failure = sim.try_explore(|| async {
        let (last, again) = (Arc::new(AtomicUsize::new(9)), Arc::new(AtomicUsize::new(0)));
        let tasks = [0, 1].map(|own| {
            let (last, again) = (Arc::clone(&last), Arc::clone(&again));
            airmail::spawn(async move {
                for _ in 0..600 {
                    // First in, first out, they alternate: each time costs a decision.
                    if last.swap(own, Relaxed) == own {
                        again.fetch_add(1, Relaxed);
                    }
                    yield_now().await;
                }
            })
        });
        for task in tasks {
            task.await.expect("no panic");
        }
        assert!(again.load(Relaxed) < 550);
    });
    let failure = failure.expect_err("about 600 times");
    assert_eq!(failure.replay().to_string(), failure.seed().to_string());
}
