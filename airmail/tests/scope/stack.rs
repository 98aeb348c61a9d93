//! `Runtime::block_on_scope`: tasks that borrow from the stack.

use super::common::{Gate, PanicsInDrop, panic_of, poll_once};
use super::{Gone, each, each_with};
use airmail::runtime::{Builder, ScopedJoinHandle, UnhandledPanic};
use airmail::task::{JoinError, spawn_blocking, yield_now};
use std::future::pending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
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

/// Whoever awaits the handle has seen the panic.
#[test]
fn a_panic_that_the_handle_told_of() {
    each("a_panic_that_the_handle_told_of", |runtime| {
        let gate = Gate::new();
        let message = runtime.block_on_scope(async |scope| {
            let other = scope.spawn(async {
                gate.wait().await;
                5
            });
            let error: JoinError =
                scope.spawn_named("clerk", async { panic!("no stamps") }).await.map(drop::<()>).unwrap_err();
            gate.open();
            assert_eq!(other.await.expect("nobody aborted it"), 5);
            error.to_string()
        });
        assert!(message.contains("\"clerk\"") && message.contains("no stamps"), "{message}");
    });
}

/// Nobody has the handle any more: the others are aborted, and gone when the panic comes.
#[test]
fn a_panic_that_nobody_sees_ends_the_scope() {
    each("a_panic_that_nobody_sees_ends_the_scope", |runtime| {
        let gone = Gone::default();
        let text = panic_of(|| {
            runtime.block_on_scope(async |scope| {
                let held = gone.at_drop();
                scope.spawn(async move {
                    let _held = held;
                    pending::<()>().await;
                });
                scope.spawn_named("clerk", async { panic!("no stamps") });
            });
        });
        assert!(text.contains("\"clerk\"") && text.contains("nobody waited"), "{text}");
        assert!(text.contains("scope/stack.rs:"), "{text}");
        assert!(gone.is_set());
    });
}

/// The handle is there at the panic, and dropped later.
#[test]
fn a_handle_that_is_dropped_after_the_panic() {
    each("a_handle_that_is_dropped_after_the_panic", |runtime| {
        let text = panic_of(|| {
            runtime.block_on_scope(async |scope| {
                let handle = scope.spawn(async { panic!("no stamps") });
                while !handle.is_finished() {
                    yield_now().await;
                }
                drop::<ScopedJoinHandle<'_, ()>>(handle);
            });
        });
        assert!(text.contains("nobody waited"), "{text}");
    });
}

/// The body's panic comes after the tasks, which it aborts, are gone.
#[test]
fn a_body_that_panics() {
    each("a_body_that_panics", |runtime| {
        let gone = Gone::default();
        let text = panic_of(|| {
            runtime.block_on_scope(async |scope| {
                let held = gone.at_drop();
                scope.spawn(async move {
                    let _held = held;
                    pending::<()>().await;
                });
                yield_now().await;
                panic!("no body");
            });
        });
        assert_eq!((&*text, gone.is_set()), ("no body", true));
    });
}

/// Reads what it borrows when it is dropped.
struct Reads<'a>(&'a Mutex<Vec<String>>, &'static str);

impl Drop for Reads<'_> {
    fn drop(&mut self) {
        self.0.lock().expect("not poisoned").push(self.1.to_owned());
    }
}

/// An output is dropped by its handle, or by the task if there is none; that of a handle that is forgotten, never.
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
            let forgotten = scope.spawn(async { Reads(&read, "nobody") });
            while !(late.is_finished() && forgotten.is_finished()) {
                yield_now().await;
            }
            drop(late);
            std::mem::forget(forgotten);
            drop(scope.spawn(async { Reads(&read, "who awaits") }).await.expect("no panic"));
        });
        drop(runtime);
        let mut read = read.into_inner().expect("not poisoned");
        read.sort();
        assert_eq!(read, ["the handle", "the task", "who awaits"]);
    });
}

/// A drop that panics, of a future and of an output: the scope ends all the same.
#[test]
fn drops_that_panic() {
    each("drops_that_panic", |runtime| {
        let place = AtomicUsize::new(0);
        let ended = runtime.block_on_scope(async |scope| {
            let aborted = scope.spawn(async {
                let _bad = PanicsInDrop("of a future, on purpose");
                place.fetch_add(1, SeqCst);
                pending::<()>().await;
            });
            drop(scope.spawn(async { PanicsInDrop("of an output, on purpose") }));
            while place.load(SeqCst) == 0 {
                yield_now().await;
            }
            aborted.abort();
            aborted.await.is_err()
        });
        assert!(ended);
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
        let _watchdog =
            super::Watchdog::new("on_a_worker_of_the_same_runtime", super::Duration::from_mins(2));
        let runtime = Builder::new_multi_thread().worker_threads(workers).build().expect("valid");
        let runtime = std::sync::Arc::new(runtime);
        let own = std::sync::Arc::clone(&runtime);
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

/// The one call that cannot be: it says so before anything is spawned.
#[test]
fn inside_the_block_on_of_the_same_runtime() {
    let runtime = Builder::new_current_thread().build().expect("valid");
    let text = panic_of(|| {
        runtime.block_on(async {
            runtime.block_on_scope(async |_| unreachable!("the body is not begun"));
        });
    });
    assert_eq!(text.matches("scope/stack.rs:").count(), 2, "both places: {text}");
    assert_eq!(runtime.metrics_of_tasks(), 0);
}

trait Alive {
    fn metrics_of_tasks(&self) -> usize;
}

impl Alive for airmail::runtime::Runtime {
    fn metrics_of_tasks(&self) -> usize {
        self.handle().metrics().num_alive_tasks()
    }
}

/// A panic somewhere else shuts the runtime down: the tasks are cancelled, and the call ends.
#[test]
fn a_runtime_that_is_shut_down_for_a_panic() {
    let shut_down = |builder: &mut Builder| {
        builder.unhandled_panic(UnhandledPanic::ShutdownRuntime);
    };
    each_with("a_runtime_that_is_shut_down_for_a_panic", shut_down, |runtime| {
        let gone = Gone::default();
        let text = panic_of(|| {
            runtime.block_on_scope(async |scope| {
                let held = gone.at_drop();
                scope.spawn(async move {
                    let _held = held;
                    pending::<()>().await;
                });
                drop(airmail::spawn(async { panic!("elsewhere") }));
                pending::<()>().await;
            });
        });
        assert!(text.contains("shut down"), "{text}");
        assert!(gone.is_set());
        // Nothing begins on it any more.
        let again = panic_of(|| {
            runtime.block_on_scope(async |scope| {
                let refused = scope.spawn(async {}).await;
                assert!(refused.unwrap_err().is_cancelled());
                pending::<()>().await;
            });
        });
        assert!(again.contains("shut down"), "{again}");
    });
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

/// A handle inside the task that it is of: nobody awaits it, and it ends with the task.
#[test]
fn a_handle_in_its_own_task() {
    each("a_handle_in_its_own_task", |runtime| {
        let place = Mutex::new(None);
        let begin = Gate::new();
        let polled = runtime.block_on_scope(async |scope| {
            let (own, begins) = (Gate::new(), begin.clone());
            let taken = own.clone();
            let handle: ScopedJoinHandle<'_, bool> = scope.spawn({
                let place = &place;
                async move {
                    begins.wait().await;
                    let mut handle: Option<airmail::task::AbortHandle> =
                        place.lock().expect("no panic").take();
                    taken.open();
                    handle.take().is_some_and(|handle| !handle.is_finished())
                }
            });
            *place.lock().expect("no panic") = Some(handle.abort_handle());
            begin.open();
            own.wait().await;
            handle.await
        });
        assert!(polled.expect("no panic"));
    });
}

/// After its outcome a handle has no other.
#[test]
fn a_handle_that_is_polled_again() {
    each("a_handle_that_is_polled_again", |runtime| {
        let text = panic_of(|| {
            runtime.block_on_scope(async |scope| {
                let mut handle = scope.spawn(async { 5 });
                while !handle.is_finished() {
                    yield_now().await;
                }
                assert!(matches!(poll_once(&mut handle), Poll::Ready(Ok(5))));
                let _ = poll_once(&mut handle);
            });
        });
        assert!(text.contains("after it gave the outcome"), "{text}");
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
