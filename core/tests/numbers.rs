//! Tasks that are numbered in the order of their spawns.

mod common;

use airmail_core::{Activity, Id, Options, Outcome, Runnable, Spawn, current_id};
use common::{ByHand, outcome};
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

fn numbered() -> ByHand<()> {
    ByHand::with(Options { count_wakers: true, first_number: 1, ..Options::default() }, ())
}

/// 1, 2, 3 in every executor, whatever its slots were used for; the same from every side.
#[test]
fn an_executor_counts_from_1() {
    for _ in 0..5 {
        let by_hand = numbered();
        for number in 1_u64..=40 {
            let (task, mut handle) = by_hand
                .exec
                .spawn(async { current_id().map(Id::as_u64) }, Spawn::here())
                .expect("not closed");
            let id = handle.id();
            assert_eq!((id.as_u64(), id.to_string()), (number, number.to_string()));
            assert_eq!(format!("{id:?} {id:>4}"), format!("Id({number}) {number:>4}"));
            let place = handle.abort_handle();
            let sides = [task.id(), task.meta().id, task.info().meta.id, handle.meta().id, place.id()];
            assert_eq!(sides, [id; 5]);
            by_hand.mailbox.inbox.put(task);
            by_hand.run();
            assert_eq!(place.info().expect("its outcome is there").meta.id, id);
            assert_eq!(outcome(&mut handle).expect("it ran"), Some(number));
            assert_eq!([handle.id(), handle.meta().id, handle.abort_handle().id()], [id; 3]);
            assert!(place.info().is_none() && place.is_finished() && handle.abort_handle().is_finished());
        }
        by_hand.shut_down();
    }
}

/// Without counted wakers there are no numbers.
#[test]
fn numbers_need_counted_wakers() {
    let by_hand = ByHand::with(Options { first_number: 1, ..Options::default() }, ());
    let handle = by_hand.spawn(async {});
    assert!(handle.id().to_string().contains('.'), "{}", handle.id());
    by_hand.run();
    drop(handle);
    by_hand.shut_down();
}

/// An abort goes by slot and use, from the handle and from its copy, and hits nobody who has the same number.
#[test]
fn aborts_find_their_task() {
    let (one, other) = (numbered(), numbered());
    let (mut first, second) = (one.spawn(pending::<()>()), other.spawn(pending::<()>()));
    assert_eq!(first.id(), second.id());
    assert_ne!(first.abort_handle(), second.abort_handle());
    assert_eq!((one.run(), other.run()), (1, 1));
    first.abort();
    assert_eq!((one.run(), other.run()), (1, 0));
    let error = outcome(&mut first).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(error.id().as_u64(), 1);
    assert!(error.to_string().starts_with("task 1 (spawned at "), "{error}");
    // The handle knows the number only, which is somebody else's too.
    first.abort();
    first.abort_handle().abort();
    assert_eq!((one.run(), other.run()), (0, 0));
    second.abort_handle().abort();
    assert_eq!(other.run(), 1);
    assert_eq!(second.abort_handle().info().expect("not taken").activity, Activity::Done(Outcome::Cancelled));
    drop(second);
    one.shut_down();
    other.shut_down();
}

/// Who woke a task is noted by number when it happens, and stays, whoever gets the waker's slot.
#[test]
fn woken_by_is_the_number_of_then() {
    let by_hand = numbered();
    let kept = Arc::new(Mutex::new(Vec::<Waker>::new()));
    let keeps = Arc::clone(&kept);
    let waits = by_hand.spawn(poll_fn(move |cx| {
        keeps.lock().unwrap().push(cx.waker().clone());
        Poll::<()>::Pending
    }));
    let woken_by = || waits.abort_handle().info().expect("it waits").woken_by;
    let wake = |by_ref: bool| {
        let kept = Arc::clone(&kept);
        async move {
            let wakers = std::mem::take(&mut *kept.lock().unwrap());
            if by_ref {
                wakers.iter().for_each(Waker::wake_by_ref);
            } else {
                wakers.into_iter().for_each(Waker::wake);
            }
        }
    };
    by_hand.run();
    assert_eq!(woken_by(), 0);
    for (number, by_ref) in [(2, false), (4, true)] {
        drop(by_hand.spawn(wake(by_ref)));
        by_hand.run();
        assert_eq!(woken_by(), number);
        drop(by_hand.spawn(async {}));
        by_hand.run();
        assert_eq!(woken_by(), number);
    }
    // From outside, and by a task without a number.
    kept.lock().unwrap().pop().expect("kept").wake();
    assert_eq!(woken_by(), 0);
    by_hand.run();
    drop(by_hand.spawn(wake(true)));
    by_hand.run();
    assert_eq!(woken_by(), 6);
    let plain = ByHand::new(());
    drop(plain.spawn(wake(false)));
    plain.run();
    assert_eq!(woken_by(), 0);
    by_hand.run();
    // By the end of one.
    let ends = by_hand.spawn(async {});
    let ended = ends.id().as_u64();
    let joins = by_hand.spawn(ends);
    // The second first, so that it waits.
    let [first, second] =
        <[Runnable; 2]>::try_from(by_hand.mailbox.inbox.take().collect::<Vec<_>>()).unwrap();
    by_hand.seat.enter(|_| {
        drop(second.run());
        drop(first.run());
    });
    assert_eq!(u64::from(joins.abort_handle().info().expect("woken").woken_by), ended);
    by_hand.run();
    drop(joins);
    plain.shut_down();
    by_hand.shut_down();
}

/// A spawner is noted by number too.
#[test]
fn a_spawner_is_noted_by_number() {
    let by_hand = numbered();
    let exec = by_hand.exec;
    let mut spawns = by_hand.spawn(async move {
        let (task, handle) = exec.spawn(pending::<()>(), Spawn::here()).expect("not closed");
        (task.info().woken_by, task.id().as_u64(), drop(handle), drop(task)).0
    });
    by_hand.run();
    assert_eq!(outcome(&mut spawns).expect("it ran"), 1);
    by_hand.shut_down();
}

/// A task that has ended keeps its id, whoever has its executor's block by then, and whoever had its slot before.
#[test]
fn an_id_stays_when_the_executor_is_gone() {
    let counted = || ByHand::with(Options { count_wakers: true, ..Options::default() }, ());
    // Their block and slots are the same: the block that was left last is taken first.
    for (one, other) in
        [(numbered as fn() -> _, counted as fn() -> _), (counted, numbered), (numbered, counted)]
    {
        let by_hand = one();
        let handle = by_hand.spawn(async {});
        let (id, place) = (handle.id(), handle.abort_handle());
        by_hand.run();
        by_hand.shut_down();
        let next = other();
        assert_eq!([handle.id(), handle.meta().id, handle.abort_handle().id()], [id; 3]);
        assert_eq!(handle.abort_handle(), place);
        assert_eq!(place.info().expect("not taken").meta.id, id);
        next.shut_down();
    }
}
