//! The same with workers: 1, 2 and 8.

use crate::crowd::{Crowd, Tally};
use crate::gate::{Chance, Gate, Life, Living, Yields, size};
use crate::{spawn_some, watchdog};
use airmail::runtime::{Builder, Runtime};
use airmail::task::{self, JoinHandle};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Barrier};
use std::thread;

/// With a hook that hears nothing: no task here panics, or waits where nobody can wake it.
fn runtime(workers: usize) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).on_trouble(|report| {
        eprintln!("a trouble where there should be none: {report}");
        std::process::abort();
    });
    builder.build().expect("valid")
}

/// Threads spawn, wake, abort, join and drop handles at random.
#[test]
fn threads_at_workers() {
    const THREADS: usize = 4;
    for workers in [1, 2, 8] {
        let _watchdog = watchdog(&format!("threads_at_workers, {workers} workers"));
        let (runtime, living, steps) = (runtime(workers), Living::default(), 5_000 * size());
        let crowd: Vec<_> = (0..THREADS)
            .map(|number| {
                let mut crowd = Crowd::new(number, runtime.handle().clone(), living.clone());
                thread::spawn(move || {
                    crowd.act(steps);
                    crowd.finish()
                })
            })
            .collect();
        let tally =
            crowd.into_iter().map(|thread| thread.join().expect("no assertion failed")).sum::<Tally>();
        tally.check(THREADS * steps);
        drop(runtime);
        assert_eq!(living.count(), 0, "futures and outputs that nobody dropped");
    }
}

/// A task that does to its children whatever can be done to tasks, by chance; so do they. How many answered.
fn family(
    seed: usize,
    depth: usize,
    life: Life,
    living: Living,
) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move {
        let _life = life;
        let mut chance = Chance::new(seed as u64 + 1);
        let mut children: Vec<(JoinHandle<usize>, Arc<Gate>)> = Vec::new();
        let mut answered = 1;
        for number in 0..if depth == 0 { 0 } else { 6 } {
            let (gate, life, living) = (Arc::<Gate>::default(), living.one(), living.clone());
            let (wait, seed) = (gate.wait(), seed * 7 + number);
            let child = airmail::spawn(async move {
                if !seed.is_multiple_of(3) {
                    wait.await;
                }
                family(seed, depth - 1, life, living).await
            });
            children.push((child, gate));
            match chance.below(5) {
                0 => task::yield_now().await,
                1 => children[chance.below(number + 1)].0.abort(),
                2 => children[chance.below(number + 1)].1.open(),
                _ => {}
            }
        }
        for (child, gate) in children {
            match chance.below(8) {
                // Detached, and it may wait for ever.
                0 => {}
                // Joined by another task.
                1 => {
                    gate.open();
                    // Cancelled, if the runtime goes meanwhile.
                    answered += airmail::spawn(child).await.map_or(0, |answers| answers.unwrap_or(0));
                }
                2 => {
                    child.abort();
                    answered += child.await.unwrap_or(0);
                }
                3 => {
                    gate.open();
                    answered += task::block_in_place(|| 0) + child.await.unwrap_or(0);
                }
                _ => {
                    gate.open();
                    match child.await {
                        Ok(answers) => answered += answers,
                        Err(error) => assert!(error.is_cancelled(), "{error}"),
                    }
                }
            }
        }
        answered
    })
}

/// Tasks spawn, wake, abort, join and drop the handles of others at random, on all workers.
#[test]
fn families_on_workers() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog(&format!("families_on_workers, {workers} workers"));
        let living = Living::default();
        let mut answered = 0;
        for round in 0..10 * size() {
            let runtime = runtime(workers);
            let families: Vec<_> = (0..10)
                .map(|number| runtime.spawn(family(round * 10 + number, 3, living.one(), living.clone())))
                .collect();
            for family in families {
                answered += runtime.block_on(family).expect("nobody aborts it");
            }
            drop(runtime);
            assert_eq!(living.count(), 0, "round {round}");
        }
        println!("families on {workers} workers: {answered} tasks answered");
    }
}

/// A runtime goes while threads spawn onto it and its tasks wake each other: every handle says what became of its task.
#[test]
fn workers_dropped_while_threads_spawn() {
    const THREADS: usize = 3;
    let (mut done, mut cancelled) = (0, 0);
    for workers in [1, 2, 8] {
        let _watchdog = watchdog(&format!("workers_dropped_while_threads_spawn, {workers} workers"));
        let living = Living::default();
        for round in 0..150 * size() {
            let runtime = runtime(workers);
            let start = Arc::new(Barrier::new(THREADS + 1));
            let threads: Vec<_> = (0..THREADS)
                .map(|number| {
                    let (handle, lives) = (runtime.handle().clone(), living.clone());
                    let start = Arc::clone(&start);
                    thread::spawn(move || spawn_some(&handle, &lives, &start, number))
                })
                .collect();
            drop(runtime.spawn(family(round, 2, living.one(), living.clone())));
            start.wait();
            runtime.block_on(Yields(u32::try_from(round % 64).expect("below 64")));
            match round % 3 {
                0 => drop(runtime),
                1 => runtime.shutdown_background(),
                _ => drop(runtime.handle().clone().spawn(async move { drop(runtime) })),
            }
            for thread in threads {
                let (ends, handle) = thread.join().expect("no assertion failed");
                handle.block_on(async {
                    for end in ends {
                        match end.await {
                            Ok(_life) => done += 1,
                            Err(error) if error.is_cancelled() => cancelled += 1,
                            Err(error) => panic!("{error}"),
                        }
                    }
                });
            }
            // In the background, some worker may be at it still.
            while living.count() > 0 {
                thread::yield_now();
            }
        }
    }
    println!("workers dropped while threads spawn: {done} done, {cancelled} cancelled");
    assert!(done > 0 && cancelled > 0, "both ends of the race: {done} done, {cancelled} cancelled");
}
