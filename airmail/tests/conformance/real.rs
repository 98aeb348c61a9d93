//! What the runtimes can and the lesson leaves out.

use crate::common::{Drops, Gate, text, yield_now};
use crate::subject::{Real, Tasks, until};
use airmail::task;
use futures::StreamExt;
use futures::future::{Either, join_all, select};
use futures::stream::FuturesUnordered;
use std::collections::HashSet;
use std::future::pending;
use std::pin::pin;

/// Aborted before its first poll, a task is never polled, and its handle says so.
pub(crate) fn abort_before_the_first_poll<S: Real>() {
    let drops = Drops::new();
    let counted = drops.clone();
    S::run(|spawner| async move {
        let task = spawner.task(counted.wrap(async { panic!("it must not be polled") }));
        task.abort();
        let error: airmail::task::JoinError = task.await.expect_err("it was aborted");
        assert!(error.is_cancelled(), "{error}");
    });
    drops.assert_each_once(1);
}

/// Aborted while it waits, a task's future is dropped and the handle answers.
pub(crate) fn abort_while_it_waits<S: Real>() {
    let drops = Drops::new();
    let counted = drops.clone();
    S::run(|spawner| async move {
        let task = spawner.task(counted.wrap(pending::<()>()));
        spawner.task(yield_now()).await.expect("it answers");
        assert_eq!(counted.count(), 0);
        task.abort();
        assert!(task.await.expect_err("it was aborted").is_cancelled());
        assert_eq!(counted.count(), 1);
    });
    drops.assert_each_once(1);
}

/// Aborted after its end, a task's output is still there.
pub(crate) fn abort_after_completion<S: Real>() {
    S::run(|spawner| async move {
        let task = spawner.task(async { 7 });
        until(&spawner, || task.is_finished()).await;
        task.abort();
        assert_eq!(task.await.expect("it had ended"), 7);
    });
}

/// A panic is its task's: the handle gets the payload, neighbours and the executor go on.
pub(crate) fn a_panic_stays_in_its_task<S: Real>() {
    S::run(|spawner| async move {
        let gate = Gate::new();
        let neighbour = spawner.task(gate.wait());
        let task = spawner.task(async {
            yield_now().await;
            panic!("boom");
        });
        let error: airmail::task::JoinError = task.await.expect_err("it panicked");
        assert_eq!(text(&*error.into_panic()), "boom");
        gate.open();
        neighbour.await.expect("it goes on");
    });
}

/// After a panic, ten more tasks run (a peer stopped here).
pub(crate) fn ten_more_spawns_after_a_panic<S: Real>() {
    S::run(|spawner| async move {
        let task = spawner.task(async { panic!("boom") });
        let _: Result<(), _> = task.await;
        for n in 0..10 {
            assert_eq!(spawner.task(async move { n }).await.expect("it runs"), n);
        }
    });
}

/// Tasks that never ran, that wait, and that would yield for ever: dropping the executor drops each once.
pub(crate) fn a_drop_of_the_executor_drops_each_future_once<S: Real>() {
    let drops = Drops::new();
    let counted = drops.clone();
    let handles = S::run(|spawner| async move {
        let waits = spawner.task(counted.wrap(pending::<()>()));
        let yields = spawner.task(counted.wrap(async {
            loop {
                yield_now().await;
            }
        }));
        spawner.task(yield_now()).await.expect("it answers");
        // Simulated, it may be polled once as the body ends.
        let never_polled = spawner.task(counted.wrap(pending()));
        [waits, yields, never_polled]
    });
    drops.assert_each_once(3);
    for mut handle in handles {
        assert!(crate::common::outcome(&mut handle).expect_err("cancelled").is_cancelled());
    }
}

/// No two tasks have the same id, neither at once nor one after the other.
pub(crate) fn ids_are_unique<S: Real>() {
    S::run(|spawner| async move {
        let mut ids = HashSet::new();
        for _ in 0..20 {
            let tasks: Vec<_> = (0..50).map(|_| spawner.task(async {})).collect();
            for task in tasks {
                assert!(ids.insert(task.id()), "{} was given twice", task.id());
                task.await.expect("it answers");
            }
        }
    });
}

/// Inside a task `task::id` is the task's, in each poll and in its drop; inside `block_on` there is none.
pub(crate) fn the_current_id_is_the_tasks_own<S: Real>() {
    struct InDrop(futures::channel::mpsc::UnboundedSender<Option<task::Id>>);
    impl Drop for InDrop {
        fn drop(&mut self) {
            let _ = self.0.unbounded_send(task::try_id());
        }
    }
    S::run(|spawner| async move {
        let outer = task::try_id();
        let (sender, mut in_drop) = futures::channel::mpsc::unbounded();
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let sees = InDrop(sender.clone());
                spawner.task(async move {
                    let _sees = sees;
                    let first = task::id();
                    yield_now().await;
                    assert_eq!(task::id(), first);
                    first
                })
            })
            .collect();
        let mut ids = Vec::new();
        for task in tasks {
            let id = task.id();
            assert_eq!(task.await.expect("it answers"), id);
            ids.push(Some(id));
        }
        let mut seen: Vec<_> = in_drop.by_ref().take(ids.len()).collect().await;
        ids.sort();
        seen.sort();
        assert_eq!(seen, ids);
        let sees = InDrop(sender);
        let cancelled = spawner.task(async move {
            let _sees = sees;
            pending::<()>().await;
        });
        spawner.task(yield_now()).await.expect("it answers");
        cancelled.abort();
        assert_eq!(in_drop.next().await, Some(Some(cancelled.id())));
        assert_eq!(task::try_id(), outer);
    });
}

/// `is_finished` turns true when the outcome is there, not before, and stays true.
pub(crate) fn a_handle_is_finished_when_its_task_is<S: Real>() {
    S::run(|spawner| async move {
        let gate = Gate::new();
        let mut task = spawner.task(gate.wait());
        let abort = task.abort_handle();
        spawner.task(yield_now()).await.expect("it answers");
        assert!(!task.is_finished() && !abort.is_finished());
        gate.open();
        (&mut task).await.expect("it answers");
        assert!(task.is_finished() && abort.is_finished());
    });
}

/// Combinators with wakers of their own drive airmail's handles.
pub(crate) fn futures_of_the_futures_crate_run<S: Real>() {
    S::run(|spawner| async move {
        let tasks = (0..50).map(|n| spawner.task(async move { n }));
        let outputs = join_all(tasks.collect::<Vec<_>>()).await;
        assert!(outputs.into_iter().map(|output| output.expect("it answers")).eq(0..50));
        let unordered: FuturesUnordered<_> = (0..200).map(|n| spawner.task(async move { n })).collect();
        let sum: u32 = unordered.map(|output| output.expect("it answers")).fold(0, async |a, b| a + b).await;
        assert_eq!(sum, 199 * 200 / 2);
        let (never, quick) = (spawner.task(pending::<()>()), spawner.task(async { 7 }));
        let abort = never.abort_handle();
        match select(pin!(never), pin!(quick)).await {
            Either::Right((seven, _)) => assert_eq!(seven.expect("it answers"), 7),
            Either::Left(_) => panic!("it never answers"),
        }
        abort.abort();
    });
}
