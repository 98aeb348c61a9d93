//! How a runtime ends: what becomes of its tasks, whatever they do meanwhile, and of those who come late.

use crate::common::held::{Held, is_closed};
use crate::common::{Drops, Gate, Guard, outcome};
use crate::{add, builder, runtime, until, watchdog};
use airmail::runtime::{Handle, Runtime};
use airmail::task::{self, AbortHandle, JoinHandle};
use airmail::time::{Duration, sleep};
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

/// A new runtime in each round of each number of workers.
fn rounds(test: &str, rounds: usize, body: impl Fn(Runtime)) {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog(&format!("{test}, {workers} workers"));
        (0..rounds).for_each(|_| body(runtime(workers)));
    }
}

fn cancelled<T>(handle: &mut JoinHandle<T>) -> bool {
    outcome(handle).is_err_and(|error| error.is_cancelled())
}

/// Tasks that were not polled as it began, that wait, that sleep, that yield for ever: each future is dropped once, with its task
/// as the current one, and each handle says `Cancelled`.
#[test]
fn s1_queued_idle_sleeping_and_yielding_tasks() {
    rounds("s1", 20, |runtime| {
        let (drops, gate) = (Drops::new(), Gate::new());
        let ids = Arc::new(Mutex::new(Vec::new()));
        let named = || {
            let (guard, ids) = (drops.guard(), Arc::clone(&ids));
            Named { _guard: guard, ids }
        };
        let mut handles = Vec::new();
        for _ in 0..10 {
            let (idle, sleeps, yields, wait) = (named(), named(), named(), gate.wait());
            handles.push(runtime.spawn(async move {
                let _idle = idle;
                wait.await;
            }));
            handles.push(runtime.spawn(async move {
                let _sleeps = sleeps;
                sleep(Duration::from_hours(1)).await;
            }));
            handles.push(runtime.spawn(async move {
                let _yields = yields;
                loop {
                    task::yield_now().await;
                }
            }));
        }
        until(|| gate.polls() == 10);
        let held = Held::hold(runtime.handle());
        handles.extend((0..10).map(|_| {
            let queued = named();
            runtime.spawn(async move {
                let _queued = queued;
                pending::<()>().await;
            })
        }));
        let releases = held.let_go_at_the_end_of(runtime.handle().clone());
        let handle = runtime.handle().clone();
        drop(runtime);
        drops.assert_each_once(40);
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
        releases.join().expect("no panic");
        assert!(handles.iter_mut().all(cancelled));
        let mut expected: Vec<_> = handles.iter().map(|handle| Some(handle.id())).collect();
        let mut ids = crate::common::lock(&ids).clone();
        expected.sort();
        ids.sort();
        assert_eq!(ids, expected, "whose drop it was");
    });
}

struct Named {
    _guard: Guard,
    ids: Arc<Mutex<Vec<Option<task::Id>>>>,
}

impl Drop for Named {
    fn drop(&mut self) {
        crate::common::lock(&self.ids).push(task::try_id());
    }
}

/// A task is in its poll as the runtime is dropped: the drop waits for the end of the poll; then the future is dropped,
/// or its answer is there.
#[test]
fn s2_a_task_in_its_poll() {
    rounds("s2", 20, |runtime| {
        let (drops, handle) = (Drops::new(), runtime.handle().clone());
        let (begun, begins) = mpsc::channel();
        let over = Arc::new(AtomicBool::new(false));
        let poll = |answers: bool| {
            let (handle, begun, over) = (handle.clone(), begun.clone(), Arc::clone(&over));
            drops.wrap(async move {
                begun.send(()).expect("the test waits");
                until(|| is_closed(&handle));
                over.store(true, SeqCst);
                if !answers {
                    pending::<()>().await;
                }
            })
        };
        let many = handle.metrics().num_workers() > 1;
        let mut waits = runtime.spawn(poll(false));
        begins.recv().expect("it begins");
        let mut answers = many.then(|| runtime.spawn(poll(true)));
        if many {
            begins.recv().expect("it begins");
        }
        drop(runtime);
        assert!(over.load(SeqCst), "the poll was waited for");
        drops.assert_each_once(if many { 2 } else { 1 });
        assert!(cancelled(&mut waits));
        if let Some(answers) = &mut answers {
            outcome(answers).expect("it had answered");
        }
    });
}

/// Tasks that wait are cancelled while another one is in a poll that does not end before that.
#[test]
fn s2_others_are_cancelled_during_a_long_poll() {
    for workers in [2, 8] {
        let _watchdog = watchdog("s2_others_are_cancelled_during_a_long_poll");
        let (runtime, drops, gate) = (runtime(workers), Drops::new(), Gate::new());
        (0..50).for_each(|_| drop(runtime.spawn(drops.wrap(gate.wait()))));
        until(|| gate.polls() == 50);
        let (begun, begins) = mpsc::channel();
        let others = drops.clone();
        drop(runtime.spawn(async move {
            begun.send(()).expect("the test waits");
            until(|| others.count() == 50);
        }));
        begins.recv().expect("it begins");
        drop(runtime);
        drops.assert_each_once(50);
    }
}

/// What a drop does to others at the end: it locks, wakes, spawns, aborts.
struct Meddles {
    _guard: Guard,
    runtime: Handle,
    shared: Arc<Mutex<usize>>,
    gate: Gate,
    others: Arc<Mutex<Vec<AbortHandle>>>,
    spawned: Drops,
}

impl Drop for Meddles {
    fn drop(&mut self) {
        *crate::common::lock(&self.shared) += 1;
        for waker in self.gate.take_wakers() {
            waker.wake();
        }
        drop(self.runtime.spawn(self.spawned.wrap(async {})));
        drop(self.runtime.spawn_blocking(|| ()));
        if let Some(other) = crate::common::lock(&self.others).pop() {
            other.abort();
        }
        assert!(self.runtime.block_on(async { 7 }) == 7);
    }
}

/// Drops at the end that wake, spawn, abort, lock and block: no deadlock, nothing twice.
#[test]
fn s3_drops_that_meddle() {
    const TASKS: usize = 100;
    rounds("s3", 20, |runtime| {
        let (drops, spawned, gate) = (Drops::new(), Drops::new(), Gate::new());
        let (shared, others) = (Arc::<Mutex<usize>>::default(), Arc::<Mutex<Vec<_>>>::default());
        for _ in 0..TASKS {
            let meddles = Meddles {
                _guard: drops.guard(),
                runtime: runtime.handle().clone(),
                shared: Arc::clone(&shared),
                gate: gate.clone(),
                others: Arc::clone(&others),
                spawned: spawned.clone(),
            };
            let wait = gate.wait();
            let task = runtime.spawn(async move {
                let _meddles = meddles;
                wait.await;
                pending::<()>().await;
            });
            crate::common::lock(&others).push(task.abort_handle());
        }
        until(|| gate.polls() >= TASKS);
        drop(runtime);
        drops.assert_each_once(TASKS);
        spawned.assert_each_once(TASKS);
        assert_eq!(*crate::common::lock(&shared), TASKS);
    });
}

/// Threads and tasks spawn while the runtime is dropped: each task runs, or its handle says `Cancelled`; each future is
/// dropped once, and none is polled when the drop is over.
#[test]
fn s4_spawns_race_with_the_end() {
    const THREADS: usize = 2;
    let (ran, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    rounds("s4", 60, |runtime| {
        let (drops, gone) = (Drops::new(), Arc::new(AtomicBool::new(false)));
        let start = Barrier::new(THREADS + 1);
        let spawn = |handle: &Handle| {
            let (gone, inner, late) = (Arc::clone(&gone), drops.guard(), Arc::clone(&gone));
            handle.spawn(drops.wrap(async move {
                assert!(!gone.load(SeqCst), "polled when the runtime was gone");
                // A task that spawns.
                let child = airmail::spawn(async move {
                    let _inner = inner;
                    assert!(!late.load(SeqCst), "polled when the runtime was gone");
                });
                task::yield_now().await;
                drop(child);
            }))
        };
        let handles: Vec<_> = thread::scope(|scope| {
            let threads = [(); THREADS].map(|()| {
                let (handle, start) = (runtime.handle().clone(), &start);
                scope.spawn(move || {
                    start.wait();
                    let mut handles = Vec::new();
                    while handles.len() < 20 || !is_closed(&handle) && handles.len() < 2000 {
                        handles.push(spawn(&handle));
                    }
                    handles.extend((0..5).map(|_| spawn(&handle)));
                    handles
                })
            });
            start.wait();
            drop(runtime);
            gone.store(true, SeqCst);
            threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
        });
        let tasks = handles.len();
        for mut handle in handles {
            match outcome(&mut handle) {
                Ok(()) => ran.fetch_add(1, SeqCst),
                Err(error) => {
                    assert!(error.is_cancelled(), "{error}");
                    refused.fetch_add(1, SeqCst)
                }
            };
        }
        drops.assert_each_once(2 * tasks);
    });
    let both = (ran.into_inner(), refused.into_inner());
    println!("spawns that race with the end: {} ran, {} were cancelled", both.0, both.1);
    assert!(both.0 > 0 && both.1 > 0, "{both:?}");
}

/// A shutdown with a deadline returns although a worker is in a poll and a function blocks; what they leave is cancelled
/// when they end.
#[test]
fn s5_a_deadline() {
    for (n, workers) in [1, 2, 8, 1, 2, 8].into_iter().enumerate() {
        let _watchdog = watchdog("s5_a_deadline");
        let (started, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (begin, own) = (Arc::clone(&started), Arc::clone(&stopped));
        let runtime = builder(workers)
            .max_blocking_threads(1)
            .on_thread_start(move || add(&begin))
            .on_thread_stop(move || add(&own))
            .build()
            .expect("valid");
        let drops = Drops::new();
        let (begun, begins) = mpsc::channel();
        let (open, gate) = mpsc::channel::<()>();
        let (tell, gate) = (begun.clone(), Arc::new(Mutex::new(gate)));
        let own = Arc::clone(&gate);
        let mut blocking = runtime.spawn_blocking(move || {
            tell.send(()).expect("the test waits");
            let _ = crate::common::lock(&own).recv();
        });
        let mut polled = runtime.spawn(drops.wrap(async move {
            begun.send(()).expect("the test waits");
            let _ = crate::common::lock(&gate).recv();
            pending::<()>().await;
        }));
        let mut queued = runtime.spawn_blocking({
            let guard = drops.guard();
            move || drop(guard)
        });
        (0..2).for_each(|_| begins.recv().expect("both begin"));
        let waits = runtime.spawn(drops.wrap(pending::<()>()));
        if n < 3 {
            runtime.shutdown_background();
        } else {
            runtime.shutdown_timeout(Duration::from_millis(1));
        }
        assert!(!polled.is_finished());
        drop(open);
        // A spare may have come for the end.
        until(|| stopped.load(SeqCst) > workers && started.load(SeqCst) == stopped.load(SeqCst));
        until(|| polled.is_finished() && waits.is_finished());
        drops.assert_each_once(3);
        assert!(cancelled(&mut polled) && cancelled(&mut blocking) && cancelled(&mut queued));
        assert!(waits.is_finished());
    }
}

/// Functions that block: those that run are waited for, those in the queue are dropped.
#[test]
fn s5_a_drop_waits_for_functions_that_block() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog("s5_a_drop_waits_for_functions_that_block");
        let runtime = builder(workers).max_blocking_threads(1).build().expect("valid");
        let (handle, drops) = (runtime.handle().clone(), Drops::new());
        let (begun, begins) = mpsc::channel();
        let over = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&over);
        let mut runs = runtime.spawn_blocking(move || {
            begun.send(()).expect("the test waits");
            until(|| is_closed(&handle));
            own.store(true, SeqCst);
        });
        begins.recv().expect("it begins");
        let mut queued: Vec<_> = (0..5)
            .map(|_| {
                let guard = drops.guard();
                runtime.spawn_blocking(move || drop(guard))
            })
            .collect();
        drop(runtime);
        assert!(over.load(SeqCst), "it was waited for");
        drops.assert_each_once(5);
        assert!(cancelled(&mut runs) && queued.iter_mut().all(cancelled));
    }
}

/// After the end everything answers: a handle spawns what is cancelled, blocks on what needs no runtime, knows nothing.
#[test]
fn s8_a_handle_afterwards() {
    rounds("s8", 3, |runtime| {
        let (handle, drops) = (runtime.handle().clone(), Drops::new());
        runtime.shutdown_background();
        until(|| handle.tasks().is_empty());
        let mut late = handle.spawn(drops.wrap(async {}));
        let mut many = handle.spawn_many((0..40).map(|_| drops.wrap(async {})));
        let mut blocking = handle.spawn_blocking(|| ());
        assert!(cancelled(&mut late) && many.iter_mut().all(cancelled) && cancelled(&mut blocking));
        drops.assert_each_once(41);
        let _entered = handle.enter();
        assert!(cancelled(&mut airmail::spawn(async {})));
        assert!(handle.block_on(async { airmail::spawn(async {}).await.is_err() }));
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
    });
}

/// Several threads are in `block_on` through a handle as the runtime goes: those whose tasks are cancelled hear of it.
#[test]
fn s8_block_on_while_the_runtime_ends() {
    rounds("s8", 20, |runtime| {
        let waiting = Gate::new();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (handle, wait) = (runtime.handle().clone(), waiting.wait());
                thread::spawn(move || handle.block_on(async { airmail::spawn(wait).await }))
            })
            .collect();
        until(|| waiting.polls() == 3);
        drop(runtime);
        for thread in threads {
            assert!(thread.join().expect("no panic").expect_err("cancelled").is_cancelled());
        }
    });
}

/// Two who end the same runtime at once: its owner, and a task that goes on to drop another one of it.
#[test]
fn s8_two_runtimes_end_each_other() {
    rounds("s8", 20, |first| {
        // The second one is dropped with a task of the first one, by a worker of that.
        let second = runtime(first.handle().metrics().num_workers());
        let (drops, handle) = (Drops::new(), second.handle().clone());
        let mut inner = second.spawn(drops.wrap(pending::<()>()));
        let mut outer = first.spawn(drops.wrap(async move {
            let _second = second;
            pending::<()>().await;
        }));
        drop(first);
        drops.assert_each_once(2);
        assert!(cancelled(&mut inner) && cancelled(&mut outer));
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
    });
}
