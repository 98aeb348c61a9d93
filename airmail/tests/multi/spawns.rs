//! Tasks: from where they are spawned, woken, aborted and joined.

use crate::common::held::Held;
use crate::common::{Drops, Gate, outcome, turns};
use crate::{builder, each, each_without_rescue, runtime, until, watchdog};
use airmail::runtime::{Handle, RuntimeFlavor};
use airmail::task::{self, JoinSet};
use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

/// From a thread that is none of the runtime's, with and without its context; from tasks, from functions that block, from
/// the future of a `block_on`.
#[test]
fn spawned_from_anywhere() {
    each("spawned_from_anywhere", |runtime, _| {
        let outside = runtime.spawn(async { 1 });
        let entered = runtime.enter();
        let in_context = airmail::spawn(async { 10 });
        drop(entered);
        let in_task = runtime.spawn(async { airmail::spawn(async { 100 }).await.expect("it runs") });
        let blocking = runtime.spawn_blocking(|| airmail::spawn(async { 1000 }));
        let sum = runtime.block_on(async {
            let root = airmail::spawn(async { 10_000 });
            let blocking = blocking.await.expect("no panic");
            let mut sum = 0;
            for task in [outside, in_context, in_task, blocking, root] {
                sum += task.await.expect("it runs");
            }
            sum
        });
        assert_eq!(sum, 11_111);
        let mut handles = Vec::new();
        thread::scope(|scope| {
            let threads = [(); 4].map(|()| {
                scope.spawn(|| (0..500).map(|n| runtime.spawn(async move { n })).collect::<Vec<_>>())
            });
            handles.extend(threads.map(|thread| thread.join().expect("no panic")));
        });
        let sum: usize = runtime.block_on(async {
            let mut sum = 0;
            for task in handles.into_iter().flatten() {
                sum += task.await.expect("it runs");
            }
            sum
        });
        assert_eq!(sum, 4 * 500 * 499 / 2);
    });
}

/// Many at once, from outside and from a task, also none: each handle is its own task's.
#[test]
fn many_at_once() {
    each("many_at_once", |runtime, _| {
        for many in [0, 1, 31, 32, 300, 5000] {
            let outside = runtime.handle().spawn_many((0..many).map(|n| async move { n }));
            let inside = runtime.spawn(async move { task::spawn_many((0..many).map(|n| async move { n })) });
            let inside = runtime.block_on(inside).expect("no panic");
            for handles in [outside, inside] {
                assert_eq!(handles.len(), many);
                for (n, handle) in handles.into_iter().enumerate() {
                    assert_eq!(runtime.block_on(handle).expect("it runs"), n);
                }
            }
        }
    });
}

/// What a handle says of its runtime.
#[test]
fn a_handle_knows_its_runtime() {
    each("a_handle_knows_its_runtime", |runtime, workers| {
        assert_eq!(runtime.handle().runtime_flavor(), RuntimeFlavor::MultiThread);
        assert_eq!(runtime.handle().metrics().num_workers(), workers);
        let inside = runtime.spawn(async {
            let here = Handle::current();
            (here.runtime_flavor(), here.metrics().num_workers(), here.metrics().num_alive_tasks())
        });
        let inside = runtime.block_on(inside).expect("no panic");
        assert_eq!(inside, (RuntimeFlavor::MultiThread, workers, 1));
        assert_eq!(runtime.handle().metrics().spawned_tasks_count(), 1);
        let waits = runtime.spawn(pending::<()>());
        assert!(matches!(&runtime.handle().tasks()[..], [info] if info.meta.id == waits.id()));
        waits.abort();
        assert!(runtime.block_on(waits).expect_err("aborted").is_cancelled());
    });
}

/// Nobody polls while every worker is held: a task that is aborted then is never polled, and a hundred wake-ups are one.
#[test]
fn aborted_and_woken_while_nobody_polls() {
    each_without_rescue("aborted_and_woken_while_nobody_polls", |runtime, _| {
        let (drops, gate) = (Drops::new(), Gate::new());
        let waits = runtime.spawn(gate.wait());
        until(|| gate.polls() == 1);
        let held = Held::hold(runtime.handle());
        let aborted = runtime.spawn(drops.wrap(async { panic!("it must not be polled") }));
        aborted.abort();
        for waker in gate.take_wakers() {
            (0..100).for_each(|_| waker.wake_by_ref());
        }
        assert!(!aborted.is_finished(), "nobody has dropped it");
        drop(held);
        let error: task::JoinError = runtime.block_on(aborted).expect_err("aborted");
        assert!(error.is_cancelled());
        drops.assert_each_once(1);
        until(|| gate.polls() == 2);
        drop(Held::hold(runtime.handle()));
        assert_eq!(gate.polls(), 2);
        gate.open();
        runtime.block_on(waits).expect("woken");
    });
}

/// Aborted from outside: while it waits, while it yields, in its poll, after its end.
#[test]
fn aborted_from_outside() {
    each("aborted_from_outside", |runtime, _| {
        let drops = Drops::new();
        let waits = runtime.spawn(drops.wrap(pending::<()>()));
        let yields = runtime.spawn(drops.wrap(async {
            loop {
                task::yield_now().await;
            }
        }));
        let (begun, begins) = std::sync::mpsc::channel();
        let (go, goes) = std::sync::mpsc::channel::<()>();
        let polled = runtime.spawn(drops.wrap(async move {
            begun.send(()).expect("the test waits");
            assert!(goes.recv().is_err());
            pending::<()>().await;
        }));
        begins.recv().expect("it begins");
        // Not before: it could get into the queue of the worker that is in that poll.
        let done = runtime.spawn(drops.wrap(async {}));
        if runtime.handle().metrics().num_workers() > 1 {
            until(|| done.is_finished());
        }
        for task in [&waits, &yields, &polled] {
            task.abort();
            task.abort();
        }
        assert!(!polled.is_finished(), "it is in its poll");
        drop(go);
        for task in [waits, yields, polled] {
            assert!(runtime.block_on(task).expect_err("aborted").is_cancelled());
        }
        until(|| done.is_finished());
        done.abort();
        runtime.block_on(done).expect("it had ended");
        drops.assert_each_once(4);
    });
}

/// Threads that are none of the runtime's wake tasks of workers that sleep, and of such that work.
#[test]
fn woken_from_outside() {
    each("woken_from_outside", |runtime, workers| {
        for round in 0..100 {
            let over = Arc::new(AtomicBool::new(round % 2 == 0));
            let busy: Vec<_> = (0..workers)
                .map(|_| {
                    let over = Arc::clone(&over);
                    runtime.spawn(async move {
                        while !over.load(SeqCst) {
                            task::yield_now().await;
                        }
                    })
                })
                .collect();
            let gates: Vec<_> = (0..4).map(|_| Gate::new()).collect();
            let tasks: Vec<_> = gates.iter().map(|gate| runtime.spawn(gate.wait())).collect();
            thread::scope(|scope| gates.iter().for_each(|gate| drop(scope.spawn(|| gate.open()))));
            for task in tasks {
                runtime.block_on(task).expect("woken");
            }
            over.store(true, SeqCst);
            busy.into_iter().for_each(|task| runtime.block_on(task).expect("it ends"));
        }
    });
}

/// A join set of tasks on all workers: all answer; dropped, it aborts the rest.
#[test]
fn a_join_set() {
    each("a_join_set", |runtime, _| {
        let drops = Drops::new();
        let counted = drops.clone();
        let all = runtime.spawn(async move {
            let mut set = JoinSet::new();
            for n in 0..100_u32 {
                set.spawn(async move { n });
            }
            let mut answers = set.join_all().await;
            answers.sort_unstable();
            let mut rest = JoinSet::new();
            for _ in 0..50 {
                rest.spawn(counted.wrap(pending::<()>()));
            }
            answers
        });
        assert!(runtime.block_on(all).expect("no panic").into_iter().eq(0..100));
        until(|| drops.count() == 50);
        drops.assert_each_once(50);
    });
}

airmail::task_local! {
    static LETTER: usize;
}

/// A task-local is its task's, whichever worker polls it.
#[test]
fn task_locals() {
    each("task_locals", |runtime, _| {
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                runtime.spawn(LETTER.scope(n, async move {
                    for _ in 0..20 {
                        assert_eq!(LETTER.get(), n);
                        task::yield_now().await;
                    }
                    airmail::spawn(async { LETTER.try_get().is_err() }).await.expect("it runs")
                }))
            })
            .collect();
        for task in tasks {
            assert!(runtime.block_on(task).expect("no panic"), "a child has its own");
        }
    });
}

/// Wakers, handles and aborts when the runtime is gone: they do nothing.
#[test]
fn used_after_the_runtime_is_gone() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog("used_after_the_runtime_is_gone");
        let (runtime, drops, gate) = (runtime(workers), Drops::new(), Gate::new());
        let mut tasks: Vec<_> = (0..10).map(|_| runtime.spawn(drops.wrap(gate.wait()))).collect();
        until(|| gate.polls() == 10);
        drop(runtime);
        drops.assert_each_once(10);
        let wakers = gate.take_wakers();
        let clones = wakers.clone();
        clones.iter().for_each(std::task::Waker::wake_by_ref);
        // And when others have its place.
        let successors: Vec<_> = (0..4).map(|_| self::runtime(1)).collect();
        thread::spawn(move || wakers.into_iter().for_each(std::task::Waker::wake)).join().expect("no panic");
        tasks.iter().for_each(task::JoinHandle::abort);
        for task in &mut tasks {
            assert!(outcome(task).expect_err("cancelled").is_cancelled());
        }
        drop((successors, clones));
        assert_eq!(gate.polls(), 10);
    }
}

/// Outputs and futures of tasks on all workers, awaited, detached, aborted: each dropped once.
#[test]
fn each_is_dropped_once() {
    each("each_is_dropped_once", |runtime, _| {
        let drops = Drops::new();
        let tasks: Vec<_> = (0..300)
            .map(|n| {
                let output = drops.guard();
                runtime.spawn(drops.wrap(async move {
                    turns(n % 5).await;
                    output
                }))
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            match n % 3 {
                0 => drop(runtime.block_on(task)),
                1 => drop(task),
                _ => {
                    task.abort();
                    drop(runtime.block_on(task));
                }
            }
        }
        // A task counts as ended before an output that nobody takes is dropped.
        until(|| drops.count() >= 600);
        drops.assert_each_once(600);
    });
}

/// Tasks that are queued behind a task that does not end its poll are run by the other workers.
#[test]
fn stolen_from_a_worker_that_is_busy() {
    for workers in [2, 8] {
        let _watchdog = watchdog("stolen_from_a_worker_that_is_busy");
        let runtime = runtime(workers);
        let ran = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ran);
        let busy = runtime.spawn(async move {
            // The last one is in the place for the next task.
            for _ in 0..300 {
                let ran = Arc::clone(&counted);
                drop(airmail::spawn(async move { ran.fetch_add(1, SeqCst) }));
            }
            until(|| counted.load(SeqCst) == 300);
        });
        runtime.block_on(busy).expect("others ran them");
        crate::end(runtime);
    }
}

/// A tracker hears of the end of every task, once, whichever worker it was on.
#[test]
fn a_tracker_hears_of_every_worker() {
    #[derive(Clone, Default)]
    struct Ends(Arc<Mutex<Vec<task::Id>>>);
    impl airmail::runtime::Track for Ends {
        fn finished(&self, task: &task::Meta, _: task::Outcome) {
            crate::common::lock(&self.0).push(task.id);
        }
    }
    for workers in [1, 2, 8] {
        let _watchdog = watchdog("a_tracker_hears_of_every_worker");
        let ends = Ends::default();
        let runtime = builder(workers).track(ends.clone()).build().expect("valid");
        let tasks: Vec<_> = (0..200).map(|n| runtime.spawn(turns(n % 4))).collect();
        let waits = runtime.spawn(poll_fn(|_| Poll::<()>::Pending));
        let mut ids: Vec<_> = tasks.iter().chain([&waits]).map(task::JoinHandle::id).collect();
        tasks.into_iter().for_each(|task| runtime.block_on(task).expect("it ends"));
        drop(runtime);
        let mut heard = crate::common::lock(&ends.0).clone();
        heard.sort();
        ids.sort();
        assert_eq!(heard, ids, "each once");
    }
}
