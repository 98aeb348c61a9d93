//! `Runtime::block_on_scope`: tasks that borrow from the stack.

use super::common::Gate;
use super::{Watchdog, each};
use airmail::runtime::{Builder, ScopedJoinHandle};
use airmail::task::{spawn_blocking, yield_now};
use airmail::time::Duration;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

#[test]
fn tasks_change_what_is_on_the_stack() {
    each("tasks_change_what_is_on_the_stack", |runtime| {
        let mut counts = vec![0; 1000];
        let step = 3;
        let sum = runtime.block_on_scope(async |scope| {
            let handles: Vec<_> = counts
                .iter_mut()
                .enumerate()
                .map(|(n, count)| {
                    let step = &step;
                    scope.spawn(async move {
                        yield_now().await;
                        *count = n * step;
                        &*count
                    })
                })
                .collect();
            let mut sum = 0;
            for handle in handles {
                sum += handle.await.expect("no panic");
            }
            sum
        });
        assert_eq!(sum, 3 * 499_500);
        assert!(counts.into_iter().eq((0..1000).map(|n| n * 3)));
    });
}

/// Handles that were dropped: the tasks are waited for.
#[test]
fn it_waits_for_detached_tasks() {
    each("it_waits_for_detached_tasks", |runtime| {
        let (count, gate) = (AtomicUsize::new(0), Gate::new());
        let answer = runtime.block_on_scope(async |scope| {
            for _ in 0..10 {
                scope.spawn(async {
                    gate.wait().await;
                    count.fetch_add(1, SeqCst);
                });
            }
            scope.spawn(async { gate.open() });
            "body"
        });
        assert_eq!((answer, count.into_inner()), ("body", 10));
    });
}

/// A task spawns two, and each of these two, after the body has ended.
#[test]
fn tasks_spawn_tasks() {
    use airmail::runtime::StackScope;
    fn tree<'scope>(scope: &'scope StackScope<'scope, '_>, depth: usize, leaves: &'scope AtomicUsize) {
        scope.spawn(async move {
            if depth == 0 {
                leaves.fetch_add(1, SeqCst);
            } else {
                yield_now().await;
                tree(scope, depth - 1, leaves);
                tree(scope, depth - 1, leaves);
            }
        });
    }
    each("tasks_spawn_tasks", |runtime| {
        let leaves = AtomicUsize::new(0);
        runtime.block_on_scope(async |scope| tree(scope, 8, &leaves));
        assert_eq!(leaves.into_inner(), 256);
    });
}

/// Reads what it borrows when it is dropped.
struct Reads<'a>(&'a Mutex<Vec<String>>, &'static str);

impl Drop for Reads<'_> {
    fn drop(&mut self) {
        self.0.lock().expect("not poisoned").push(self.1.to_owned());
    }
}

/// An output is dropped by its handle, or by the task if there is none.
#[test]
fn outputs_are_dropped_inside_the_scope() {
    each("outputs_are_dropped_inside_the_scope", |runtime| {
        let read = Mutex::new(Vec::new());
        runtime.block_on_scope(async |scope| {
            let early = scope.spawn(async {
                yield_now().await;
                Reads(&read, "the task")
            });
            drop(early);
            let late = scope.spawn(async { Reads(&read, "the handle") });
            while !late.is_finished() {
                yield_now().await;
            }
            drop(late);
            drop(scope.spawn(async { Reads(&read, "who awaits") }).await.expect("no panic"));
        });
        let mut read = read.into_inner().expect("not poisoned");
        read.sort();
        assert_eq!(read, ["the handle", "the task", "who awaits"]);
    });
}

/// That of a handle that is forgotten is never dropped, not even with the runtime.
#[test]
fn the_output_of_a_forgotten_handle() {
    each("the_output_of_a_forgotten_handle", |runtime| {
        let read = Mutex::new(Vec::new());
        runtime.block_on_scope(async |scope| {
            let forgotten = scope.spawn(async { Reads(&read, "nobody") });
            while !forgotten.is_finished() {
                yield_now().await;
            }
            std::mem::forget(forgotten);
        });
        drop(runtime);
        assert!(read.into_inner().expect("not poisoned").is_empty());
    });
}

#[test]
fn abort_all_aborts_those_too_that_come_later() {
    each("abort_all_aborts_those_too_that_come_later", |runtime| {
        runtime.block_on_scope(async |scope| {
            let early = scope.spawn(pending::<()>());
            scope.abort_all();
            let late = scope.spawn(pending::<()>());
            assert!(early.await.unwrap_err().is_cancelled());
            assert!(late.await.unwrap_err().is_cancelled());
        });
    });
}

/// In a task, in a function that blocks, in another scope, and in a drop.
#[test]
fn anywhere() {
    each("anywhere", |runtime| {
        let inner = |n: usize| {
            let other = Builder::new_current_thread().build().expect("valid");
            let own = AtomicUsize::new(n);
            other.block_on_scope(async |scope| {
                scope.spawn(async { own.fetch_add(1, SeqCst) });
            });
            own.into_inner()
        };
        runtime.block_on(async {
            assert_eq!(airmail::spawn(async move { inner(1) }).await.expect("no panic"), 2);
            assert_eq!(spawn_blocking(move || inner(2)).await.expect("no panic"), 3);
        });
        let from_a_task = runtime.block_on_scope(async |scope| scope.spawn(async { inner(3) }).await);
        assert_eq!(from_a_task.expect("no panic"), 4);
    });
}

/// On a worker of the same runtime, of which it is the only one: another thread stands in.
#[test]
fn on_a_worker_of_the_same_runtime() {
    for workers in [1, 2, 8] {
        let _watchdog = Watchdog::new("on_a_worker_of_the_same_runtime", Duration::from_mins(2));
        let runtime = Builder::new_multi_thread().worker_threads(workers).build().expect("valid");
        let runtime = Arc::new(runtime);
        let own = Arc::clone(&runtime);
        let task = runtime.spawn(async move {
            let mut parts = [1, 2];
            let [first, second] = &mut parts;
            own.block_on_scope(async |scope| {
                scope.spawn(async { *first += 10 });
                scope.spawn(async { *second += 20 });
            });
            parts
        });
        assert_eq!(runtime.block_on(task).expect("no panic"), [11, 22]);
    }
}

/// Two threads are in scopes of one runtime, and so is a third one in its drive.
#[test]
fn scopes_of_several_threads() {
    each("scopes_of_several_threads", |runtime| {
        thread::scope(|threads| {
            for n in 0..3 {
                let runtime = &runtime;
                threads.spawn(move || {
                    let mut own = n;
                    runtime.block_on_scope(async |scope| {
                        scope.spawn(async {
                            yield_now().await;
                            own += 1;
                        });
                    });
                    assert_eq!(own, n + 1);
                });
            }
        });
    });
}

/// A handle inside the task that it is of: nobody awaits it, and it goes with the task's future, before the scope is over.
#[test]
fn a_handle_in_its_own_task() {
    each("a_handle_in_its_own_task", |runtime| {
        for panics in [false, true] {
            let (dropped, begin) = (AtomicBool::new(false), Gate::new());
            let ended = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on_scope(async |scope| {
                    let place = Arc::new(Mutex::new(None::<ScopedJoinHandle<'_, Slow<'_>>>));
                    let own = Arc::clone(&place);
                    let (begin, dropped) = (&begin, &dropped);
                    let handle = scope.spawn(async move {
                        begin.wait().await;
                        let _own = own.lock().expect("no panic").take().expect("it was put there");
                        assert!(!panics, "on purpose");
                        Slow(dropped)
                    });
                    *place.lock().expect("no panic") = Some(handle);
                    begin.open();
                });
            }));
            assert_eq!(ended.is_err(), panics);
            assert_eq!(dropped.load(SeqCst), !panics);
        }
    });
}

/// It runs beside the body, and beside others, where there are workers: each blocks its thread until the others are there.
#[test]
fn tasks_and_body_run_at_once() {
    let _watchdog = Watchdog::new("tasks_and_body_run_at_once", Duration::from_mins(2));
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("valid");
    let all = Barrier::new(3);
    runtime.block_on_scope(async |scope| {
        for _ in 0..2 {
            scope.spawn(async {
                all.wait();
            });
        }
        all.wait();
    });
}

/// Takes its time when it is dropped, and says when it is done.
struct Slow<'a>(&'a AtomicBool);

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        for _ in 0..1000 {
            thread::yield_now();
        }
        self.0.store(true, SeqCst);
    }
}

/// The scope waits for the drops of futures and outputs, however long they take.
#[test]
fn it_waits_for_drops() {
    each("it_waits_for_drops", |runtime| {
        for aborts in [true, false].into_iter().cycle().take(20) {
            let (dropped, begun) = (AtomicBool::new(false), Gate::new());
            runtime.block_on_scope(async |scope| {
                let held = Slow(&dropped);
                drop(scope.spawn(async {
                    begun.open();
                    if aborts {
                        let _held = held;
                        pending::<()>().await;
                        None
                    } else {
                        Some(held)
                    }
                }));
                begun.wait().await;
                if aborts {
                    scope.abort_all();
                }
            });
            assert!(dropped.load(SeqCst));
        }
    });
}
