//! Blocking: `block_on` in every place, `block_in_place`, and functions that block.

use crate::common::held::{Held, is_closed};
use crate::common::{Gate, panic_of};
use crate::{add, builder, each, runtime, until, watchdog};
use airmail::runtime::Builder;
use airmail::task::{self, LocalSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

/// Several threads in `block_on` at once, each with a future that another completes.
#[test]
fn block_on_from_several_threads() {
    const THREADS: usize = 6;
    each("block_on_from_several_threads", |runtime, _| {
        let gates: Vec<_> = (0..THREADS).map(|_| Gate::new()).collect();
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            for n in 0..THREADS {
                let (gates, start) = (&gates, &start);
                scope.spawn(move || {
                    start.wait();
                    let (own, next) = (gates[n].wait(), gates[(n + 1) % THREADS].clone());
                    runtime.block_on(async {
                        let task = airmail::spawn(async move { next.open() });
                        own.await;
                        task.await.expect("it runs");
                    });
                });
            }
        });
    });
}

/// `block_on` of the same runtime on a worker, also the only one: a task that another worker has to run is run.
#[test]
fn block_on_on_a_worker() {
    each("block_on_on_a_worker", |runtime, _| {
        let handle = runtime.handle().clone();
        let outer = runtime.spawn(async move {
            let queued = airmail::spawn(async { 1 });
            let inner =
                handle.block_on(async {
                    let spawned = airmail::spawn(async { 10 });
                    let nested = airmail::spawn({
                        let handle = handle.clone();
                        async move {
                            handle.block_on(async { airmail::spawn(async { 100 }).await.expect("it runs") })
                        }
                    });
                    queued.await.expect("it runs")
                        + spawned.await.expect("it runs")
                        + nested.await.expect("no panic")
                });
            inner + airmail::spawn(async { 1000 }).await.expect("it runs")
        });
        assert_eq!(runtime.block_on(outer).expect("no panic"), 1111);
    });
}

/// Every worker is in a `block_on` that waits for a task, several times over.
#[test]
fn block_on_on_every_worker_at_once() {
    each("block_on_on_every_worker_at_once", |runtime, workers| {
        for _ in 0..10 {
            let meet = Arc::new(Barrier::new(workers + 1));
            let tasks: Vec<_> = (0..=workers)
                .map(|n| {
                    let (handle, meet) = (runtime.handle().clone(), Arc::clone(&meet));
                    runtime.spawn(async move {
                        handle.block_on(async {
                            // One more than there are workers must be here at once.
                            meet.wait();
                            airmail::spawn(async move { n }).await.expect("it runs")
                        })
                    })
                })
                .collect();
            for (n, task) in tasks.into_iter().enumerate() {
                assert_eq!(runtime.block_on(task).expect("no panic"), n);
            }
        }
    });
}

/// `block_on` on another runtime's worker, on a thread for functions that block, in a runtime without workers and the
/// other way round.
#[test]
fn block_on_inside_of_others() {
    each("block_on_inside_of_others", |runtime, workers| {
        let other = runtime_of_others(workers);
        let handle = runtime.handle().clone();
        let on_other = other.spawn(async move {
            let inner = handle.block_on(async { airmail::spawn(async { 1 }).await.expect("it runs") });
            inner + airmail::spawn(async { 10 }).await.expect("it runs")
        });
        assert_eq!(other.block_on(on_other).expect("no panic"), 11);
        crate::end(other);
        let handle = runtime.handle().clone();
        let blocking = runtime.spawn_blocking(move || {
            handle.block_on(async { airmail::spawn(async { 2 }).await.expect("it runs") })
        });
        assert_eq!(runtime.block_on(blocking).expect("no panic"), 2);
        let single = crate::common::runtime();
        let in_single = single.block_on(async {
            runtime.block_on(async { airmail::spawn(async { 3 }).await.expect("it runs") })
        });
        assert_eq!(in_single, 3);
        crate::common::end(single);
        let on_worker = runtime.spawn(async {
            let single = Builder::new_current_thread().build().expect("valid");
            let inner = single.block_on(async { airmail::spawn(async { 4 }).await.expect("it runs") });
            drop(single);
            inner + airmail::spawn(async { 40 }).await.expect("it runs in the runtime of this worker")
        });
        assert_eq!(runtime.block_on(on_worker).expect("no panic"), 44);
    });
}

fn runtime_of_others(workers: usize) -> airmail::runtime::Runtime {
    runtime(9 - workers)
}

/// A local set in a `block_on` on a worker: its tasks stay there, and are woken by the others.
#[test]
fn a_local_set_on_a_worker() {
    each("a_local_set_on_a_worker", |runtime, _| {
        let handle = runtime.handle().clone();
        let task = runtime.spawn(async move {
            let (set, here) = (LocalSet::new(), thread::current().id());
            let shared = Rc::new(here);
            let own = Rc::clone(&shared);
            handle.block_on(set.run_until(async move {
                let local = task::spawn_local(async move {
                    for _ in 0..10 {
                        airmail::spawn(task::yield_now()).await.expect("it runs");
                        assert_eq!(thread::current().id(), *own);
                    }
                    5
                });
                local.await.expect("no panic")
            }))
        });
        assert_eq!(runtime.block_on(task).expect("no panic"), 5);
    });
}

/// While the only worker blocks in place, tasks that were queued before go on, new ones are run, and it nests.
#[test]
fn block_in_place_on_every_worker() {
    each("block_in_place_on_every_worker", |runtime, _| {
        let task = runtime.spawn(async {
            let (tell, told) = mpsc::channel();
            let (before, inside) = (tell.clone(), tell.clone());
            drop(airmail::spawn(async move { before.send(1) }));
            let sum = task::block_in_place(|| {
                let mut sum = told.recv().expect("the task before");
                drop(airmail::spawn(async move { inside.send(10) }));
                sum += told.recv().expect("the task inside");
                sum + task::block_in_place(|| {
                    drop(airmail::spawn(async move { tell.send(100) }));
                    told.recv().expect("the task inside of the inner one")
                })
            });
            sum + airmail::spawn(async { 1000 }).await.expect("it runs")
        });
        assert_eq!(runtime.block_on(task).expect("no panic"), 1111);
        // Elsewhere, it is a call.
        assert_eq!(runtime.block_on(async { task::block_in_place(|| 7) }), 7);
        assert_eq!(task::block_in_place(|| 8), 8);
        let blocking = runtime.spawn_blocking(|| task::block_in_place(|| 9));
        assert_eq!(runtime.block_on(blocking).expect("no panic"), 9);
    });
}

/// A panic inside goes through to the task, and the worker is one again.
#[test]
fn block_in_place_that_panics() {
    each("block_in_place_that_panics", |runtime, workers| {
        for _ in 0..10 {
            let task = runtime.spawn(async {
                let caught = panic_of(|| task::block_in_place(|| panic!("inside")));
                assert_eq!(caught, "inside");
                airmail::spawn(async {}).await.expect("it runs");
                task::block_in_place(|| panic!("and out"))
            });
            let error: task::JoinError = runtime.block_on(task).expect_err("it panics");
            assert_eq!(crate::common::text(&*error.into_panic()), "and out");
        }
        // As many workers as before: each takes part.
        drop(Held::hold(runtime.handle()));
        assert_eq!(runtime.handle().metrics().num_workers(), workers);
    });
}

/// More functions at once than there are workers, all in place, each waiting for all others; again and again.
#[test]
fn thirty_block_in_place() {
    const AT_ONCE: usize = 20;
    each("thirty_block_in_place", |runtime, _| {
        for _ in 0..10 {
            let meet = Arc::new(Barrier::new(AT_ONCE));
            let tasks = (0..AT_ONCE).map(|_| {
                let meet = Arc::clone(&meet);
                runtime.spawn(async move { task::block_in_place(|| meet.wait().is_leader()) })
            });
            let tasks: Vec<_> = tasks.collect();
            let leaders =
                tasks.into_iter().filter_map(|task| runtime.block_on(task).expect("no panic").then_some(()));
            assert_eq!(leaders.count(), 1);
            crate::common::still_works(runtime);
        }
    });
    let _watchdog = watchdog("thirty_block_in_place");
    let runtime = runtime(2);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            runtime.spawn(async move {
                task::block_in_place(|| {
                    most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                    until(|| most.load(SeqCst) >= 20);
                    now.fetch_sub(1, SeqCst);
                });
            })
        })
        .collect();
    tasks.into_iter().for_each(|task| runtime.block_on(task).expect("no panic"));
    crate::end(runtime);
}

/// The runtime is dropped while its workers block in place: it waits for them, and their spares leave.
#[test]
fn dropped_while_workers_block_in_place() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog("dropped_while_workers_block_in_place");
        let threads = Arc::new(AtomicUsize::new(0));
        let (more, less) = (Arc::clone(&threads), Arc::clone(&threads));
        let runtime = builder(workers)
            .on_thread_start(move || add(&more))
            .on_thread_stop(move || {
                less.fetch_sub(1, SeqCst);
            })
            .build()
            .expect("valid");
        let (handle, ended) = (runtime.handle().clone(), Arc::new(AtomicUsize::new(0)));
        let meet = Arc::new(Barrier::new(workers + 2));
        for _ in 0..=workers {
            let (handle, meet, ended) = (handle.clone(), Arc::clone(&meet), Arc::clone(&ended));
            drop(runtime.spawn(async move {
                task::block_in_place(|| {
                    meet.wait();
                    until(|| is_closed(&handle));
                    ended.fetch_add(1, SeqCst);
                });
            }));
        }
        meet.wait();
        drop(runtime);
        assert_eq!(ended.load(SeqCst), workers + 1, "it waits for what is in a poll");
        assert_eq!(threads.load(SeqCst), 0, "threads that are left");
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
    }
}
