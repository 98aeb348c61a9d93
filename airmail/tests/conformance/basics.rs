//! Spawn and join.

use crate::common::{Drops, Gate, yield_now};
use crate::subject::{Spawner, Subject};
use airmail_lesson::CountdownFuture;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// The first thing an executor must do: run a task and hand its output over.
pub(crate) fn spawn_then_join_gives_the_output<S: Subject>() {
    let sum = S::run(|spawner| async move { spawner.spawn(async { 40 }).await + 2 });
    assert_eq!(sum, 42);
}

/// An output waits for its handle, however long that takes to ask.
pub(crate) fn the_outcome_can_be_awaited_late<S: Subject>() {
    let output = S::run(|spawner| async move {
        let done = spawner.spawn(async { String::from("kept") });
        for _ in 0..10 {
            spawner.spawn(yield_now()).await;
        }
        done.await
    });
    assert_eq!(output, "kept");
}

/// A task that awaits two handles must be woken by each, in whichever order they end.
pub(crate) fn a_task_awaits_two_handles<S: Subject>() {
    let outputs = S::run(|spawner| async move {
        let slow = spawner.spawn(async {
            CountdownFuture::new(5).await;
            1
        });
        let quick = spawner.spawn(async { 2 });
        let both = spawner.spawn(futures::future::join(slow, quick));
        both.await
    });
    assert_eq!(outputs, (1, 2));
}

/// A hundred tasks, each of which awaits the one before: each end must wake the next.
pub(crate) fn a_chain_of_joins<S: Subject>() {
    let depth = S::run(|spawner| async move {
        let gate = Gate::new();
        let wait = gate.wait();
        let mut last = spawner.spawn(async move {
            wait.await;
            0
        });
        for _ in 0..100 {
            let before = last;
            last = spawner.spawn(async move { before.await + 1 });
        }
        spawner.spawn(CountdownFuture::new(3)).await;
        gate.open();
        last.await
    });
    assert_eq!(depth, 100);
}

fn tree<P: Spawner>(spawner: P, depth: u32) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move {
        if depth == 0 {
            return 1;
        }
        let children = [(); 3].map(|()| spawner.spawn(tree(spawner.clone(), depth - 1)));
        let mut leaves = 0;
        for child in children {
            leaves += child.await;
        }
        leaves
    })
}

/// Tasks spawn tasks, several levels deep, and await them.
pub(crate) fn spawn_inside_a_task<S: Subject>() {
    let leaves = S::run(|spawner| async move {
        let root = tree(spawner.clone(), 5);
        spawner.spawn(root).await
    });
    assert_eq!(leaves, 3_usize.pow(5));
}

/// Ten thousand tasks at once: each runs, each output goes to its own handle.
pub(crate) fn ten_thousand_tasks<S: Subject>() {
    S::run(|spawner| async move {
        let tasks: Vec<_> = (0..10_000_u32).map(|n| spawner.spawn(async move { n * 2 })).collect();
        for (n, task) in (0..).zip(tasks) {
            assert_eq!(task.await, n * 2);
        }
    });
}

/// A task whose handle was dropped runs all the same.
pub(crate) fn detached_tasks_run<S: Subject>() {
    let ran = S::run(|spawner| async move {
        let (ran, last) = (Arc::new(AtomicUsize::new(0)), Gate::new());
        for n in 1..=10 {
            let (ran, last) = (Arc::clone(&ran), last.clone());
            drop(spawner.spawn(async move {
                yield_now().await;
                if ran.fetch_add(1, SeqCst) + 1 == 10 {
                    last.open();
                }
                n
            }));
        }
        last.wait().await;
        ran.load(SeqCst)
    });
    assert_eq!(ran, 10);
}

/// Outputs arrive as they were, whatever their size and type: nothing, boxed, larger than the future, an error.
pub(crate) fn outputs_of_many_types<S: Subject>() {
    S::run(|spawner| async move {
        let nothing: () = spawner.spawn(async {}).await;
        assert_eq!(nothing, ());
        let boxed = spawner.spawn(async { Box::new([7_u8; 100]) as Box<dyn AsRef<[u8]> + Send> }).await;
        assert_eq!((*boxed).as_ref(), [7; 100]);
        assert_eq!(spawner.spawn(async { [3_u64; 200] }).await, [3; 200]);
        let error = spawner.spawn(async { "x".parse::<u32>() }).await;
        assert!(error.is_err());
    });
}

/// Futures and outputs, awaited and detached: each is dropped exactly once by the time the executor is gone.
pub(crate) fn each_future_and_output_is_dropped_once<S: Subject>() {
    let drops = Drops::new();
    let counted = drops.clone();
    S::run(|spawner| async move {
        let output = |guard| async move { guard };
        let awaited = spawner.spawn(counted.wrap(output(counted.guard())));
        drop(spawner.spawn(counted.wrap(output(counted.guard()))));
        let dropped_later = spawner.spawn(counted.wrap(output(counted.guard())));
        drop(awaited.await);
        spawner.spawn(CountdownFuture::new(2)).await;
        drop(dropped_later);
    });
    drops.assert_each_once(6);
}

/// An `.await` is a place where a task can wait, not a task: two awaits in one spawn run one after the other.
pub(crate) fn two_awaits_in_one_spawn_are_one_task<S: Subject>() {
    let polls = S::run(|spawner| async move {
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&polls);
        let mut inner = Box::pin(async {
            CountdownFuture::new(2).await;
            CountdownFuture::new(3).await;
        });
        spawner
            .spawn(std::future::poll_fn(move |cx| {
                counted.fetch_add(1, SeqCst);
                inner.as_mut().poll(cx)
            }))
            .await;
        polls.load(SeqCst)
    });
    assert_eq!(polls, 6, "one for the start, one after each of the five waits");
}
