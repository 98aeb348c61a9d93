//! Who is ready gets its turn.

use crate::ORDERS;
use crate::waits::{Measured, Waits};
use airmail::runtime::{Builder, Handle, LocalOptions};
use airmail::sim::{Sim, Strategy, random};
use airmail::task::{JoinHandle, yield_now};
use airmail::time::{Duration, sleep, sleep_until};
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{FutureExt, StreamExt};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::Poll;

/// Wakes itself in every poll.
fn selfish() -> JoinHandle<()> {
    airmail::spawn(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Pending
    }))
}

async fn end(selfish: JoinHandle<()>) {
    selfish.abort();
    assert!(selfish.await.expect_err("it never answers").is_cancelled());
}

/// Runs `body` as a task of a simulated runtime, and measures.
fn measure<F: Future<Output = ()> + 'static>(strategy: Strategy, seed: u64, body: F) -> Measured {
    let waits = Waits::default();
    let mut builder = Builder::new_simulated(seed);
    builder.pick(strategy.picks(seed)).track(waits.clone());
    let runtime = builder.build_local(LocalOptions::default()).expect("the defaults make sense");
    let task = runtime.spawn_local(body);
    runtime.block_on(task).expect("no panic");
    drop(runtime);
    waits.measured()
}

/// Of several tasks, each does a few random things: it yields, wakes one of the others, waits for one, spawns a child,
/// which it may await, and sleeps.
async fn some_program() {
    const TASKS: u64 = 8;
    let (ends, mine): (Vec<_>, Vec<_>) = (0..TASKS).map(|_| unbounded::<()>()).unzip();
    let tasks: Vec<_> =
        mine.into_iter().map(|mine| airmail::spawn(one_of_many(ends.clone(), mine))).collect();
    for task in tasks {
        task.await.expect("no panic");
    }
}

async fn one_of_many(others: Vec<UnboundedSender<()>>, mut mine: UnboundedReceiver<()>) {
    for _ in 0..random() % 20 {
        match random() % 8 {
            0 | 1 => yield_now().await,
            2 | 3 => {
                let other = usize::try_from(random() % others.len() as u64).expect("there are few");
                // It may have ended.
                let _ = others[other].unbounded_send(());
            }
            // Whoever comes first: nobody may come at all.
            4 => drop(futures::future::select(mine.next(), Box::pin(sleep(Duration::from_millis(3)))).await),
            5 => drop(airmail::spawn(yield_now())),
            6 => airmail::spawn(yield_now()).await.expect("no panic"),
            _ => sleep(Duration::from_millis(random() % 4)).await,
        }
    }
}

/// T4: first in, first out, a task that becomes ready waits for one poll of each task that is ready before it, and for
/// nothing else, whatever the program does. That is a quarter of what airmail promises.
#[test]
fn t4_first_in_first_out_waits_for_one_poll_of_each_task_ahead() {
    let (mut polls, mut longest) = (0, 0);
    for seed in 0..300 {
        let busy = seed % 2 == 1;
        let measured = measure(Strategy::Fifo, seed, async move {
            // Time stands still beside one that is always ready, so half of the programs do without.
            let selfish = busy.then(selfish);
            match &selfish {
                Some(_) => drop(some_program().now_or_never()),
                None => some_program().await,
            }
            for _ in 0..20 {
                yield_now().await;
            }
            if let Some(selfish) = selfish {
                end(selfish).await;
            }
        });
        assert_eq!(measured.worst, 0, "seed {seed}: {measured:?}");
        polls += measured.polls;
        longest = longest.max(measured.longest);
    }
    assert!(polls > 10_000 && longest > 8, "{polls} polls, the longest wait {longest}: too little happened");
}

/// T4: one after another, a task waits for the end of the round that it comes in, and for its turn in the next.
#[test]
fn t4_one_after_another_waits_for_two_rounds() {
    for seed in 0..300 {
        let measured = measure(Strategy::RoundRobin, seed, some_program());
        assert!(measured.longest <= 2 * measured.most_ready, "seed {seed}: {measured:?}");
    }
}

/// T4, O2: one task that is always ready keeps nobody from its end, in no order; children come and go, and wake each
/// other.
#[test]
fn t4_a_task_that_is_always_ready_starves_nobody() {
    for strategy in ORDERS {
        let sim = Sim::new().seeds(100).strategy(strategy).max_polls(20_000).name("always_ready");
        sim.explore(|| async {
            let selfish = [selfish(), selfish()];
            for _ in 0..20 {
                airmail::spawn(async {}).await.expect("no panic");
            }
            let (sender, mut receiver) = unbounded();
            let children: Vec<_> = (0..5)
                .map(|n| {
                    let sender = sender.clone();
                    airmail::spawn(async move {
                        yield_now().await;
                        sender.unbounded_send(n).expect("the receiver waits");
                    })
                })
                .collect();
            for _ in &children {
                receiver.next().await.expect("one of each");
            }
            for child in children {
                child.await.expect("no panic");
            }
            for selfish in selfish {
                end(selfish).await;
            }
        });
    }
}

/// O2: tasks without end, each of which spawns the next one, keep nobody from its turn.
#[test]
fn o2_a_chain_of_new_tasks_starves_nobody() {
    fn chain(stop: Arc<AtomicBool>) {
        airmail::spawn(async move {
            if !stop.load(Relaxed) {
                chain(stop);
            }
        });
    }
    for strategy in ORDERS {
        let sim = Sim::new().seeds(100).strategy(strategy).max_polls(50_000).name("chain_of_new_tasks");
        sim.explore(|| async {
            let stop = Arc::new(AtomicBool::new(false));
            chain(Arc::clone(&stop));
            for _ in 0..5 {
                yield_now().await;
            }
            stop.store(true, Relaxed);
        });
    }
}

/// O1: producers that are faster than what they spawn: the gauge says how many tasks there are, and each runs once.
#[test]
fn o1_a_spawn_flood_loses_nothing() {
    const EACH: usize = 200;
    for strategy in ORDERS {
        Sim::new().seeds(10).strategy(strategy).name("spawn_flood").explore(|| async {
            let ran = Arc::new(AtomicUsize::new(0));
            let producers = [0; 3].map(|_| {
                let ran = Arc::clone(&ran);
                airmail::spawn(async move {
                    for n in 0..EACH {
                        let ran = Arc::clone(&ran);
                        airmail::spawn(async move {
                            yield_now().await;
                            ran.fetch_add(1, Relaxed);
                        });
                        if n % 50 == 0 {
                            yield_now().await;
                        }
                    }
                })
            });
            for producer in producers {
                producer.await.expect("no panic");
            }
            let alive = || Handle::current().metrics().num_alive_tasks();
            // And this one.
            assert_eq!(alive() + ran.load(Relaxed), 3 * EACH + 1);
            while alive() > 1 {
                yield_now().await;
            }
            assert_eq!(ran.load(Relaxed), 3 * EACH);
        });
    }
}

/// C7: timers that are due in one tick are many tasks that are ready at once, and no more than that: others take their
/// turns between them.
#[test]
fn c7_many_timers_in_one_tick_delay_others_by_one_poll_each() {
    const SLEEPERS: usize = 20_000;
    let order = Rc::new(RefCell::new(VecDeque::new()));
    let (seen, between) = (Rc::clone(&order), Rc::new(Cell::new(0)));
    let polls = Rc::clone(&between);
    let measured = measure(Strategy::Fifo, 0, async move {
        let tick = airmail::time::Instant::now() + Duration::from_secs(1);
        let sleepers: Vec<_> = (0..SLEEPERS)
            .map(|n| {
                let (seen, polls) = (Rc::clone(&seen), Rc::clone(&polls));
                airmail::task::spawn_local(async move {
                    sleep_until(tick).await;
                    seen.borrow_mut().push_back(n);
                    // In the middle of the crowd, a task that is ready again and again.
                    if n % 1000 == 0 {
                        for _ in 0..3 {
                            yield_now().await;
                            polls.set(polls.get() + 1);
                        }
                    }
                })
            })
            .collect();
        for sleeper in sleepers {
            sleeper.await.expect("no panic");
        }
    });
    assert_eq!(measured.worst, 0, "{measured:?}");
    assert!(order.borrow().iter().copied().eq(0..SLEEPERS), "in the order of arming");
    assert_eq!(between.get(), 3 * SLEEPERS / 1000);
}
