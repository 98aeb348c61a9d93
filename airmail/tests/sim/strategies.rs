//! The orders that the strategies try.

use crate::turns;
use airmail::runtime::{Builder, Pick};
use airmail::sim::{Faults, Pct, Sim, Strategy};
use airmail::task::yield_now;
use std::collections::HashSet;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};

type Notes = Arc<Mutex<Vec<u32>>>;

/// In which order these tasks took their steps.
async fn steps_of(tasks: u32, polls: u32) -> Vec<u32> {
    let notes = Notes::default();
    let spawn = |n| {
        let notes = Arc::clone(&notes);
        airmail::spawn(async move {
            for _ in 0..polls {
                notes.lock().unwrap().push(n);
                yield_now().await;
            }
        })
    };
    let tasks: Vec<_> = (0..tasks).map(spawn).collect();
    for task in tasks {
        task.await.unwrap();
    }
    notes.lock().unwrap().clone()
}

fn explored(strategy: Strategy, seed: u64, tasks: u32, polls: u32) -> Vec<u32> {
    let (tell, told) = mpsc::channel();
    Sim::new().strategy(strategy).first_seed(seed).seeds(1).check_every(0).explore(|| {
        let tell = tell.clone();
        async move { tell.send(steps_of(tasks, polls).await).unwrap() }
    });
    told.recv().unwrap()
}

#[test]
fn random_reaches_every_order() {
    for strategy in [Strategy::Random, Strategy::Mixed, Strategy::Pct { depth: 1 }] {
        let orders: HashSet<_> = (0..100).map(|seed| explored(strategy, seed, 3, 1)).collect();
        assert_eq!(orders.len(), 6, "{strategy:?}: {orders:?}");
    }
    let orders: HashSet<_> = (0..3000).map(|seed| explored(Strategy::Random, seed, 2, 3)).collect();
    assert_eq!(orders.len(), 20, "the ways to mix three steps and three");
}

/// Without a point where it falls behind, a task runs until it waits.
#[test]
fn pct_of_depth_1_never_interleaves() {
    for seed in 0..50 {
        let mut steps = explored(Strategy::Pct { depth: 1 }, seed, 4, 10);
        steps.dedup();
        assert_eq!(steps.len(), 4, "{steps:?}");
    }
    // With points it does, and not often.
    let parts = |seed| {
        let mut steps = explored(Strategy::Pct { depth: 3 }, seed, 4, 10);
        steps.dedup();
        steps.len()
    };
    let parts: HashSet<_> = (0..100).map(parts).collect();
    assert!(parts.contains(&5) && parts.iter().all(|&parts| parts <= 6), "{parts:?}");
}

#[test]
fn round_robin_is_fair() {
    for seed in [0, 9] {
        let steps = explored(Strategy::RoundRobin, seed, 5, 20);
        assert_eq!(steps, (0..100).map(|n| n % 5).collect::<Vec<_>>());
    }
}

#[test]
fn first_in_first_out_is_the_plain_order() {
    let plain = |builder: &mut Builder| {
        let runtime = builder.build().unwrap();
        runtime.block_on(async { airmail::spawn(mixed()).await.unwrap() })
    };
    let expected = plain(&mut Builder::new_current_thread());
    assert_eq!(plain(&mut Builder::new_simulated(0)), expected);
    for strategy in [Strategy::Fifo, Strategy::Mixed] {
        let (tell, told) = mpsc::channel();
        Sim::new().strategy(strategy).seeds(1).check_every(0).explore(|| {
            let tell = tell.clone();
            async move { tell.send(mixed().await).unwrap() }
        });
        assert_eq!(told.recv().unwrap(), expected, "{strategy:?}");
    }
    let others = (1..20).filter(|&seed| plain(&mut Builder::new_simulated(seed)) != expected).count();
    assert!(others > 10, "{others} other orders");
}

/// Spawns, wakes, yields and ends.
async fn mixed() -> Vec<u32> {
    let notes = Notes::default();
    let (give, take) = futures::channel::oneshot::channel::<()>();
    let mut give = Some(give);
    let waits = airmail::spawn({
        let notes = Arc::clone(&notes);
        async move {
            take.await.unwrap();
            notes.lock().unwrap().push(100);
        }
    });
    let spawn = |n: u32| {
        let (notes, give) = (Arc::clone(&notes), if n == 2 { give.take() } else { None });
        airmail::spawn(async move {
            for step in 0..=n {
                notes.lock().unwrap().push(10 * n + step);
                yield_now().await;
            }
            give.into_iter().for_each(|give| give.send(()).unwrap());
        })
    };
    let tasks: Vec<_> = (0..5).map(spawn).collect();
    for task in tasks {
        task.await.unwrap();
    }
    waits.await.unwrap();
    notes.lock().unwrap().clone()
}

/// Whoever yields until another did something ends under every strategy: also two that wake each other meanwhile.
#[test]
fn nobody_starves() {
    let strategies = [Strategy::Mixed, Strategy::Random, Strategy::RoundRobin, Strategy::Fifo];
    for strategy in strategies.into_iter().chain((0..6).map(|depth| Strategy::Pct { depth })) {
        for faults in [Faults::none(), Faults::legal()] {
            let sim = Sim::new().strategy(strategy).faults(faults).seeds(100).max_polls(50_000);
            sim.explore(|| async {
                let flag = Arc::new(AtomicBool::new(false));
                let seen = |flag: &Arc<AtomicBool>| {
                    let flag = Arc::clone(flag);
                    async move {
                        while !flag.load(Relaxed) {
                            yield_now().await;
                        }
                    }
                };
                let waits: Vec<_> = (0..3).map(|_| airmail::spawn(seen(&flag))).collect();
                let sets = airmail::spawn({
                    let flag = Arc::clone(&flag);
                    async move {
                        turns(3).await;
                        flag.store(true, Relaxed);
                    }
                });
                for task in waits.into_iter().chain([sets]) {
                    task.await.unwrap();
                }
            });
            sim.explore(ping_pong_until_told);
        }
    }
}

async fn ping_pong_until_told() {
    use futures::StreamExt;
    use futures::channel::mpsc::unbounded;
    let flag = Arc::new(AtomicBool::new(false));
    let (to_one, mut at_one) = unbounded::<()>();
    let (to_other, mut at_other) = unbounded::<()>();
    to_one.unbounded_send(()).unwrap();
    let one = airmail::spawn({
        let flag = Arc::clone(&flag);
        async move {
            while at_one.next().await.is_some() {
                if flag.load(Relaxed) {
                    break;
                }
                to_other.unbounded_send(()).unwrap();
            }
        }
    });
    let other = airmail::spawn(async move {
        while at_other.next().await.is_some() {
            // The first may be gone.
            let _ = to_one.unbounded_send(());
        }
    });
    let sets = airmail::spawn(async move { flag.store(true, Relaxed) });
    for task in [one, other, sets] {
        task.await.unwrap();
    }
}

/// Nonsense is bounded, and the same seed picks the same.
#[test]
fn strategies_make_sense_of_any_number() {
    Sim::new().strategy(Strategy::Pct { depth: u32::MAX }).seeds(20).explore(|| turns(50));
    Sim::new().strategy(Strategy::Pct { depth: 0 }).seeds(20).explore(|| turns(50));
    let run = || {
        let runtime = Builder::new_current_thread().pick(Strategy::Random.picks(5)).build().unwrap();
        let steps = runtime.block_on(steps_of(4, 4));
        runtime.spawn(pending::<()>());
        steps
    };
    assert_eq!(run(), run());
    let pct: Box<dyn Pick> = Box::new(Pct::new(u64::MAX, 3));
    let runtime = Builder::new_current_thread().pick(pct).build().unwrap();
    assert_eq!(runtime.block_on(steps_of(2, 2)).len(), 4);
}
