//! No false alarm: correct programs under every strategy and every fault that a program must bear.

use crate::programs::ALL;
use airmail::sim::{Faults, Sim, Strategy};
use airmail::task::{JoinSet, yield_now};
use airmail::time::{Duration, sleep, timeout};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tokio::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};

/// Seeds for each program and kind of fault. `AIRMAIL_SEEDS` in the environment asks for more.
const SEEDS: u64 = 60;
/// The same with all faults at once.
const ALL_AT_ONCE: u64 = 400;

fn every_program(what: &str, sim: &Sim) {
    for (name, program) in ALL {
        let sim = sim.clone().name(format!("{name} with {what}"));
        // tokio's `watch` (which is in its `Barrier`) and `select!` draw random numbers of their own.
        let sim = if name.starts_with("tokio") { sim.check_every(0) } else { sim };
        if let Err(failure) = sim.try_explore(program) {
            panic!("a false alarm:\n{failure}");
        }
    }
}

#[test]
fn without_faults() {
    let strategies = [Strategy::Mixed, Strategy::Random, Strategy::RoundRobin, Strategy::Fifo];
    for strategy in strategies.into_iter().chain((1..5).map(|depth| Strategy::Pct { depth })) {
        let seeds = if strategy == Strategy::Fifo { 1 } else { SEEDS };
        every_program(&format!("{strategy:?}"), &Sim::new().strategy(strategy).seeds(seeds).check_every(5));
    }
}

#[test]
fn with_one_kind_of_fault() {
    let none = Faults::none();
    for (what, faults) in [
        ("few spurious polls", none.spurious_polls(50)),
        ("spurious polls", none.spurious_polls(1000)),
        ("few late wakes", none.late_wakes(100)),
        ("late wakes", none.late_wakes(1000)),
        ("fresh wakers", none.fresh_wakers(true)),
        ("reordered wakes", none.reordered_wakes(true)),
    ] {
        every_program(what, &Sim::new().faults(faults).seeds(SEEDS).check_every(5));
    }
}

#[test]
fn with_all_legal_faults() {
    every_program("legal faults", &Sim::new().faults(Faults::legal()).seeds(ALL_AT_ONCE).check_every(7));
    let worst = Faults::legal().spurious_polls(500).late_wakes(700);
    every_program("many faults", &Sim::new().faults(worst).seeds(SEEDS).check_every(3));
}

/// The same, in every strategy.
#[test]
fn with_all_legal_faults_in_every_strategy() {
    for strategy in [Strategy::Random, Strategy::Pct { depth: 3 }, Strategy::RoundRobin, Strategy::Fifo] {
        let sim = Sim::new().faults(Faults::legal()).strategy(strategy).seeds(SEEDS).check_every(5);
        every_program(&format!("legal faults and {strategy:?}"), &sim);
    }
}

/// Locks of all kinds, and a bell.
pub(crate) async fn tokios() {
    let count = Arc::new(Mutex::new(0));
    let (inside, permits) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(2)));
    let (once, barrier, list) =
        (Arc::new(OnceCell::new()), Arc::new(Barrier::new(3)), Arc::new(RwLock::new(Vec::new())));
    let mut set = JoinSet::new();
    for n in 0..3 {
        let (count, inside, permits) = (Arc::clone(&count), Arc::clone(&inside), Arc::clone(&permits));
        let (once, barrier, list) = (Arc::clone(&once), Arc::clone(&barrier), Arc::clone(&list));
        set.spawn(async move {
            {
                let mut count = count.lock().await;
                let before = *count;
                yield_now().await;
                *count = before + 1;
            }
            let leads = barrier.wait().await.is_leader();
            let permit = permits.acquire().await.unwrap();
            assert!(inside.fetch_add(1, Relaxed) < 2);
            yield_now().await;
            inside.fetch_sub(1, Relaxed);
            drop(permit);
            list.write().await.push(n);
            assert!(!list.read().await.is_empty());
            once.get_or_init(|| async {
                yield_now().await;
                42
            })
            .await;
            leads
        });
    }
    assert_eq!(set.join_all().await.into_iter().filter(|leads| *leads).count(), 1);
    assert_eq!((*count.lock().await, once.get(), list.read().await.len()), (3, Some(&42), 3));
    let bell = Arc::new(Notify::new());
    let waits = airmail::spawn({
        let bell = Arc::clone(&bell);
        async move { bell.notified().await }
    });
    yield_now().await;
    bell.notify_one();
    waits.await.unwrap();
}

/// mpsc, oneshot, watch, broadcast, and `select!`.
pub(crate) async fn tokio_channels() {
    let (send, mut receive) = mpsc::channel(1);
    let (news, mut told) = watch::channel(0);
    let (shout, mut heard) = broadcast::channel(8);
    let (stop, mut stopped) = oneshot::channel();
    let writer = airmail::spawn(async move {
        for n in 1..=4 {
            send.send(n).await.unwrap();
            news.send(n).unwrap();
            sleep(Duration::from_millis(1)).await;
            shout.send(n).unwrap();
        }
        // So that the end is not seen before the mail.
        drop(send);
        stop.send(()).unwrap();
        (news, shout)
    });
    let watcher = airmail::spawn(async move {
        let mut last = 0;
        while last < 4 {
            told.changed().await.unwrap();
            let now = *told.borrow_and_update();
            assert!(now > last);
            last = now;
        }
    });
    let listener = airmail::spawn(async move {
        for n in 1..=4 {
            assert_eq!(heard.recv().await, Ok(n));
        }
    });
    let (mut sum, mut open) = (0, true);
    while open {
        tokio::select! {
            Some(n) = receive.recv() => sum += n,
            _ = &mut stopped => open = false,
            () = sleep(Duration::from_millis(2)) => {}
        }
    }
    while let Some(n) = receive.recv().await {
        sum += n;
    }
    assert_eq!(sum, 10);
    let open = writer.await.unwrap();
    watcher.await.unwrap();
    listener.await.unwrap();
    drop(open);
    let (_send, mut never) = mpsc::channel::<()>(1);
    assert!(timeout(Duration::from_millis(3), never.recv()).await.is_err());
}
