//! `Runtime::block_on_scope`: a body, a task or a runtime that does not end well.

use super::common::{Gate, PanicsInDrop, panic_of, poll_once, text};
use super::{Gone, Watchdog, each, each_with};
use airmail::inspect::{Track, WokenBy};
use airmail::runtime::{Builder, RuntimeFlavor, ScopedJoinHandle, UnhandledPanic};
use airmail::task::{JoinError, Meta, yield_now};
use airmail::time::Duration;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

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

/// Nobody has the handle any more: the body ends where it waits, the others are aborted, and gone when the panic comes.
#[test]
fn a_panic_that_nobody_sees_ends_the_scope() {
    each("a_panic_that_nobody_sees_ends_the_scope", |runtime| {
        for body_waits in [false, true] {
            let (gone, body_gone) = (Gone::default(), Gone::default());
            let text = panic_of(|| {
                runtime.block_on_scope(async |scope| {
                    let _body = body_gone.at_drop();
                    let held = gone.at_drop();
                    scope.spawn(async move {
                        let _held = held;
                        pending::<()>().await;
                    });
                    scope.spawn_named("clerk", async { panic!("no stamps") });
                    if body_waits {
                        pending::<()>().await;
                    }
                });
            });
            assert!(text.contains("\"clerk\"") && text.contains("whose handle is gone"), "{text}");
            assert!(text.contains("scope/stack_failures.rs:") && text.contains("await the handle"), "{text}");
            assert!(gone.is_set() && body_gone.is_set());
        }
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
        assert!(text.contains("whose handle is gone"), "{text}");
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

/// A drop that panics, of a future and of an output: the scope ends all the same.
#[test]
fn drops_that_panic() {
    each("drops_that_panic", |runtime| {
        let (place, detached) = (AtomicUsize::new(0), Gate::new());
        let ended = runtime.block_on_scope(async |scope| {
            let aborted = scope.spawn(async {
                let _bad = PanicsInDrop("of a future, on purpose");
                place.fetch_add(1, SeqCst);
                pending::<()>().await;
            });
            // Not before the handle is dropped, which would drop the output here.
            drop(scope.spawn(async {
                detached.wait().await;
                PanicsInDrop("of an output, on purpose")
            }));
            detached.open();
            while place.load(SeqCst) == 0 {
                yield_now().await;
            }
            aborted.abort();
            aborted.await.is_err()
        });
        assert!(ended);
    });
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
    assert_eq!(text.matches("scope/stack_failures.rs:").count(), 2, "both places: {text}");
    assert_eq!(runtime.handle().metrics().num_alive_tasks(), 0);
}

/// A panic somewhere else shuts the runtime down: the tasks are cancelled, and the call panics, whatever its body does: it
/// waits, or it is due all the time. (One whose body has ended may find that its tasks are gone, and not ask why.)
#[test]
fn a_runtime_that_is_shut_down_for_a_panic() {
    a_runtime_that_is_shut_down(true, async || pending::<()>().await);
    a_runtime_that_is_shut_down(true, async || {
        loop {
            yield_now().await;
        }
    });
    a_runtime_that_is_shut_down(false, async || {});
}

fn a_runtime_that_is_shut_down(panics: bool, body: impl AsyncFn()) {
    let shut_down = |builder: &mut Builder| {
        builder.unhandled_panic(UnhandledPanic::ShutdownRuntime);
    };
    each_with("a_runtime_that_is_shut_down_for_a_panic", shut_down, |runtime| {
        let gone = [Gone::default(), Gone::default()];
        let ended = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on_scope(async |scope| {
                for gone in &gone {
                    let held = gone.at_drop();
                    scope.spawn(async move {
                        let _held = held;
                        pending::<()>().await;
                    });
                }
                drop(airmail::spawn(async { panic!("elsewhere") }));
                body().await;
            });
        }));
        match ended {
            Ok(()) => assert!(!panics),
            Err(payload) => assert!(text(&*payload).contains("shut down")),
        }
        assert!(gone.iter().all(Gone::is_set));
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

/// Somebody else's code that panics, against what it has promised, as the tasks are aborted: they are all gone all the same.
#[test]
fn what_a_tracker_does_is_no_matter() {
    struct Panics(Arc<AtomicBool>);
    impl Track for Panics {
        fn woken(&self, _: &Meta, _: WokenBy) {
            assert!(!self.0.load(SeqCst), "on purpose, in a tracker");
        }
    }
    let on = Arc::new(AtomicBool::new(false));
    let track = |builder: &mut Builder| {
        builder.track(Panics(Arc::clone(&on)));
    };
    each_with("what_a_tracker_does_is_no_matter", track, |runtime| {
        on.store(false, SeqCst);
        let runtime = Arc::new(runtime);
        let (own, on) = (Arc::clone(&runtime), Arc::clone(&on));
        let with_a_scope = move || {
            let gone = [Gone::default(), Gone::default(), Gone::default()];
            let begun = AtomicUsize::new(0);
            let text = panic_of(|| {
                own.block_on_scope(async |scope| {
                    for gone in &gone {
                        let held = gone.at_drop();
                        scope.spawn(async {
                            let _held = held;
                            begun.fetch_add(1, SeqCst);
                            pending::<()>().await;
                        });
                    }
                    while begun.load(SeqCst) < 3 {
                        yield_now().await;
                    }
                    on.store(true, SeqCst);
                    panic!("no body");
                });
            });
            (text, gone.iter().all(Gone::is_set))
        };
        // In a task, where there are workers: there an abort goes straight into the worker's queue.
        let seen = if runtime.handle().runtime_flavor() == RuntimeFlavor::CurrentThread {
            with_a_scope()
        } else {
            let seen = runtime.spawn(async move { with_a_scope() });
            runtime.block_on(seen).expect("it catches its panics")
        };
        assert_eq!(seen, ("no body".to_owned(), true));
    });
}

/// The tasks wait for ever, and the simulation says so, instead of waiting too.
#[test]
fn a_deadlock_in_a_simulation() {
    let _watchdog = Watchdog::new("a_deadlock_in_a_simulation", Duration::from_mins(2));
    let gone = Gone::default();
    let text = panic_of(|| {
        let runtime = Builder::new_simulated(1).build().expect("valid");
        runtime.block_on_scope(async |scope| {
            let held = gone.at_drop();
            scope.spawn(async move {
                let _held = held;
                pending::<()>().await;
            });
        });
    });
    assert!(text.contains("deadlock") && gone.is_set(), "{text}");
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
