//! Many threads at one runtime, without workers and with. How much: `AIRMAIL_STRESS`, a factor, 1 by default.
//!
//! Nothing here is ordered by time. A test that hangs is ended, with its name, by its [`Watchdog`].

#[path = "stress/crowd.rs"]
mod crowd;
#[path = "stress/gate.rs"]
mod gate;
#[path = "stress/watchdog.rs"]
mod watchdog;
#[path = "stress/workers.rs"]
mod workers;

use airmail::runtime::{Builder, LocalOptions, LocalRuntime, Runtime};
use airmail::task::{AbortHandle, JoinHandle};
use crowd::{Crowd, Tally};
use gate::{Gate, Life, Living, Yields, lock, size};
use std::rc::Rc;
use std::sync as locks;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;
use watchdog::Watchdog;

fn watchdog(test: &str) -> Watchdog {
    Watchdog::new(test, Duration::from_secs(120 * size() as u64))
}

/// With a hook that hears nothing: no task here panics, or waits where nobody can wake it.
fn builder() -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.on_trouble(|report| {
        eprintln!("a trouble where there should be none: {report}");
        std::process::abort();
    });
    builder
}

fn runtime() -> Runtime {
    builder().build().expect("the defaults make sense")
}

fn local_runtime() -> LocalRuntime {
    builder().build_local(LocalOptions::default()).expect("the defaults make sense")
}

/// Threads spawn, wake, abort, join and drop handles at random, while `drivers` threads are in `block_on`.
fn crowd_at_a_runtime(drivers: usize, threads: usize, steps: usize) {
    let runtime = Arc::new(runtime());
    let living = Living::default();
    let over = Arc::new(Gate::default());
    let driving: Vec<_> = (0..drivers)
        .map(|_| {
            let (runtime, over) = (Arc::clone(&runtime), Arc::clone(&over));
            thread::spawn(move || runtime.block_on(over.wait()))
        })
        .collect();
    let crowd: Vec<_> = (0..threads)
        .map(|number| {
            let mut crowd = Crowd::new(number, runtime.handle().clone(), living.clone());
            thread::spawn(move || {
                crowd.act(steps);
                crowd.finish()
            })
        })
        .collect();
    let tally = crowd.into_iter().map(|thread| thread.join().expect("no assertion failed")).sum::<Tally>();
    tally.check(threads * steps);
    over.open();
    driving.into_iter().for_each(|thread| thread.join().expect("no assertion failed"));
    // What was detached may still wait; everything else has ended.
    runtime.block_on(Yields(1));
    drop(runtime);
    assert_eq!(living.count(), 0, "futures and outputs that nobody dropped");
}

#[test]
fn one_driver() {
    let _watchdog = watchdog("one_driver");
    crowd_at_a_runtime(1, 4, 10_000 * size());
}

#[test]
fn two_drivers() {
    let _watchdog = watchdog("two_drivers");
    crowd_at_a_runtime(2, 4, 10_000 * size());
}

#[test]
fn three_drivers_and_twelve_threads() {
    let _watchdog = watchdog("three_drivers_and_twelve_threads");
    crowd_at_a_runtime(3, 12, 2_500 * size());
}

/// A task that is `!Send`, waits at a gate, and must be polled and dropped where it was made.
async fn stays(here: Rc<thread::ThreadId>, gate: Arc<Gate>, life: Life) -> (Rc<thread::ThreadId>, Life) {
    gate.wait().await;
    Yields(2).await;
    assert_eq!(*here, thread::current().id());
    (here, life)
}

#[test]
fn a_local_runtime_woken_from_outside() {
    let _watchdog = watchdog("a_local_runtime_woken_from_outside");
    let living = Living::default();
    let here = Rc::new(thread::current().id());
    for _ in 0..200 * size() {
        let runtime = local_runtime();
        let gates: Vec<_> = (0..60).map(|_| Arc::new(Gate::default())).collect();
        let tasks = gates.iter().map(|gate| stays(Rc::clone(&here), Arc::clone(gate), living.one()));
        let handles: Vec<_> = tasks.map(|task| runtime.spawn_local(task)).collect();
        let aborts: Vec<_> = handles.iter().step_by(3).map(JoinHandle::abort_handle).collect();
        let outside: Vec<_> = gates.chunks(20).map(<[_]>::to_vec).collect();
        let mut threads: Vec<_> =
            outside.into_iter().map(|g| thread::spawn(move || g.iter().for_each(|g| g.open()))).collect();
        threads.push(thread::spawn(move || aborts.iter().for_each(AbortHandle::abort)));
        let finished = runtime.block_on(async {
            let mut finished = 0;
            for (number, handle) in handles.into_iter().enumerate() {
                match handle.await {
                    Ok(_) => finished += 1,
                    Err(error) => assert!(error.is_cancelled() && number % 3 == 0, "{number}: {error}"),
                }
            }
            finished
        });
        assert!((40..=60).contains(&finished), "{finished} of 60 finished; 40 are never aborted");
        threads.into_iter().for_each(|thread| thread.join().expect("no assertion failed"));
        assert_eq!(runtime.handle().metrics().num_alive_tasks(), 0);
        drop(runtime);
        assert_eq!((living.count(), Rc::strong_count(&here)), (0, 1));
    }
}

/// The local runtime goes while its tasks are woken and `Send` tasks are spawned from outside.
#[test]
fn a_local_runtime_dropped_under_foreign_wakes() {
    let _watchdog = watchdog("a_local_runtime_dropped_under_foreign_wakes");
    let living = Living::default();
    for _ in 0..300 * size() {
        let runtime = local_runtime();
        let here = Rc::new(thread::current().id());
        let gates: Vec<_> = (0..30).map(|_| Arc::new(Gate::default())).collect();
        let handles: Vec<_> = gates
            .iter()
            .map(|gate| runtime.spawn_local(stays(Rc::clone(&here), Arc::clone(gate), living.one())))
            .collect();
        runtime.block_on(Yields(10));
        let (handle, lives) = (runtime.handle().clone(), living.clone());
        let start = Arc::new(Barrier::new(2));
        let theirs = Arc::clone(&start);
        let outside = thread::spawn(move || {
            theirs.wait();
            let spawn = |gate: &Arc<Gate>| {
                gate.open();
                let life = lives.one();
                handle.spawn(async move { drop(life) })
            };
            gates.iter().map(spawn).collect::<Vec<_>>()
        });
        start.wait();
        drop(runtime);
        let theirs = outside.join().expect("no assertion failed");
        // No runtime is needed to learn what became of them.
        let other = self::runtime();
        other.block_on(async {
            for handle in theirs {
                assert!(handle.await.is_err_and(|error| error.is_cancelled()), "nobody could run it");
            }
            for handle in handles {
                let outcome = handle.await;
                assert!(outcome.is_err_and(|error| error.is_cancelled()), "nobody polled it to the end");
            }
        });
        assert_eq!((living.count(), Rc::strong_count(&here)), (0, 1));
    }
}

/// A runtime goes while threads spawn onto it and wake its tasks: every handle says what became of its task.
#[test]
fn a_runtime_dropped_while_threads_spawn() {
    const THREADS: usize = 3;
    let _watchdog = watchdog("a_runtime_dropped_while_threads_spawn");
    let living = Living::default();
    let (mut done, mut cancelled) = (0, 0);
    for round in 0..300 * size() {
        let runtime = Arc::new(runtime());
        let start = Arc::new(Barrier::new(THREADS + 1));
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let (handle, lives) = (runtime.handle().clone(), living.clone());
                let start = Arc::clone(&start);
                thread::spawn(move || spawn_some(&handle, &lives, &start, number))
            })
            .collect();
        start.wait();
        runtime.block_on(Yields(u32::try_from(round % 64).expect("below 64")));
        drop(runtime);
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
            assert_eq!(handle.metrics().num_alive_tasks(), 0);
        }
        assert_eq!(living.count(), 0, "round {round}");
    }
    println!("runtime dropped while threads spawn: {done} done, {cancelled} cancelled");
    assert!(done > 0 && cancelled > 0, "both ends of the race: {done} done, {cancelled} cancelled");
}

type Spawned = (Vec<JoinHandle<Life>>, airmail::runtime::Handle);

/// Spawns tasks of which each opens the gate that the one before waits at.
fn spawn_some(handle: &airmail::runtime::Handle, living: &Living, start: &Barrier, number: usize) -> Spawned {
    start.wait();
    let mut before = Arc::new(Gate::default());
    let mut handles = Vec::new();
    for step in 0..40 {
        let (mine, theirs, life) = (Arc::new(Gate::default()), Arc::clone(&before), living.one());
        let wait = mine.wait();
        handles.push(handle.spawn(async move {
            theirs.open();
            if step % 4 == number {
                Yields(3).await;
            }
            wait.await;
            life
        }));
        // From outside, too.
        if step % 2 == 0 {
            before.open();
        }
        before = mine;
    }
    before.open();
    (handles, handle.clone())
}

/// Runtimes come and go on one thread while another joins, aborts and drops the handles of their tasks.
#[test]
fn runtimes_in_a_loop_while_handles_are_elsewhere() {
    let _watchdog = watchdog("runtimes_in_a_loop_while_handles_are_elsewhere");
    let living = Living::default();
    let (send, receive) = std::sync::mpsc::sync_channel::<Vec<JoinHandle<Life>>>(4);
    let elsewhere = thread::spawn(move || {
        let runtime = runtime();
        let (mut done, mut cancelled) = (0_usize, 0_usize);
        for (round, mut handles) in receive.into_iter().enumerate() {
            handles.iter().skip(round % 7).step_by(7).for_each(JoinHandle::abort);
            drop(handles.split_off(handles.len() / 2));
            for handle in handles {
                match runtime.block_on(handle) {
                    Ok(_life) => done += 1,
                    Err(error) => {
                        assert!(error.is_cancelled(), "{error}");
                        cancelled += 1;
                    }
                }
            }
        }
        (done, cancelled)
    });
    let rounds = 2_000 * size();
    for round in 0..rounds {
        let runtime = runtime();
        let task = |number: usize, life: Life| async move {
            match number % 3 {
                0 => {}
                1 => Yields(3).await,
                // Nobody opens it.
                _ => Arc::<Gate>::default().wait().await,
            }
            life
        };
        let handles = (0..30).map(|number| runtime.spawn(task(number, living.one()))).collect();
        send.send(handles).expect("the other thread lives");
        runtime.block_on(Yields(u32::try_from(round % 40).expect("below 40")));
    }
    drop(send);
    let (done, cancelled) = elsewhere.join().expect("no assertion failed");
    println!("runtimes in a loop: {done} done, {cancelled} cancelled");
    assert_eq!(done + cancelled, rounds * 15);
    assert!(done > 0 && cancelled > 0);
    assert_eq!(living.count(), 0);
}

/// Eight threads drive one runtime at once; each task is joined by another thread than the one that made it.
#[test]
fn block_on_from_eight_threads() {
    const THREADS: usize = 8;
    let _watchdog = watchdog("block_on_from_eight_threads");
    let rounds = 1_000 * size();
    let runtime = Arc::new(runtime());
    let boxes: Arc<Vec<Mutex<Vec<JoinHandle<usize>>>>> =
        Arc::new((0..THREADS).map(|_| Mutex::default()).collect());
    let (sum, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(THREADS)));
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let (runtime, boxes) = (Arc::clone(&runtime), Arc::clone(&boxes));
            let (sum, start) = (Arc::clone(&sum), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                for round in 0..rounds {
                    let answer = number * rounds + round;
                    let theirs = runtime.spawn(async move {
                        Yields(u32::try_from(answer % 3).expect("below 3")).await;
                        answer
                    });
                    lock(&boxes[(number + 1) % THREADS]).push(theirs);
                    let mine = lock(&boxes[number]).pop();
                    let answer = runtime.block_on(async {
                        match mine {
                            Some(mine) => mine.await.expect("it neither panics nor is aborted"),
                            None => 0,
                        }
                    });
                    sum.fetch_add(answer, Ordering::Relaxed);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no assertion failed"));
    let left = boxes.iter().flat_map(|handles| std::mem::take(&mut *lock(handles)));
    let rest: usize = left.map(|handle| runtime.block_on(handle).expect("as above")).sum();
    let tasks = THREADS * rounds;
    assert_eq!(sum.load(Ordering::Relaxed) + rest, tasks * (tasks - 1) / 2);
    assert_eq!(runtime.handle().metrics().num_alive_tasks(), 0);
    assert_eq!(runtime.handle().metrics().spawned_tasks_count(), tasks as u64);
}
