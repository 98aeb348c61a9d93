//! What tokio documents, and where tasks come from.

use crate::common::{Drops, Gate, panic_of, run, runtime, text};
use crate::{drain, in_a_task, poll, up_to};
use airmail::runtime::{Builder, LocalOptions};
use airmail::task::{JoinSet, LocalSet, coop, yield_now};
use std::collections::HashSet;
use std::future::{pending, poll_fn};
use std::panic::Location;
use std::rc::Rc;
use std::task::{Poll, Waker};

#[test]
fn every_child_is_given_once() {
    run(async {
        let mut set = JoinSet::default();
        assert!(set.is_empty() && set.join_next().await.is_none());
        for _ in 0..2 {
            for i in 0..100 {
                set.spawn(async move { i });
                assert_eq!(set.len(), i + 1);
            }
            assert_eq!(format!("{set:?}"), "JoinSet { len: 100 }");
            assert_eq!(drain(&mut set).await, up_to(100));
            assert!(set.join_next().await.is_none() && set.try_join_next().is_none());
        }
    });
}

#[test]
fn children_come_and_go() {
    run(async {
        let mut set = JoinSet::new();
        set.spawn(async {});
        for _ in 0..300 {
            set.spawn(async {});
            assert_eq!(set.len(), 2);
            set.join_next().await.unwrap().unwrap();
            assert_eq!(set.len(), 1);
        }
        set.join_next().await.unwrap().unwrap();
    });
}

#[test]
fn in_the_order_in_which_they_end() {
    in_a_task(async {
        let gates: Vec<_> = (0..50).map(|_| Gate::new()).collect();
        let mut set = JoinSet::new();
        for (i, gate) in gates.iter().enumerate() {
            let wait = gate.wait();
            set.spawn(async move {
                wait.await;
                i
            });
        }
        assert!(set.try_join_next().is_none());
        yield_now().await;
        let order: Vec<_> = (0..50).map(|i| i * 7 % 50).collect();
        for i in &order {
            gates[*i].open();
            yield_now().await;
        }
        for i in order {
            assert_eq!(set.join_next().await.unwrap().unwrap(), i);
        }
    });
}

#[test]
fn ids_tell_the_children_apart() {
    run(async {
        let mut set = JoinSet::new();
        let fine: HashSet<_> = (0..10).map(|_| set.spawn(async {}).id()).collect();
        let panics = set.spawn(async { panic!("no address") });
        let stopped = set.spawn(pending());
        stopped.abort();
        let mut seen = HashSet::new();
        while let Some(outcome) = set.join_next_with_id().await {
            match outcome {
                Ok((id, ())) => assert!(seen.insert(id)),
                Err(error) if error.is_panic() => assert_eq!(error.id(), panics.id()),
                Err(error) => assert_eq!(error.id(), stopped.id()),
            }
        }
        assert_eq!(seen, fine);
    });
}

#[test]
fn errors_name_the_child_and_its_line() {
    #[track_caller]
    fn lines() -> (u32, &'static Location<'static>) {
        (Location::caller().line(), Location::caller())
    }
    let runtime = runtime();
    let local = LocalSet::new();
    let expected = runtime.block_on(local.run_until(async {
        let mut set = JoinSet::<()>::new();
        let mut expected = Vec::new();
        let on = runtime.handle();
        // Each spawn is in the same line as its expectation.
        #[rustfmt::skip]
        {
            expected.push((set.spawn(pending()).id(), None, lines()));
            expected.push((set.spawn_on(pending(), on).id(), None, lines()));
            expected.push((set.spawn_local(pending()).id(), None, lines()));
            expected.push((set.spawn_local_on(pending(), &local).id(), None, lines()));
            expected.push((set.build_task().name("a").spawn(pending()).unwrap().id(), Some("a"), lines()));
            expected.push((set.build_task().name("b").spawn_on(pending(), on).unwrap().id(), Some("b"), lines()));
            expected.push((set.build_task().name("c").spawn_local(pending()).unwrap().id(), Some("c"), lines()));
            expected.push((set.build_task().spawn_local_on(pending(), &local).unwrap().id(), None, lines()));
        };
        set.abort_all();
        let mut found = Vec::new();
        while let Some(outcome) = set.join_next().await {
            found.push(outcome.unwrap_err());
        }
        for error in &found {
            let (_, name, (line, here)) =
                expected.iter().find(|(id, ..)| *id == error.id()).expect("one of ours");
            assert_eq!((error.name(), error.spawned_at().line()), (*name, *line), "{error}");
            assert_eq!(error.spawned_at().file(), here.file());
        }
        (expected.len(), found.len())
    }));
    assert_eq!(expected, (8, 8));

    let _entered = runtime.enter();
    let mut set = JoinSet::<()>::from_iter([pending()]);
    set.extend([pending()]);
    let line = line!() - 1;
    set.abort_all();
    for line in [line - 1, line] {
        let error = runtime.block_on(set.join_next()).unwrap().unwrap_err();
        assert_eq!((error.spawned_at().file(), error.spawned_at().line()), (file!(), line));
    }
}

#[test]
fn join_all_gives_every_output() {
    run(async {
        let mut set: JoinSet<_> = (0..5).map(|i| async move { i }).collect();
        set.extend((5..10).map(|i| async move { i }));
        let mut outputs = set.join_all().await;
        outputs.sort_unstable();
        assert_eq!(outputs, up_to(10));
    });
}

#[test]
fn join_all_goes_down_with_its_first_failure() {
    let drops = Drops::new();
    let others = drops.clone();
    let panicked = in_a_task(async move {
        let mut set = JoinSet::new();
        set.spawn(others.wrap(pending::<()>()));
        set.spawn(async { panic!("no address") });
        let error = airmail::spawn(set.join_all()).await.unwrap_err();
        yield_now().await;
        others.assert_each_once(1);

        let mut set = JoinSet::<()>::new();
        set.spawn(pending()).abort();
        let cancelled = airmail::spawn(set.join_all()).await.unwrap_err();
        assert!(text(&*cancelled.into_panic()).contains("was cancelled"));
        text(&*error.into_panic())
    });
    assert_eq!(panicked, "no address");
}

#[test]
fn dropping_the_set_aborts_its_children() {
    let drops = Drops::new();
    let guards = drops.clone();
    in_a_task(async move {
        let mut set = JoinSet::new();
        for _ in 0..16 {
            set.spawn(guards.wrap(pending::<()>()));
        }
        // Some are waited for, some are not.
        yield_now().await;
        assert!(poll(&mut set, Waker::noop()).is_pending());
        for _ in 0..16 {
            set.spawn(guards.wrap(pending::<()>()));
        }
        drop(set);
        yield_now().await;
        guards.assert_each_once(32);
    });
}

#[test]
fn detached_children_go_on() {
    in_a_task(async {
        let (gate, drops) = (Gate::new(), Drops::new());
        let mut set = JoinSet::new();
        let child = set.spawn(drops.wrap(gate.wait()));
        yield_now().await;
        assert!(poll(&mut set, Waker::noop()).is_pending());
        set.detach_all();
        assert!(set.is_empty() && set.join_next().await.is_none());
        drop(set);
        yield_now().await;
        assert_eq!((child.is_finished(), drops.count()), (false, 0));
        gate.open();
        yield_now().await;
        assert_eq!((child.is_finished(), drops.count()), (true, 1));
    });
}

#[test]
fn shutdown_waits_for_the_end_of_all() {
    run(async {
        let drops = Drops::new();
        let mut set = JoinSet::new();
        for _ in 0..200 {
            set.spawn(drops.wrap(pending::<()>()));
        }
        set.spawn(async { panic!("nobody minds") });
        set.shutdown().await;
        drops.assert_each_once(200);
        assert!(set.is_empty());
        set.spawn(async {});
        set.join_next().await.unwrap().unwrap();
    });
}

#[test]
fn children_outlive_no_runtime() {
    let mut set = JoinSet::new();
    let gone = runtime();
    let handle = gone.handle().clone();
    set.spawn_on(async { 1 }, &handle);
    set.spawn_on(pending(), &handle);
    assert!(poll(&mut set, Waker::noop()).is_pending());
    set.spawn_on(pending(), &handle);
    drop(gone);
    // Too late: ends at once.
    set.spawn_on(async { 2 }, &handle);
    run(async {
        for _ in 0..4 {
            assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
        }
        assert!(set.is_empty());
    });
}

#[test]
fn try_join_next_finds_all_that_are_done() {
    in_a_task(async {
        let gate = Gate::new();
        let mut set = JoinSet::new();
        let ids: HashSet<_> = (0..1000).map(|_| set.spawn(gate.wait()).id()).collect();
        yield_now().await;
        assert!(set.try_join_next().is_none() && set.try_join_next_with_id().is_none());
        gate.open();
        yield_now().await;
        assert!(
            poll_fn(|cx| {
                while let Poll::Ready(share) = coop::poll_proceed(cx) {
                    share.made_progress();
                }
                // Not limited by the budget.
                let found = std::iter::from_fn(|| set.try_join_next_with_id()).map(|found| found.unwrap().0);
                Poll::Ready(found.collect::<HashSet<_>>() == ids)
            })
            .await
        );
        assert!(set.is_empty());
    });
}

#[test]
fn local_children() {
    let runtime = Builder::new_current_thread().build_local(LocalOptions::default()).unwrap();
    runtime.block_on(async {
        let mut set = JoinSet::new();
        for i in 0..8 {
            let own = Rc::new(i);
            set.spawn_local(async move { *own });
        }
        assert_eq!(drain(&mut set).await, up_to(8));
        let letter = Rc::new(0);
        let own = Rc::clone(&letter);
        set.spawn_local(async move {
            pending::<()>().await;
            *own
        });
        set.shutdown().await;
        assert_eq!(Rc::strong_count(&letter), 1);
    });

    let local = LocalSet::new();
    let mut set = JoinSet::new();
    for i in 0..8 {
        let own = Rc::new(i);
        set.spawn_local_on(async move { *own }, &local);
    }
    assert!(set.try_join_next().is_none());
    run(local.run_until(async {
        let own = Rc::new(8);
        set.spawn_local(async move { *own });
        assert_eq!(drain(&mut set).await, up_to(9));
    }));
}

#[test]
fn nowhere_to_spawn() {
    let mut set = JoinSet::new();
    assert!(panic_of(|| set.spawn(async {})).contains("runtime"));
    assert!(panic_of(|| set.spawn_local(async {})).contains("`LocalSet`"));
    run(async { assert!(panic_of(|| set.spawn_local(async {})).contains("`LocalSet`")) });
    assert!(set.is_empty());
}

#[test]
fn a_set_goes_wherever_its_outputs_go() {
    fn goes<T: Send + Sync + Unpin>(_: &T) {}
    goes(&JoinSet::<std::cell::Cell<u8>>::new());
}
