//! Who is woken, what is charged, and that nothing is lost in between.

use crate::common::{Gate, end, lock, poll_once, runtime};
use crate::{Wakes, at_once, in_a_task, poll};
use airmail::task::{JoinSet, coop, yield_now};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};

#[test]
fn a_child_costs_one_operation_and_waiting_none() {
    in_a_task(async {
        let gate = Gate::new();
        let mut set = JoinSet::new();
        for _ in 0..1000 {
            set.spawn(gate.wait());
        }
        yield_now().await;
        poll_fn(|cx| {
            for _ in 0..1000 {
                assert!(set.poll_join_next(cx).is_pending());
            }
            assert!(coop::has_budget_remaining());
            Poll::Ready(())
        })
        .await;
        gate.open();
        yield_now().await;
        let mut in_each_poll = Vec::new();
        poll_fn(|cx| {
            let before = set.len();
            loop {
                match set.poll_join_next(cx) {
                    Poll::Ready(Some(outcome)) => outcome.unwrap(),
                    // An empty set says so with any budget.
                    Poll::Ready(None) => break Poll::Ready(()),
                    // The set woke the task, or this never ends.
                    Poll::Pending => {
                        in_each_poll.push(before - set.len());
                        break Poll::Pending;
                    }
                }
            }
        })
        .await;
        assert_eq!(in_each_poll, [usize::from(coop::BUDGET); 7]);
    });
}

#[test]
fn an_empty_set_asks_for_no_budget() {
    in_a_task(async {
        let mut set = JoinSet::<()>::new();
        poll_fn(|cx| {
            while let Poll::Ready(share) = coop::poll_proceed(cx) {
                share.made_progress();
            }
            assert!(matches!(set.poll_join_next(cx), Poll::Ready(None)));
            assert!(matches!(set.poll_join_next_with_id(cx), Poll::Ready(None)));
            Poll::Ready(())
        })
        .await;
    });
}

#[test]
fn what_is_done_is_found_at_once() {
    in_a_task(async {
        let mut set = JoinSet::new();
        for _ in 0..1000 {
            set.spawn(pending());
        }
        set.spawn(async { 7 });
        yield_now().await;
        assert_eq!(at_once(&mut set).unwrap(), 7);
        assert!(poll(&mut set, Waker::noop()).is_pending());
        set.spawn(async { 8 });
        yield_now().await;
        assert_eq!(at_once(&mut set).unwrap(), 8);
        set.shutdown().await;
    });
}

#[test]
fn join_next_can_be_given_up() {
    in_a_task(async {
        let gate = Gate::new();
        let mut set = JoinSet::new();
        set.spawn(gate.wait());
        yield_now().await;
        for _ in 0..3 {
            assert!(poll_once(&mut pin!(set.join_next())).is_pending());
        }
        gate.open();
        assert!(poll_once(&mut pin!(set.join_next())).is_pending());
        yield_now().await;
        // Asked for, and given up before it was polled.
        drop(set.join_next());
        assert!(poll_once(&mut pin!(set.join_next())).is_ready());
    });
}

#[test]
fn the_latest_waker_is_woken() {
    in_a_task(async {
        let gates = [Gate::new(), Gate::new()];
        let mut set = JoinSet::new();
        for gate in &gates {
            set.spawn(gate.wait());
        }
        yield_now().await;
        let ((early, early_waker), (late, late_waker)) = (Wakes::new(), Wakes::new());
        assert!(poll(&mut set, &early_waker).is_pending());
        assert!(poll(&mut set, &late_waker).is_pending());
        assert!(poll(&mut set, &late_waker).is_pending());
        gates[0].open();
        yield_now().await;
        assert_eq!((early.take(), late.take()), (0, 1));
        // The set holds no waker that it does not need.
        drop((early_waker, late_waker));
        assert_eq!((Arc::strong_count(&early), Arc::strong_count(&late)), (1, 1));
        // Woken once; whoever is woken polls until `Pending`.
        gates[1].open();
        yield_now().await;
        assert_eq!((early.take(), late.take()), (0, 0));
        assert!(at_once(&mut set).is_ok() && at_once(&mut set).is_ok());
    });
}

#[test]
fn a_set_moves_to_another_task() {
    in_a_task(async {
        let gate = Gate::new();
        let mut set = JoinSet::new();
        set.spawn(gate.wait());
        let set = Arc::new(Mutex::new(set));
        let first = {
            let set = Arc::clone(&set);
            airmail::spawn(async move {
                assert!(poll_fn(|cx| Poll::Ready(lock(&set).poll_join_next(cx).is_pending())).await);
                pending::<()>().await;
            })
        };
        yield_now().await;
        yield_now().await;
        let second = airmail::spawn(async move { poll_fn(|cx| lock(&set).poll_join_next(cx)).await });
        yield_now().await;
        first.abort();
        gate.open();
        assert!(second.await.unwrap().unwrap().is_ok());
    });
}

#[test]
fn children_and_joiner_on_two_threads() {
    const CHILDREN: usize = 2000;
    let runtime = runtime();
    let stop = Gate::new();
    let handle = runtime.handle().clone();
    let stops = stop.clone();
    let joiner = std::thread::spawn(move || {
        let mut set = JoinSet::new();
        let mut sum = 0;
        for i in 0..CHILDREN {
            set.spawn_on(
                async move {
                    for _ in 0..i % 3 {
                        yield_now().await;
                    }
                    i
                },
                &handle,
            );
            if i % 2 == 0 {
                sum += futures::executor::block_on(set.join_next()).unwrap().unwrap();
            }
        }
        while let Some(outcome) = futures::executor::block_on(set.join_next()) {
            sum += outcome.unwrap();
        }
        stops.open();
        sum
    });
    runtime.block_on(stop.wait());
    assert_eq!(joiner.join().unwrap(), CHILDREN * (CHILDREN - 1) / 2);
    end(runtime);
}

/// The waker that a set lets go of is somebody else's code, here one that runs the very child.
#[test]
fn a_waker_may_do_anything_when_it_is_dropped() {
    struct Drives(airmail::runtime::Runtime, Gate);
    impl Wake for Drives {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Drives {
        fn drop(&mut self) {
            self.1.open();
            self.0.block_on(async {
                for _ in 0..10 {
                    yield_now().await;
                }
            });
        }
    }
    let (runtime, gate) = (runtime(), Gate::new());
    let mut set = JoinSet::new();
    set.spawn_on(gate.wait(), runtime.handle());
    let waker = Waker::from(Arc::new(Drives(runtime, gate)));
    assert!(poll(&mut set, &waker).is_pending());
    drop(waker);
    let (count, other) = Wakes::new();
    assert!(poll(&mut set, &other).is_pending());
    assert_eq!(count.take(), 1, "the new waker was in place before the old one was dropped");
    set.try_join_next().unwrap().unwrap();
}

/// And when it is called: here it takes the child out.
#[test]
fn a_waker_may_look_at_the_set_when_it_is_woken() {
    #[derive(Default)]
    struct Looks(Mutex<JoinSet<u8>>, Mutex<Vec<u8>>);
    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            lock(&self.1).extend(lock(&self.0).try_join_next().map(Result::unwrap));
        }
    }
    in_a_task(async {
        let looks = Arc::new(Looks::default());
        lock(&looks.0).spawn(async { 7 });
        assert!(poll(&mut lock(&looks.0), &Waker::from(Arc::clone(&looks))).is_pending());
        yield_now().await;
        assert_eq!((lock(&looks.1).as_slice(), lock(&looks.0).len()), (&[7][..], 0));
    });
}

#[test]
fn a_waker_that_panics_loses_no_child() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in the waker");
        }
    }
    in_a_task(async {
        let gate = Gate::new();
        let mut set = JoinSet::new();
        set.spawn(gate.wait());
        yield_now().await;
        assert!(poll(&mut set, &Waker::from(Arc::new(Panics))).is_pending());
        gate.open();
        yield_now().await;
        at_once(&mut set).unwrap();
    });
}
