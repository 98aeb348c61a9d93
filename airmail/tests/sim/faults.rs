//! Each fault happens, and finds what it is for.

use crate::{failure, says, turns};
use airmail::sim::{Faults, Kind, Sim, Simulation};
use airmail::task::yield_now;
use airmail::time::{Duration, Instant, sleep, timeout};
use futures::channel::oneshot;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// What one bit of a program was in the runs of many seeds.
fn both_happen<F: Future<Output = ()> + 'static>(
    faults: Faults,
    body: impl Fn(Arc<AtomicBool>) -> F,
) -> (u64, u64) {
    let (yes, no) = (AtomicU64::new(0), AtomicU64::new(0));
    for seed in 0..200 {
        let bit = Arc::new(AtomicBool::new(false));
        Sim::new().faults(faults).first_seed(seed).seeds(1).check_every(0).explore(|| body(Arc::clone(&bit)));
        if bit.load(Relaxed) { &yes } else { &no }.fetch_add(1, Relaxed);
    }
    (yes.into_inner(), no.into_inner())
}

/// A future that takes its second poll for its event.
#[test]
fn a_spurious_poll_is_no_event() {
    let body = || async {
        let open = Arc::new(AtomicBool::new(false));
        let (give, mut take) = oneshot::channel::<()>();
        let waits = airmail::spawn({
            let (open, mut polls) = (Arc::clone(&open), 0);
            poll_fn(move |cx| {
                polls += 1;
                let _ = Pin::new(&mut take).poll(cx);
                if polls == 1 { Poll::Pending } else { Poll::Ready(open.load(Relaxed)) }
            })
        });
        while waits.abort_handle().info().unwrap().polls == 0 {
            yield_now().await;
        }
        turns(5).await;
        open.store(true, Relaxed);
        // Who opened too early is gone.
        let _ = give.send(());
        assert!(waits.await.unwrap(), "opened too early");
    };
    Sim::new().seeds(300).explore(body);
    let found = failure(&Sim::new().faults(Faults::none().spurious_polls(50)), body);
    assert_eq!(found.kind(), Kind::Panic);
    says(&found.to_string(), &["opened too early", "fault, task 2 is woken for nothing"]);
}

/// However many there are, time goes on.
#[test]
fn spurious_polls_come_to_an_end() {
    Sim::new().faults(Faults::none().spurious_polls(1000)).seeds(20).max_polls(500).explore(|| async {
        let tasks: Vec<_> = (1..8).map(|n| airmail::spawn(sleep(Duration::from_millis(n)))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Wakes its first waker.
struct KeepsTheFirst(Arc<Mutex<(bool, Option<Waker>)>>);

impl Future for KeepsTheFirst {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap();
        state.1.get_or_insert_with(|| cx.waker().clone());
        if state.0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[test]
fn who_keeps_the_first_waker_is_found() {
    let body = || async {
        let state = Arc::new(Mutex::new((false, None::<Waker>)));
        let waits = airmail::spawn(futures::future::join(KeepsTheFirst(Arc::clone(&state)), turns(2)));
        turns(4).await;
        let waker = {
            let mut state = state.lock().unwrap();
            state.0 = true;
            state.1.take()
        };
        waker.into_iter().for_each(Waker::wake);
        waits.await.unwrap();
    };
    Sim::new().seeds(300).explore(body);
    Sim::new().seeds(300).faults(Faults::legal().fresh_wakers(false)).explore(body);
    let found = failure(&Sim::new().faults(Faults::none().fresh_wakers(true)), body);
    assert_eq!(found.kind(), Kind::Deadlock, "{found}");
    says(&found.to_string(), &["a waker of an earlier poll of task 2 is used, and does nothing"]);
}

/// By polls of others, and by milliseconds: so that a deadline can win.
#[test]
fn late_wakes_happen() {
    let late = |bit: Arc<AtomicBool>| async move {
        let (give, take) = oneshot::channel();
        let waits = airmail::spawn(async move {
            take.await.unwrap();
            Instant::now()
        });
        turns(3).await;
        let sent = Instant::now();
        give.send(()).unwrap();
        let late = waits.await.unwrap() - sent;
        assert!(late <= Duration::from_millis(8));
        bit.store(late > Duration::ZERO, Relaxed);
    };
    let (yes, no) = both_happen(Faults::none().late_wakes(500), late);
    assert!(yes > 20 && no > 20, "{yes} late, {no} not");
    assert_eq!(both_happen(Faults::none(), late).0, 0);
    let (yes, no) = both_happen(Faults::none().late_wakes(1000), |bit| async move {
        let late = airmail::spawn(sleep(Duration::from_millis(1)));
        bit.store(timeout(Duration::from_millis(4), late).await.is_err(), Relaxed);
    });
    assert!(yes > 20 && no > 20, "{yes} deadlines won, {no} did not");
}

/// Under first in, first out, only a fault can change the order in which one poll's wakes take effect.
#[test]
fn reordered_wakes_happen() {
    let order = |bit: Arc<AtomicBool>| async move {
        let last = Arc::new(AtomicU64::new(0));
        let (mut gives, mut tasks) = (Vec::new(), Vec::new());
        for n in 1..=2 {
            let (give, take) = oneshot::channel::<()>();
            gives.push(give);
            let last = Arc::clone(&last);
            tasks.push(airmail::spawn(async move {
                take.await.unwrap();
                last.store(n, Relaxed);
            }));
        }
        while tasks.iter().any(|task| task.abort_handle().info().unwrap().polls == 0) {
            yield_now().await;
        }
        gives.into_iter().for_each(|give| give.send(()).unwrap());
        for task in tasks {
            task.await.unwrap();
        }
        bit.store(last.load(Relaxed) == 1, Relaxed);
    };
    let strategy = airmail::sim::Strategy::Fifo;
    for (faults, expected) in [(Faults::none(), false), (Faults::none().reordered_wakes(true), true)] {
        let seen = AtomicBool::new(false);
        for seed in 0..50 {
            let bit = Arc::new(AtomicBool::new(false));
            let sim = Sim::new().strategy(strategy).faults(faults).first_seed(seed).seeds(1).check_every(0);
            sim.explore(|| order(Arc::clone(&bit)));
            seen.fetch_or(bit.load(Relaxed), Relaxed);
        }
        assert_eq!(seen.into_inner(), expected);
    }
}

/// At most three, never the body; three are reached also if nobody waits at first.
#[test]
fn dropped_tasks_spare_the_body() {
    let mut most = 0;
    for seed in 0..100 {
        let dropped = Arc::new(AtomicU64::new(0));
        let sim = Sim::new().faults(Faults::none().drop_tasks(300)).first_seed(seed).seeds(1);
        sim.check_every(0).explore(|| {
            let dropped = Arc::clone(&dropped);
            async move {
                // Nobody waits yet.
                turns(20).await;
                let tasks: Vec<_> = (0..6).map(|_| airmail::spawn(sleep(Duration::from_millis(1)))).collect();
                turns(30).await;
                for task in tasks {
                    if let Err(error) = task.await {
                        assert!(error.is_cancelled());
                        dropped.fetch_add(1, Relaxed);
                    }
                }
                assert!(Simulation::current().is_some());
            }
        });
        let dropped = dropped.load(Relaxed);
        assert!(dropped <= 3, "{dropped} tasks dropped with seed {seed}");
        most = most.max(dropped);
    }
    assert_eq!(most, 3);
}

/// What is left behind when a task is dropped at an await is found.
#[test]
fn a_task_that_cannot_be_dropped_is_found() {
    let body = || async {
        let busy = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for _ in 0..5 {
            let busy = Arc::clone(&busy);
            tasks.push(airmail::spawn(async move {
                while busy.swap(true, Relaxed) {
                    sleep(Duration::from_millis(1)).await;
                }
                sleep(Duration::from_millis(1)).await;
                // Never, if it was dropped in between.
                busy.store(false, Relaxed);
            }));
        }
        for task in tasks {
            let _ = task.await;
        }
    };
    Sim::new().seeds(200).faults(Faults::legal()).explore(body);
    let found = failure(&Sim::new().faults(Faults::none().drop_tasks(100)).max_polls(1000), body);
    assert_eq!(found.kind(), Kind::Endless);
    says(&found.replay().to_string(), &[":"]);
}

/// Correct programs bear dropped tasks as well, if they say what then.
#[test]
fn children_may_be_dropped() {
    let faults = Faults::legal().drop_tasks(100);
    Sim::new().seeds(500).faults(faults).check_every(5).explore(|| async {
        let mut set = airmail::task::JoinSet::new();
        for n in 0..6 {
            set.spawn(async move {
                sleep(Duration::from_millis(n)).await;
                yield_now().await;
                n
            });
        }
        let (mut done, mut dropped) = (0, 0);
        while let Some(end) = set.join_next().await {
            match end {
                Ok(_) => done += 1,
                Err(error) => {
                    assert!(error.is_cancelled(), "{error}");
                    dropped += 1;
                }
            }
        }
        assert_eq!(done + dropped, 6);
        let waits = airmail::spawn(pending::<()>());
        let _ = timeout(Duration::from_millis(1), &mut Box::pin(async { waits.abort() })).await;
        assert!(waits.await.unwrap_err().is_cancelled());
    });
}
