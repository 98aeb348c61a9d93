//! Ids, names, counters and what a walker sees.

mod common;

use airmail_core::{Activity, Counters, Id, Options, Outcome, Spawn};
use common::{ByHand, outcome};
use std::collections::HashSet;
use std::future::pending;
use std::sync::mpsc;
use std::task::Waker;

const LEFT: u32 = 3;

/// Slots near their last generation are used up to the end and then never again, so that no id ever repeats;
/// stale wakers and abort handles of a retired slot do nothing.
#[test]
fn exhausted_generations_retire_their_slot() {
    for count_wakers in [false, true] {
        let by_hand = ByHand::with(Options { count_wakers, ..Options::default() }, ());
        let (sender, wakers) = mpsc::channel::<Waker>();
        let mut ids = HashSet::new();
        let mut last_generations = 0;
        let mut aborts = Vec::new();
        for round in 0..400 {
            let sender = sender.clone();
            let future = std::future::poll_fn(move |cx| {
                let _ = sender.send(cx.waker().clone());
                std::task::Poll::Ready(())
            });
            // In the seat, where free slots are taken again at once.
            let handle = by_hand.seat.enter(|_| by_hand.spawn(future));
            assert!(ids.insert(handle.id()), "{} was given twice", handle.id());
            last_generations += usize::from(generation(handle.id()) == u32::MAX);
            aborts.push(handle.abort_handle());
            by_hand.run();
            if round == 0 {
                // The first spawn cut the slots of its size.
                by_hand.exec.skip_generations(u32::MAX - LEFT);
            }
            // Counted wakers pin their slot; the others are kept, and used when their slots are retired.
            if count_wakers {
                wakers.try_iter().for_each(Waker::wake);
            }
            aborts.iter().for_each(airmail_core::AbortHandle::abort);
            assert!(aborts.iter().all(airmail_core::AbortHandle::is_finished));
            assert_eq!(by_hand.mailbox.inbox.take().count(), 0, "a stale waker or abort scheduled a task");
        }
        assert!(last_generations > 0, "the last generation was reached");
        wakers.try_iter().for_each(Waker::wake);
        assert_eq!(by_hand.run(), 0);
        by_hand.shut_down();
    }
}

fn generation(id: Id) -> u32 {
    let text = id.to_string();
    text.split_once('.').expect("slot.use").1.parse().expect("a number")
}

/// An id prints as `slot.use`, can be aligned, compares and hashes, and is the same from every side.
#[test]
fn an_id_is_the_same_from_every_side() {
    let by_hand = ByHand::new(());
    let (task, handle) = by_hand.exec.spawn(async {}, Spawn::here()).expect("not closed");
    let id = handle.id();
    let (slot, used) = (id.as_u64() >> 32, id.as_u64() & u64::from(u32::MAX));
    assert_eq!(id.to_string(), format!("{slot}.{used}"));
    assert_eq!(format!("{id:>24}").len(), 24);
    assert_eq!(format!("{id:?}"), format!("Id({id})"));
    let sides =
        [task.id(), task.meta().id, handle.meta().id, handle.abort_handle().id(), task.info().meta.id];
    assert_eq!(sides, [id; 5]);
    let (next, _handle) = by_hand.exec.spawn(async {}, Spawn::here()).expect("not closed");
    assert_ne!(next.id(), id);
    drop((task, next));
    by_hand.shut_down();
}

/// Names are kept once and found again; a task without a name has none; the same text is the same name.
#[test]
fn names_and_places_of_tasks() {
    let by_hand = ByHand::new(());
    let spawn = |spawn: Spawn| by_hand.exec.spawn(async {}, spawn).expect("not closed").1;
    let line = line!() + 1;
    let (plain, named) = (spawn(Spawn::here()), spawn(Spawn::here().named("flush")));
    let same = spawn(Spawn::here().named(&String::from("flush")));
    let odd = spawn(Spawn::here().named("näme \"with\" quotes\n"));
    assert_eq!(plain.meta().name, None);
    let (one, two) = (named.meta().name.expect("named"), same.meta().name.expect("named"));
    assert!(std::ptr::eq(one, two), "kept once");
    assert_eq!(named.meta().location.line(), line);
    let id = named.id();
    let place = named.meta().location;
    assert_eq!(named.meta().to_string(), format!("task {id} \"flush\" (spawned at {place})"));
    assert!(odd.meta().to_string().contains("\"näme \\\"with\\\" quotes\\n\""), "{}", odd.meta());
    drop((plain, named, same, odd));
    by_hand.shut_down();
}

/// The counters of an executor: all that were spawned, those that have not ended.
#[test]
fn counters_follow_the_tasks() {
    let by_hand = ByHand::new(());
    let exec = by_hand.exec;
    assert_eq!(exec.counters(), Counters::default());
    let waits = by_hand.spawn(pending::<()>());
    let done = by_hand.spawn(async {});
    assert_eq!(exec.counters(), Counters { spawned: 2, live: 2, cancelled: 0 });
    by_hand.run();
    assert_eq!(exec.counters(), Counters { spawned: 2, live: 1, cancelled: 0 });
    let inside = by_hand.seat.enter(|_| {
        let (task, inside) = exec.spawn(async {}, Spawn::here()).expect("not closed");
        assert_eq!(exec.counters(), Counters { spawned: 3, live: 2, cancelled: 0 });
        drop(task.run());
        inside
    });
    assert_eq!(exec.counters(), Counters { spawned: 3, live: 1, cancelled: 0 });
    by_hand.shut_down();
    assert_eq!(exec.counters(), Counters::default());
    assert!(waits.is_finished() && done.is_finished() && inside.is_finished());
}

/// A walk sees each task once, with its state, and not those that are gone; a single look agrees.
#[test]
fn a_walk_sees_each_task_once() {
    let by_hand = ByHand::new(());
    let waits = by_hand.spawn(pending::<()>());
    by_hand.run();
    let mut done = by_hand.spawn(async {});
    let mut fails = by_hand.spawn(async { panic!("boom") });
    by_hand.run();
    let queued = by_hand.spawn(pending::<()>());
    let walk = || {
        let mut seen = Vec::new();
        by_hand.exec.for_each_task(|info| seen.push((info.meta.id, info.activity, info.polls)));
        seen.sort_by_key(|(id, ..)| *id);
        seen
    };
    let mut expected = vec![
        (waits.id(), Activity::Waiting, 1),
        (done.id(), Activity::Done(Outcome::Completed), 1),
        (fails.id(), Activity::Done(Outcome::Panicked), 1),
        (queued.id(), Activity::Scheduled, 0),
    ];
    expected.sort_by_key(|(id, ..)| *id);
    assert_eq!(walk(), expected);
    let look = waits.abort_handle().info().expect("it is there");
    assert_eq!((look.activity, look.meta.location.file()), (Activity::Waiting, file!()));
    let gone = done.abort_handle();
    outcome(&mut done).expect("it answered");
    let _: Result<(), _> = outcome(&mut fails);
    assert_eq!(walk().len(), 2);
    assert!(gone.info().is_none() && gone.is_finished());
    by_hand.shut_down();
}

/// With counting on, a look tells how many wakers are alive; with it off, that nobody knows.
#[test]
fn a_look_counts_wakers_if_they_are_counted() {
    for count_wakers in [false, true] {
        let by_hand = ByHand::with(Options { count_wakers, ..Options::default() }, ());
        let (sender, wakers) = mpsc::channel();
        let task = by_hand.spawn(std::future::poll_fn(move |cx| {
            let _ = sender.send([cx.waker().clone(), cx.waker().clone()]);
            std::task::Poll::<()>::Pending
        }));
        by_hand.run();
        let count = || task.abort_handle().info().expect("it waits").wakers;
        assert_eq!(count(), count_wakers.then_some(2));
        let [one, two] = wakers.recv().expect("the poll gave them");
        drop(one);
        assert_eq!(count(), count_wakers.then_some(1));
        task.abort();
        by_hand.run();
        drop(two);
        by_hand.shut_down();
    }
}
