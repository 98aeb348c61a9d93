//! Odd moments: aborts while somebody joins, a child that owns its own set, drops that panic.

use crate::common::{Drops, Gate, PanicsInDrop, lock, runtime};
use crate::{Wakes, at_once, in_a_task, poll};
use airmail::task::{JoinSet, yield_now};
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::task::Waker;

#[test]
fn all_are_aborted_while_they_are_joined() {
    in_a_task(async {
        let mut set = JoinSet::<()>::new();
        for _ in 0..100 {
            set.spawn(pending());
        }
        let (count, waker) = Wakes::new();
        assert!(poll(&mut set, &waker).is_pending());
        set.abort_all();
        set.abort_all();
        assert_eq!(set.len(), 100);
        yield_now().await;
        assert_eq!(count.take(), 1);
        for left in (0..100).rev() {
            assert!(at_once(&mut set).unwrap_err().is_cancelled());
            assert_eq!(set.len(), left);
        }
    });
}

#[test]
fn a_child_that_was_done_keeps_its_output() {
    in_a_task(async {
        let mut set = JoinSet::new();
        set.spawn(async { 1 });
        yield_now().await;
        set.spawn(async { 2 });
        set.abort_all();
        yield_now().await;
        let outcomes: Vec<_> = std::iter::from_fn(|| set.try_join_next()).map(Result::ok).collect();
        assert_eq!(outcomes, [Some(1), None]);
    });
}

/// Where a child finds the set that it is in.
type Slot = Arc<Mutex<Option<JoinSet<()>>>>;

#[test]
fn a_child_drops_its_own_set() {
    let slot = Slot::default();
    let drops = Drops::new();
    in_a_task({
        let (slot, drops) = (Arc::clone(&slot), drops.clone());
        async move {
            let mut set = JoinSet::new();
            let own = Arc::clone(&slot);
            let child = set.spawn(drops.wrap(async move {
                let set = lock(&own).take();
                drop(set);
                yield_now().await;
                unreachable!("the set has aborted all its children");
            }));
            set.spawn(drops.wrap(pending()));
            assert!(poll(&mut set, Waker::noop()).is_pending());
            *lock(&slot) = Some(set);
            while !child.is_finished() {
                yield_now().await;
            }
            yield_now().await;
        }
    });
    drops.assert_each_once(2);
    assert!(lock(&slot).is_none());
}

#[test]
fn a_child_joins_its_own_set() {
    let slot = Slot::default();
    in_a_task(async move {
        let mut set = JoinSet::new();
        let own = Arc::clone(&slot);
        let child = set.spawn(async move {
            let mut set = lock(&own).take().expect("it is there");
            set.join_next().await.expect("the sister").expect("it is fine");
            assert_eq!(set.len(), 1, "this very child");
            set.abort_all();
            set.join_next().await;
            unreachable!("it waits for its own end, which comes first");
        });
        set.spawn(async {});
        *lock(&slot) = Some(set);
        while !child.is_finished() {
            yield_now().await;
        }
    });
}

#[test]
fn a_child_keeps_its_own_set_until_the_runtime_ends() {
    let drops = Drops::new();
    let runtime = runtime();
    let slot = Slot::default();
    let mut set = JoinSet::new();
    let own = Arc::clone(&slot);
    let child = drops.wrap(async move {
        let mut set = lock(&own).take().expect("it is there");
        set.join_next().await;
    });
    set.spawn_on(child, runtime.handle());
    set.spawn_on(drops.wrap(pending()), runtime.handle());
    *lock(&slot) = Some(set);
    runtime.block_on(async {
        for _ in 0..10 {
            yield_now().await;
        }
    });
    assert!(lock(&slot).is_none());
    drop(runtime);
    drops.assert_each_once(2);
}

#[test]
fn an_output_that_panics_in_its_drop_saves_no_child() {
    let drops = Drops::new();
    let guards = drops.clone();
    in_a_task(async move {
        let mut set = JoinSet::new();
        for _ in 0..3 {
            set.spawn(guards.wrap(async { Some(PanicsInDrop("output")) }));
            set.spawn(guards.wrap(pending::<Option<PanicsInDrop>>()));
        }
        yield_now().await;
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(set)));
        yield_now().await;
        guards.assert_each_once(6);
    });
}

#[test]
fn many_children_end_one_by_one() {
    const CHILDREN: usize = 20_000;
    in_a_task(async {
        let gates: Vec<_> = (0..CHILDREN).map(|_| Gate::new()).collect();
        let mut set = JoinSet::new();
        for gate in &gates {
            set.spawn(gate.wait());
        }
        yield_now().await;
        for (ended, gate) in gates.iter().rev().enumerate() {
            gate.open();
            set.join_next().await.unwrap().unwrap();
            assert_eq!(set.len(), CHILDREN - ended - 1);
        }
    });
}
