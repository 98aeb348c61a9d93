//! A local set that several tasks poll, and pollers that end, go, or panic.

mod common;

use airmail::task::{LocalSet, spawn_local};
use common::foreign::Foreign;
use common::{Gate, local_runtime, runtime, turns};
use futures::stream::{FuturesUnordered, StreamExt};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// One of two pollers of a set ends or is aborted; the other one is woken for the set's task.
fn poller_goes(abort: bool) {
    let (runtime, for_task, for_poller) = (local_runtime(), Gate::new(), Gate::new());
    runtime.block_on(async {
        let set = Rc::new(LocalSet::new());
        let (of_stays, waits) = (Rc::clone(&set), for_task.wait());
        let stays = spawn_local(async move {
            of_stays.run_until(async { spawn_local(waits).await.expect("it is opened") }).await;
        });
        turns(2).await;
        let (of_goes, waits) = (Rc::clone(&set), for_poller.wait());
        let goes = spawn_local(async move { of_goes.run_until(waits).await });
        turns(2).await;
        if abort {
            goes.abort();
        } else {
            for_poller.open();
        }
        assert_eq!(goes.await.is_err(), abort);
        for_task.open();
        stays.await.expect("the set's task ran");
    });
}

#[test]
fn a_poller_ends() {
    poller_goes(false);
}

#[test]
fn a_poller_is_aborted() {
    poller_goes(true);
}

/// Two futures of one task poll the same set, each with a waker of its own.
#[test]
fn two_pollers_in_one_task() {
    let (runtime, gates) = (runtime(), [Gate::new(), Gate::new(), Gate::new()]);
    let set = LocalSet::new();
    let done = Rc::new(Cell::new(0));
    let (long, short) = ([gates[0].wait(), gates[1].wait()], gates[2].wait());
    let count = Rc::clone(&done);
    runtime.block_on(async {
        let mut pollers = FuturesUnordered::<Pin<Box<dyn Future<Output = &str>>>>::new();
        pollers.push(Box::pin(set.run_until(async move {
            let task = spawn_local(async move {
                for gate in long {
                    gate.await;
                    count.set(count.get() + 1);
                }
            });
            task.await.expect("both gates are opened");
            "long"
        })));
        pollers.push(Box::pin(set.run_until(async {
            short.await;
            "short"
        })));
        assert!(futures::poll!(pollers.next()).is_pending());
        gates[2].open();
        assert_eq!(pollers.next().await, Some("short"));
        for gate in &gates[..2] {
            gate.open();
            assert!(futures::poll!(pollers.next()).is_pending() || done.get() == 2);
        }
        turns(2).await;
        assert_eq!(done.get(), 2, "the task was run by who is left");
    });
}

/// A poller wakes a task of the set and is ready in the same poll: another poller runs the task.
#[test]
fn a_poller_wakes_a_task_and_ends() {
    let (runtime, gate) = (local_runtime(), Gate::new());
    runtime.block_on(async {
        let set = Rc::new(LocalSet::new());
        let (of_stays, waits) = (Rc::clone(&set), gate.wait());
        let stays = spawn_local(async move {
            of_stays.run_until(async { spawn_local(waits).await.expect("it is opened") }).await;
        });
        turns(2).await;
        set.run_until(async { gate.open() }).await;
        stays.await.expect("the set's task ran");
    });
}

/// The waker of a set's poller panics when a task of another runtime ends: that is not the other runtime's panic,
/// and what was woken is not lost.
#[test]
fn a_pollers_waker_panics() {
    let other = local_runtime();
    let task = other.spawn_local(async {
        turns(3).await;
        7
    });
    let set = LocalSet::new();
    let foreign = Foreign::new().on_wake(|| panic!("in the poller's waker"));
    let joiner = set.spawn_local(async move { task.await.expect("it answers") });
    {
        let waker = foreign.waker();
        let mut poller = pin!(set.run_until(pending::<()>()));
        assert!(poller.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    other.block_on(turns(9));
    assert_eq!(foreign.counts().wakes, 1);
    drop(other);
    let runtime = runtime();
    assert_eq!(set.block_on(&runtime, joiner).expect("nothing was lost"), 7);
}

/// A thousand pollers come and go while nothing happens: their wakers are not kept for ever.
#[test]
fn pollers_come_and_go() {
    let set = LocalSet::new();
    let _waits = set.spawn_local(pending::<()>());
    let pollers: Vec<_> = (0..1_000).map(|_| Foreign::new()).collect();
    for foreign in &pollers {
        let waker = foreign.waker();
        let mut poller = pin!(set.run_until(pending::<()>()));
        assert!(poller.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    let kept = pollers.iter().filter(|foreign| foreign.alive() > 0).count();
    assert!(kept <= 65, "{kept} wakers of pollers that are gone are kept");
}

/// Many tasks poll one set: they are not woken again and again while nothing happens.
#[test]
fn many_pollers_are_quiet() {
    const POLLERS: usize = 300;
    let runtime = local_runtime();
    let polls = Rc::new(Cell::new(0));
    let set = Rc::new(LocalSet::new());
    runtime.block_on(async {
        let pollers: Vec<_> = (0..POLLERS)
            .map(|_| {
                let (set, polls) = (Rc::clone(&set), Rc::clone(&polls));
                let counts = std::future::poll_fn(move |_| {
                    polls.set(polls.get() + 1);
                    Poll::<()>::Pending
                });
                spawn_local(async move { set.run_until(counts).await })
            })
            .collect();
        turns(40).await;
        let settled = polls.get();
        assert!((POLLERS..POLLERS * 8).contains(&settled), "{settled} polls of {POLLERS} pollers");
        turns(40).await;
        assert_eq!(polls.get(), settled, "nothing happens");
        pollers.iter().for_each(airmail::task::JoinHandle::abort);
        for poller in pollers {
            assert!(poller.await.expect_err("aborted").is_cancelled());
        }
    });
}

/// A poller spawns onto the set and panics: another poller runs what it spawned.
#[test]
fn a_poller_panics() {
    let runtime = local_runtime();
    runtime.block_on(async {
        let set = Rc::new(LocalSet::new());
        let gate = Gate::new();
        let (of_stays, waits) = (Rc::clone(&set), gate.wait());
        let stays = spawn_local(async move { of_stays.run_until(waits).await });
        turns(2).await;
        let panics = spawn_local(async move {
            let opens = async {
                spawn_local(async move { gate.open() });
                panic!("the poller");
            };
            set.run_until(opens).await
        });
        assert!(panics.await.expect_err("it panicked").is_panic());
        stays.await.expect("the set's task ran");
    });
}

thread_local! {
    static SET: RefCell<Option<Rc<LocalSet>>> = const { RefCell::new(None) };
}

/// Polls the set as soon as it is woken.
struct AtOnce;

impl Wake for AtOnce {
    fn wake(self: Arc<Self>) {
        let set = SET.with_borrow(Clone::clone).expect("the set is there");
        let poll = pin!(set.run_until(pending::<()>())).poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
    }
}

/// More tasks are ready than one poll runs, and the poller's waker polls at once: by then the set runs no more, so
/// the rest is run.
#[test]
fn a_waker_polls_at_once() {
    const TASKS: usize = 100;
    let (set, ran) = (Rc::new(LocalSet::new()), Rc::new(Cell::new(0)));
    SET.set(Some(Rc::clone(&set)));
    for _ in 0..TASKS {
        let ran = Rc::clone(&ran);
        drop(set.spawn_local(async move { ran.set(ran.get() + 1) }));
    }
    let waker = Waker::from(Arc::new(AtOnce));
    let poll = pin!(set.run_until(pending::<()>())).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    assert_eq!(ran.get(), TASKS);
    SET.set(None);
}
