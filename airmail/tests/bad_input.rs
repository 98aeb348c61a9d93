//! Bad input: settings that make no sense, calls in places where they cannot work. Each is refused with a
//! message that names what is wrong, and nothing is broken afterwards.

mod common;

use airmail::runtime::{Builder, Handle, LocalOptions};
use airmail::task::{self, LocalSet};
use common::{Drops, Gate, end, local_runtime, outcome, panic_of, poll_once, run, runtime, turns};
use std::future::{Future, pending, poll_fn};
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll};
use std::thread;

// ---- The builder ----

/// Values that make no sense are errors which name the setter, for both runtimes, and the builder can be used
/// again with good ones; extreme values that do make sense work.
#[test]
fn the_builder_refuses_nonsense_by_name() {
    type Set = fn(&mut Builder) -> &mut Builder;
    let bad: [(&str, Set); 3] = [
        ("event_interval", |builder| builder.event_interval(0)),
        ("queue_capacity", |builder| builder.queue_capacity(usize::MAX)),
        ("queue_capacity", |builder| builder.queue_capacity((1 << 24) + 1)),
    ];
    for (name, set) in bad {
        let mut builder = Builder::new_current_thread();
        let errors = [
            set(&mut builder).build().expect_err("nonsense"),
            builder.build_local(LocalOptions::default()).expect_err("nonsense"),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(&format!("`Builder::{name}`")), "{error}");
        }
        end(builder.event_interval(u32::MAX).queue_capacity(0).build().expect("valid again"));
    }
    let often = Builder::new_current_thread().event_interval(1).queue_capacity(1 << 10).build();
    let often = often.expect("valid");
    assert_eq!(often.block_on(often.spawn(async { 7 })).expect("it runs"), 7);
    end(often);
}

// ---- No runtime here ----

/// Outside of runtimes `spawn`, `spawn_local`, `Handle::current` and `task::id` panic with a message that says
/// what is missing; their `try_` forms do not.
#[test]
fn calls_outside_of_a_runtime_say_what_is_missing() {
    let drops = Drops::new();
    let spawn = panic_of(|| airmail::spawn(drops.wrap(async {})));
    assert!(
        spawn.contains("`spawn`: no airmail runtime here: call this inside `Runtime::block_on`"),
        "{spawn}"
    );
    let current = panic_of(Handle::current);
    assert!(current.contains("no airmail runtime here"), "{current}");
    assert!(Handle::try_current().expect_err("no runtime").is_missing_context());
    let local = panic_of(|| task::spawn_local(drops.wrap(async {})));
    assert!(local.contains("needs a `LocalSet` or a `LocalRuntime`"), "{local}");
    assert!(panic_of(task::id).contains("outside of a task"));
    assert_eq!(task::try_id(), None);
    drops.assert_each_once(2);
}

/// `spawn_local` in a runtime that may change threads panics clearly, and so does one from a task or through a
/// handle of a local runtime on another thread.
#[test]
fn spawn_local_where_tasks_may_change_threads() {
    run(async {
        let message = panic_of(|| task::spawn_local(async {}));
        assert!(message.contains("needs a `LocalSet` or a `LocalRuntime`"), "{message}");
        let in_task = airmail::spawn(async { drop(task::spawn_local(async {})) });
        assert!(in_task.await.expect_err("it panicked").is_panic());
    });
    let local = local_runtime();
    let handle = local.handle().clone();
    let other = thread::spawn(move || {
        let _entered = handle.enter();
        panic_of(|| task::spawn_local(async {}))
    });
    assert!(other.join().expect("caught").contains("needs a `LocalSet` or a `LocalRuntime`"));
}

// ---- After the end ----

/// A spawn onto a runtime that is gone drops the future at once, where it was spawned, and gives a handle that
/// answers `Cancelled`; through an old handle and through a context that is still entered.
#[test]
fn a_spawn_after_the_runtime_is_gone_is_cancelled() {
    let drops = Drops::new();
    let runtime = runtime();
    let handle = runtime.handle().clone();
    drop(runtime);
    let mut direct = handle.spawn(drops.wrap(async {}));
    let entered = handle.enter();
    let mut entered_spawn = airmail::spawn(drops.wrap(async {}));
    drop(entered);
    drops.assert_each_once(2);
    for task in [&mut direct, &mut entered_spawn] {
        assert!(task.is_finished());
        let error = outcome(task).expect_err("nobody can run it");
        assert!(error.is_cancelled() && error.to_string().contains("bad_input.rs"), "{error}");
    }
    assert_ne!(direct.id(), entered_spawn.id());
    assert_eq!(handle.metrics().spawned_tasks_count(), 0);
    assert!(handle.tasks().is_empty());
}

/// The same for a local set that is still entered when it is dropped; also after its place in the core was
/// taken over by other executors.
#[test]
fn a_spawn_local_after_the_set_is_gone_is_cancelled() {
    let drops = Drops::new();
    let set = LocalSet::new();
    let entered = set.enter();
    drop(set);
    let mut first = task::spawn_local(drops.wrap(async {}));
    assert!(outcome(&mut first).expect_err("nobody can run it").is_cancelled());
    let successors: Vec<_> = (0..8).map(|_| runtime()).collect();
    let mut second = task::spawn_local(drops.wrap(async {}));
    assert!(outcome(&mut second).expect_err("nobody can run it").is_cancelled());
    drop((entered, successors));
    drops.assert_each_once(2);
}

// ---- block_on in block_on ----

/// A nested `block_on` of the same runtime, from its root and from a task, panics at once and names both call
/// sites; the runtime is usable afterwards.
#[test]
fn a_nested_block_on_names_both_places() {
    let check = |message: &str, outer: u32| {
        let places: Vec<_> = message.matches("bad_input.rs:").collect();
        assert_eq!(places.len(), 2, "{message}");
        assert!(message.contains(&format!("bad_input.rs:{outer}:")), "{message}");
        assert!(message.contains("Await the future instead"), "{message}");
    };
    let runtime = Arc::new(runtime());
    let outer = line!() + 1;
    let message = runtime.block_on(async { panic_of(|| runtime.block_on(async {})) });
    check(&message, outer);
    let inner = Arc::clone(&runtime);
    let task = runtime.spawn(async move { panic_of(|| inner.block_on(async {})) });
    let outer = line!() + 1;
    let message = runtime.block_on(task).expect("caught inside");
    check(&message, outer);
    assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("usable"), 7);
    end(Arc::into_inner(runtime).expect("the task is gone"));

    let local = local_runtime();
    let message = local.block_on(async { panic_of(|| local.block_on(async {})) });
    assert!(message.contains("inside the `block_on` at"), "{message}");
    local.block_on(turns(1));
}

/// An error instead of the panic: it names both places, and the runtime goes on.
#[test]
fn try_block_on_answers() {
    let runtime = runtime();
    assert_eq!(runtime.try_block_on(async { 1 }), Ok(1));
    let drops = Drops::new();
    let outer = line!() + 1;
    runtime.block_on(async {
        let error = runtime.try_block_on(drops.wrap(async {})).unwrap_err();
        assert_eq!((error.outer().line(), error.inner().line()), (outer, outer + 1));
        assert!(error.to_string().contains("Await the future instead"), "{error}");
    });
    drops.assert_each_once(1);
    assert_eq!(runtime.try_block_on(async { 2 }), Ok(2));

    let local = local_runtime();
    let nested = local.block_on(async { local.try_block_on(async {}).is_err() });
    assert!(nested);
    assert_eq!(local.try_block_on(async { 3 }), Ok(3));

    // With workers there is nothing that cannot be answered.
    let workers = Builder::new_multi_thread().worker_threads(1).build().expect("valid");
    assert_eq!(workers.block_on(async { workers.try_block_on(async { 4 }) }), Ok(4));
}

/// Another runtime's `block_on` works inside one, three deep, each with tasks of its own; what is woken across
/// goes on.
#[test]
fn block_on_of_other_runtimes_nests() {
    let runtimes = [runtime(), runtime(), runtime()];
    let [a, b, c] = &runtimes;
    let gate = Gate::new();
    let outer = a.spawn(gate.wait());
    let sum = a.block_on(async {
        let own = airmail::spawn(async { 1 });
        let inner = b.block_on(async {
            let own = airmail::spawn(async { 10 });
            let innermost = c.block_on(async { airmail::spawn(async { 100 }).await.expect("it runs") });
            gate.open();
            own.await.expect("it runs") + innermost
        });
        outer.await.expect("woken from inside");
        own.await.expect("it runs") + inner
    });
    assert_eq!(sum, 111);
    runtimes.into_iter().for_each(end);
}

/// A `block_on` inside a task, by this crate's handle or by somebody else's executor, must make progress
/// however many operations it does: a task's cooperative budget is not refilled while its poll lasts (tokio#2376).
#[test]
fn a_foreign_block_on_inside_a_task_is_not_starved() {
    const OPERATIONS: usize = 1000;
    run(async {
        let finished: Vec<_> = (0..OPERATIONS).map(|n| airmail::spawn(async move { n })).collect();
        turns(OPERATIONS).await;
        let task = airmail::spawn(async {
            // As `futures::executor::block_on` does, but it gives up instead of hanging.
            let mut inner = pin!(async {
                for handle in finished {
                    handle.await.expect("it has ended");
                }
            });
            let woken = common::foreign::Foreign::new();
            let waker = woken.waker();
            let mut polls = 0;
            while inner.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                polls += 1;
                assert_eq!(woken.counts().wakes, polls, "it answered `Pending` without a wake-up");
                assert!(polls < OPERATIONS, "{polls} polls in a row without progress");
            }
        });
        task.await.expect("it makes progress");
    });
}

/// `Handle::block_on` inside a task of another runtime gets on too, whatever the task's budget.
#[test]
fn handle_block_on_inside_a_task_is_not_starved() {
    let (outer, inner) = (runtime(), runtime());
    let finished: Vec<_> = (0..1000).map(|n| inner.spawn(async move { n })).collect();
    inner.block_on(turns(1000));
    let (handle, done) = (inner.handle().clone(), std::sync::mpsc::channel());
    let thread = thread::spawn(move || {
        let task = outer.spawn(async move {
            handle.block_on(async {
                for handle in finished {
                    handle.await.expect("it has ended");
                }
            });
        });
        outer.block_on(task).expect("no panic");
        let _ = done.0.send(());
        end(outer);
    });
    // Not to order anything: a hang has no other end.
    let patience = std::time::Duration::from_secs(5);
    done.1.recv_timeout(patience).expect("`Handle::block_on` hangs when the budget is used up");
    thread.join().expect("no panic");
    end(inner);
}

// ---- Dropped anywhere ----

/// A runtime may be dropped inside another runtime's task, in its root, and on another thread.
#[test]
fn a_runtime_is_dropped_inside_another_and_on_another_thread() {
    let drops = Drops::new();
    let with_tasks = || {
        let runtime = runtime();
        let waits = runtime.spawn(drops.wrap(pending::<()>()));
        runtime.block_on(turns(2));
        let queued = runtime.spawn(drops.wrap(pending::<()>()));
        (runtime, [waits, queued])
    };
    let mut handles = Vec::new();
    run(async {
        let (runtime, tasks) = with_tasks();
        handles.extend(tasks);
        airmail::spawn(async move { drop(runtime) }).await.expect("no panic");
        let (runtime, tasks) = with_tasks();
        handles.extend(tasks);
        drop(runtime);
        airmail::spawn(async {}).await.expect("the outer runtime is the current one again");
    });
    let (runtime, tasks) = with_tasks();
    handles.extend(tasks);
    thread::spawn(move || drop(runtime)).join().expect("no panic");
    drops.assert_each_once(6);
    assert!(handles.iter_mut().all(|task| outcome(task).is_err_and(|error| error.is_cancelled())));
}

/// A task that aborts, awaits or spawns in its own drop, while it is cancelled: no deadlock, nothing twice.
#[test]
fn a_task_that_aborts_awaits_and_spawns_in_its_own_drop() {
    struct Own {
        handle: Arc<Mutex<Option<task::JoinHandle<()>>>>,
        runtime: Handle,
        _guard: common::Guard,
    }
    impl Drop for Own {
        fn drop(&mut self) {
            let mut own = common::lock(&self.handle).take().expect("put there by the test");
            own.abort();
            assert!(poll_once(&mut own).is_pending(), "it has not ended yet");
            drop(self.runtime.spawn(async {}));
            drop(own);
        }
    }
    for shut_down in [false, true] {
        let (runtime, drops) = (runtime(), Drops::new());
        let handle = Arc::default();
        let guard = drops.guard();
        let own = Own { handle: Arc::clone(&handle), runtime: runtime.handle().clone(), _guard: guard };
        let task = runtime.spawn(async move {
            let _own = own;
            pending::<()>().await;
        });
        let abort = task.abort_handle();
        *common::lock(&handle) = Some(task);
        runtime.block_on(turns(2));
        if !shut_down {
            abort.abort();
            runtime.block_on(turns(4));
            drops.assert_each_once(1);
        }
        drop(runtime);
        drops.assert_each_once(1);
        assert!(abort.is_finished());
    }
}

// ---- Guards ----

/// Guards of `enter` that are dropped out of order: a clear panic, after which the thread is in no runtime that
/// it did not enter.
#[test]
fn enter_guards_dropped_out_of_order() {
    let (a, b) = (runtime(), runtime());
    let outer = a.enter();
    let inner = b.enter();
    let message = panic_of(|| drop(outer));
    assert!(message.contains("must be dropped in the opposite order"), "{message}");
    drop(inner);
    assert!(Handle::try_current().is_err(), "left");
    let entered = a.enter();
    let task = airmail::spawn(async { 7 });
    drop(entered);
    assert_eq!(a.block_on(task).expect("it runs in the runtime that is entered now"), 7);
    end(a);
    end(b);
}

/// Several threads in `block_on` of one runtime, each with a future that the others complete: nobody waits for
/// ever, and tasks run while anybody is there.
#[test]
fn many_threads_in_block_on_complete_each_other() {
    const THREADS: usize = 4;
    let runtime = runtime();
    let gates: Vec<_> = (0..THREADS).map(|_| Gate::new()).collect();
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (runtime, gates, start) = (&runtime, &gates, &start);
            scope.spawn(move || {
                start.wait();
                let own = gates[n].wait();
                let next = gates[(n + 1) % THREADS].clone();
                runtime.block_on(async {
                    let task = airmail::spawn(async move { next.open() });
                    own.await;
                    task.await.expect("some thread runs it");
                });
            });
        }
    });
    end(runtime);
}

/// A future that is ready at once, and one that wakes itself before it is ready, in `Handle::block_on`, which
/// drives nothing.
#[test]
fn handle_block_on_waits_for_its_own_future_only() {
    let runtime = runtime();
    let mut polls = 0;
    runtime.handle().block_on(poll_fn(|cx| {
        polls += 1;
        cx.waker().wake_by_ref();
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    }));
    let task = runtime.spawn(async { 7 });
    runtime.handle().block_on(common::yield_now());
    assert!(!task.is_finished(), "nobody drives the runtime");
    assert_eq!(runtime.block_on(task).expect("it runs"), 7);
    end(runtime);
}
