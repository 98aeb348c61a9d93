//! Faults that panic: rows P1 to P5 of the catalogue (`catalogue.md`).

mod common;

use airmail::runtime::Trouble;
use airmail::task::{JoinHandle, LocalSet};
use common::{
    Drops, Gate, PanicsInDrop, Troubles, bad_drop, child, end, outcome, panic_of, runtime, still_works, text,
    turns,
};
use std::future::poll_fn;
use std::panic::panic_any;
use std::task::Poll;

// ---- P1: a panic in a poll ----

/// P1: a panic in a poll becomes the handle's error, with payload, message and spawn site; the future is
/// dropped once; other tasks and the runtime go on.
#[test]
fn p1_a_panic_goes_to_the_handle() {
    let (troubles, drops) = (Troubles::default(), Drops::new());
    let runtime = troubles.runtime(true);
    let other = Gate::new();
    let waits = runtime.spawn(other.wait());
    let texts = runtime.spawn(drops.wrap(async { panic!("boom {}", 1) }));
    let any = runtime.spawn(drops.wrap(async { panic_any(42_u32) }));
    let id = texts.id();
    let error = runtime.block_on(texts).expect_err("it panicked");
    assert!(error.is_panic() && !error.is_cancelled());
    let message = error.to_string();
    assert!(message.contains(&format!("task {id} ")) && message.contains("panicked: boom 1"), "{message}");
    assert!(message.contains("fault_panics.rs"), "{message}");
    assert_eq!(text(&*error.into_panic()), "boom 1");
    let error: airmail::task::JoinError = runtime.block_on(any).expect_err("it panicked");
    assert_eq!(error.into_panic().downcast_ref::<u32>(), Some(&42));
    still_works(&runtime);
    other.open();
    runtime.block_on(waits).expect("the other task goes on");
    assert_eq!(troubles.kinds(), [], "an observed panic is no trouble");
    drops.assert_each_once(2);
    end(runtime);
}

/// P1: a panic that no handle sees is reported with the task's spawn site and its message: when the handle was
/// dropped before, and when it is dropped after, also after the runtime is gone.
#[test]
fn p1_an_unobserved_panic_is_reported() {
    let troubles = Troubles::default();
    let runtime = troubles.runtime(false);
    drop(runtime.spawn(async { panic!("before") }));
    let after = runtime.spawn(async { panic!("after") });
    let late = runtime.spawn(async { panic!("late") });
    runtime.block_on(turns(4));
    drop::<JoinHandle<()>>(after);
    drop(runtime);
    drop::<JoinHandle<()>>(late);
    let messages: Vec<_> = troubles.all().into_iter().map(|(_, _, message)| message).collect();
    assert_eq!(messages, ["before", "after", "late"]);
    assert_eq!(troubles.kinds(), [Trouble::Unobserved; 3]);
    assert!(troubles.all().iter().all(|(_, task, _)| task.contains("fault_panics.rs")));
}

/// P1: a panic in the future of `block_on` goes to the caller; the runtime's tasks stay, and the next call runs
/// them.
#[test]
fn p1_a_panic_in_block_on_goes_to_the_caller() {
    let (runtime, drops) = (runtime(), Drops::new());
    let task = runtime.spawn(drops.wrap(async { 7 }));
    let message = panic_of(|| runtime.block_on(drops.wrap(async { panic!("to the caller") })));
    assert_eq!(message, "to the caller");
    assert_eq!(runtime.block_on(task).expect("it stays"), 7);
    still_works(&runtime);
    drops.assert_each_once(2);
    end(runtime);
}

// ---- P2: a panic in a future's drop ----

/// P2: a future's drop that panics is caught and reported wherever it happens, and what the task had to say is
/// still delivered: an output, its own panic, a cancellation.
#[test]
fn p2_a_panic_in_a_futures_drop() {
    let troubles = Troubles::default();
    let runtime = troubles.runtime(true);
    let ready = runtime.spawn(bad_drop(Poll::Ready(7), "after ready"));
    assert_eq!(runtime.block_on(ready).expect("the output is still delivered"), 7);

    let bad = PanicsInDrop("after its panic");
    let panics = runtime.spawn(poll_fn(move |_| -> Poll<()> {
        let _bad = &bad;
        panic!("in the poll")
    }));
    let error = runtime.block_on(panics).expect_err("it panicked");
    assert_eq!(text(&*error.into_panic()), "in the poll");

    let aborted = runtime.spawn(bad_drop(Poll::Pending, "on abort"));
    aborted.abort();
    assert!(runtime.block_on(aborted).expect_err("aborted").is_cancelled());
    still_works(&runtime);

    let mut waits = runtime.spawn(bad_drop(Poll::Pending, "at shutdown"));
    drop(runtime);
    assert!(outcome(&mut waits).expect_err("shut down").is_cancelled());
    let messages: Vec<_> = troubles.all().into_iter().map(|(_, _, message)| message).collect();
    assert_eq!(messages, ["after ready", "after its panic", "on abort", "at shutdown"]);
    assert_eq!(troubles.kinds(), [Trouble::FutureDrop; 4]);
}

/// P2: the same in a local set, which has no hook: nothing reaches whoever polls or drops the set.
#[test]
fn p2_a_panic_in_a_futures_drop_in_a_local_set() {
    let (set, runtime) = (LocalSet::new(), runtime());
    let ready = set.spawn_local(bad_drop(Poll::Ready(7), "after ready"));
    assert_eq!(set.block_on(&runtime, ready).expect("still delivered"), 7);
    let mut waits = set.spawn_local(bad_drop(Poll::Pending, "at the drop of the set"));
    drop(set);
    assert!(outcome(&mut waits).expect_err("cancelled").is_cancelled());
    end(runtime);
}

/// P2: a spawn onto a runtime that is gone drops the future at once; its panic does not reach the spawner.
#[test]
fn p2_a_panic_in_the_drop_of_a_refused_future() {
    let runtime = runtime();
    let handle = runtime.handle().clone();
    drop(runtime);
    let mut task = handle.spawn(bad_drop(Poll::Pending, "refused"));
    assert!(outcome(&mut task).expect_err("refused").is_cancelled());
}

// ---- P3: a panic in an output's drop ----

/// P3: an output's drop that panics is reported, and never thrown at who drops the handle: when the handle went
/// first, and when it goes last.
#[test]
fn p3_a_panic_in_an_outputs_drop() {
    let troubles = Troubles::default();
    let runtime = troubles.runtime(false);
    drop(runtime.spawn(async { PanicsInDrop("the handle went first") }));
    let inside = runtime.spawn(async { PanicsInDrop("dropped inside") });
    runtime.block_on(async {
        turns(4).await;
        drop(inside);
    });
    still_works(&runtime);
    end(runtime);
    let messages: Vec<_> = troubles.all().into_iter().map(|(_, _, message)| message).collect();
    assert_eq!(messages, ["the handle went first", "dropped inside"]);
    assert_eq!(troubles.kinds(), [Trouble::OutputDrop; 2]);
}

/// P3: the same when the handle is dropped outside of the runtime, while it lives: its hook hears of it.
#[test]
fn p3_a_panic_in_an_outputs_drop_outside_reaches_the_hook() {
    let troubles = Troubles::default();
    let runtime = troubles.runtime(false);
    let outside = runtime.spawn(async { PanicsInDrop("dropped outside") });
    runtime.block_on(turns(2));
    drop(outside);
    assert_eq!(troubles.kinds(), [Trouble::OutputDrop]);
    end(runtime);
}

/// P3: an output that somebody took is theirs: its drop's panic is theirs too, and the runtime says nothing.
#[test]
fn p3_an_output_that_was_taken_is_the_takers() {
    let troubles = Troubles::default();
    let runtime = troubles.runtime(false);
    let task = runtime.spawn(async { PanicsInDrop("mine now") });
    let taken = runtime.block_on(task).expect("it answers");
    assert_eq!(panic_of(|| drop(taken)), "mine now");
    assert_eq!(troubles.kinds(), []);
    end(runtime);
}

// ---- P4: a payload whose drop panics ----

/// P4: a panic payload whose own drop panics does not unwind through the runtime, and is reported like any
/// other; nor does the payload of that second panic.
#[test]
fn p4_a_payload_whose_drop_panics() {
    struct Nested;
    impl Drop for Nested {
        fn drop(&mut self) {
            panic_any(PanicsInDrop("the payload of the payload's panic"));
        }
    }
    let troubles = Troubles::default();
    let runtime = troubles.runtime(true);
    drop(runtime.spawn(async { panic_any(PanicsInDrop("the payload")) }));
    drop(runtime.spawn(async { panic_any(Nested) }));
    let after: JoinHandle<()> = runtime.spawn(async { panic_any(PanicsInDrop("the payload")) });
    runtime.block_on(turns(4));
    drop(after);
    assert_eq!(troubles.kinds(), [Trouble::Unobserved; 3]);
    still_works(&runtime);
    end(runtime);
}

/// P4: a payload whose drop panics is the caller's once the handle gave it.
#[test]
fn p4_a_payload_that_was_taken_is_the_takers() {
    let runtime = runtime();
    let task: JoinHandle<()> = runtime.spawn(async { panic_any(PanicsInDrop("mine now")) });
    let error = runtime.block_on(task).expect_err("it panicked");
    assert_eq!(panic_of(|| drop(error)), "mine now");
    still_works(&runtime);
    end(runtime);
}

// ---- P5: a panic while unwinding ----

/// P5: a panic in a drop while the poll unwinds aborts the process, as everywhere in Rust; both messages are on
/// stderr, and nothing hangs.
#[test]
fn p5_a_panic_while_unwinding_aborts() {
    let errors = child::must_abort("p5_a_panic_while_unwinding_aborts", || {
        let runtime = runtime();
        let task = runtime.spawn(async {
            let _bad = PanicsInDrop("the second panic");
            panic!("the first panic");
        });
        let _: Result<(), _> = runtime.block_on(task);
    });
    assert!(errors.contains("the first panic"), "{errors}");
    assert!(errors.contains("the second panic"), "{errors}");
}
