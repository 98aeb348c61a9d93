//! What breaks determinism is named when it is seen.

use crate::{failure, says, turns};
use airmail::runtime::Handle;
use airmail::sim::{Kind, RandomState, Sim, random};
use airmail::task::yield_now;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A run that differs from its repetition, and where.
#[track_caller]
fn differs<F: Future<Output = ()> + 'static>(body: impl Fn() -> F) {
    let found = failure(&Sim::new().seeds(200).check_every(1), body);
    let text = found.to_string();
    assert_eq!(found.kind(), Kind::Nondeterminism, "{text}");
    says(
        &text,
        &["not deterministic: ", "differ from step ", ": first \"task ", "\", then \"", "sim::RandomState"],
    );
}

#[test]
fn the_order_of_a_map() {
    differs(|| async {
        let map: HashMap<u32, u32> = (0..16).map(|n| (n, n)).collect();
        let tasks: Vec<_> = map.into_keys().map(|n| airmail::spawn(turns(n))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    Sim::new().seeds(50).check_every(1).explore(|| async {
        let map: HashMap<u32, u32, RandomState> = (0..16).map(|n| (n, n)).collect();
        let tasks: Vec<_> = map.into_keys().map(|n| airmail::spawn(turns(n))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn the_machines_clocks() {
    let start = Instant::now();
    differs(move || turns(start.elapsed().subsec_nanos() / 64 % 64));
    differs(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        turns(now.subsec_nanos() / 64 % 64)
    });
}

#[test]
fn a_static_that_outlives_the_run() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    differs(|| turns(RUNS.fetch_add(1, Relaxed) % 7));
}

#[test]
fn real_randomness() {
    use std::hash::BuildHasher;
    differs(|| turns((std::hash::RandomState::new().hash_one(0) % 64) as u32));
    Sim::new().seeds(50).check_every(1).explore(|| async { turns((random() % 64) as u32).await });
}

/// Named, with the task, before anything else goes wrong.
#[test]
fn another_thread() {
    let body = || async {
        let (give, take) = futures::channel::oneshot::channel();
        let waits = airmail::task::Builder::new().name("waits").spawn(take).expect("named");
        yield_now().await;
        yield_now().await;
        thread::Builder::new()
            .name("postman".to_owned())
            .spawn(move || give.send(()))
            .unwrap()
            .join()
            .unwrap()
            .unwrap();
        waits.await.unwrap().unwrap();
    };
    let found = failure(&Sim::new(), body);
    assert_eq!(found.kind(), Kind::Nondeterminism, "{found}");
    says(&found.to_string(), &["another thread (\"postman\") woke or spawned task 2 \"waits\" (spawned at "]);
    // Allowed, and awaited.
    Sim::new().seeds(5).threads(true).explore(body);
    Sim::new().seeds(5).threads(true).explore(|| async {
        let (give, take) = futures::channel::oneshot::channel();
        let thread = thread::spawn(move || give.send(7));
        assert_eq!(take.await, Ok(7));
        thread.join().unwrap().unwrap();
    });
}

/// However often other threads take part, a report stays short.
#[test]
fn many_wakes_from_a_thread_are_told_by_a_few() {
    let body = || async {
        let runtime = Handle::current();
        let spawns = move || (0..500).for_each(|_| drop(runtime.spawn(async {})));
        thread::spawn(spawns).join().unwrap();
        assert!(Handle::current().metrics().num_alive_tasks() == 0, "on purpose");
    };
    let text = failure(&Sim::new().seeds(1).threads(true), body).to_string();
    assert!((1..10).contains(&text.matches("woke or spawned").count()), "{text}");
}

/// A failure that does not come again says so.
#[test]
fn a_failure_that_does_not_repeat() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let found = failure(&Sim::new(), || async {
        yield_now().await;
        assert!(RUNS.fetch_add(1, Relaxed) > 0, "the first run only");
    });
    assert_eq!(found.kind(), Kind::Panic);
    says(&found.to_string(), &["the first run only", "seen: ", "sim::RandomState"]);
}
