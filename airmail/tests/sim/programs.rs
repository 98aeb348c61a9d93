//! Correct programs, of everything that waits: what they assert holds under every schedule and every legal fault.

use crate::turns;
use airmail::task::{JoinSet, LocalSet, spawn_blocking, spawn_local, yield_now};
use airmail::time::{Duration, Instant, MissedTickBehavior, interval, sleep, timeout};
use futures::channel::{mpsc, oneshot};
use futures::future::{FutureExt, join_all, select_all};
use futures::lock::Mutex;
use futures::stream::{FuturesUnordered, StreamExt, select};
use futures::{SinkExt, select_biased};
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) type Program = fn() -> futures::future::LocalBoxFuture<'static, ()>;

/// By name.
pub(crate) const ALL: [(&str, Program); 12] = [
    ("channels", || channels().boxed_local()),
    ("oneshots", || oneshots().boxed_local()),
    ("join sets", || join_sets().boxed_local()),
    ("mutexes", || mutexes().boxed_local()),
    ("timeouts", || timeouts().boxed_local()),
    ("intervals", || intervals().boxed_local()),
    ("selects", || selects().boxed_local()),
    ("unordered", || unordered().boxed_local()),
    ("aborts", || aborts().boxed_local()),
    ("local", || local().boxed_local()),
    ("tokio's", || super::correct::tokios().boxed_local()),
    ("tokio's channels", || super::correct::tokio_channels().boxed_local()),
];

const MS: Duration = Duration::from_millis(1);

/// Producers through a bounded channel, whose sum arrives in order of each.
async fn channels() {
    let (send, mut receive) = mpsc::channel::<(u32, u32)>(1);
    for producer in 0..3 {
        let mut send = send.clone();
        airmail::spawn(async move {
            for n in 0..4 {
                send.send((producer, n)).await.unwrap();
            }
        });
    }
    drop(send);
    let mut next = [0; 3];
    while let Some((producer, n)) = receive.next().await {
        assert_eq!(next[producer as usize], n);
        next[producer as usize] += 1;
    }
    assert_eq!(next, [4; 3]);
}

/// A question and an answer, and one that is never answered.
async fn oneshots() {
    let (ask, mut asked) = mpsc::unbounded::<oneshot::Sender<u32>>();
    let server = airmail::spawn(async move {
        let mut served = 0;
        while let Some(answer) = asked.next().await {
            served += 1;
            if served % 3 != 0 {
                // Who asked may be gone.
                let _ = answer.send(served);
            }
        }
        served
    });
    let clients = (0..6).map(|_| {
        let ask = ask.clone();
        airmail::spawn(async move {
            let (answer, answered) = oneshot::channel();
            ask.unbounded_send(answer).unwrap();
            answered.await.is_ok()
        })
    });
    let answers = join_all(clients.collect::<Vec<_>>()).await;
    assert_eq!(answers.into_iter().filter(|answer| *answer.as_ref().unwrap()).count(), 4);
    drop(ask);
    assert_eq!(server.await.unwrap(), 6);
}

async fn join_sets() {
    let mut set = JoinSet::new();
    for n in 0..5 {
        set.spawn(async move {
            turns(n % 3).await;
            n
        });
    }
    let mut sum = 0;
    while let Some(answer) = set.join_next().await {
        sum += answer.unwrap();
        if sum == 3 {
            set.spawn(async { 0 });
        }
    }
    assert_eq!(sum, 10);
    (0..4).for_each(|_| _ = set.spawn(std::future::pending()));
    yield_now().await;
    set.shutdown().await;
    assert!(set.is_empty());
}

/// Nobody is in there together with somebody else.
async fn mutexes() {
    let count = Arc::new(Mutex::new(0));
    let tasks = (0..4).map(|_| {
        let count = Arc::clone(&count);
        airmail::spawn(async move {
            for _ in 0..3 {
                let mut count = count.lock().await;
                let before = *count;
                yield_now().await;
                *count = before + 1;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(*count.lock().await, 12);
}

/// A late wake may let a deadline win, never too early.
async fn timeouts() {
    let start = Instant::now();
    let tasks = (1..6).map(|n| {
        airmail::spawn(async move {
            let start = Instant::now();
            match timeout(3 * MS, sleep(n * MS)).await {
                Ok(()) => assert!(start.elapsed() >= n * MS),
                Err(_) => assert!(start.elapsed() >= 3 * MS),
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert!(timeout(MS, std::future::pending::<()>()).await.is_err());
    assert!(start.elapsed() >= 4 * MS);
    // Nothing waits here, so no time passes.
    assert!(timeout(Duration::ZERO, async { 1 }).await.is_ok());
}

async fn intervals() {
    for behavior in [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
        let start = Instant::now();
        let mut ticks = interval(5 * MS);
        ticks.set_missed_tick_behavior(behavior);
        for n in 0..4 {
            let tick = ticks.tick().await;
            assert!(tick >= start + n * 5 * MS);
            if n == 1 {
                sleep(12 * MS).await;
            }
        }
    }
}

/// One loop for mail, ticks and the end.
async fn selects() {
    let (mut send, receive) = mpsc::channel::<u32>(2);
    let (stop, stopped) = oneshot::channel::<()>();
    let sender = airmail::spawn(async move {
        for n in 1..=5 {
            sleep(n * MS).await;
            send.send(n).await.unwrap();
        }
        drop(send);
        stop.send(()).unwrap();
    });
    let (mut sum, mut ticks) = (0, interval(2 * MS));
    let (mut receive, mut stopped) = (receive.fuse(), stopped.fuse());
    loop {
        let mut tick = pin!(ticks.tick().fuse());
        select_biased! {
            // First: where a yield takes longer than a tick, there is always one.
            end = stopped => break end.unwrap(),
            mail = receive.select_next_some() => sum += mail,
            _ = tick => yield_now().await,
        }
    }
    // What came with the end.
    sum += receive.collect::<Vec<_>>().await.into_iter().sum::<u32>();
    assert_eq!(sum, 15);
    sender.await.unwrap();
}

/// Futures that are polled inside of others, with wakers of those.
async fn unordered() {
    let children: FuturesUnordered<_> = (0..5).map(|n| airmail::spawn(async move { n })).collect();
    assert_eq!(children.map(Result::unwrap).collect::<Vec<_>>().await.iter().sum::<u32>(), 10);
    let sleeps = futures::stream::iter(0..6).map(|n| async move {
        sleep((6 - n) * MS).await;
        n
    });
    assert_eq!(sleeps.buffered(3).collect::<Vec<_>>().await, [0, 1, 2, 3, 4, 5]);
    let shared = airmail::spawn(turns(2)).map(Result::unwrap).shared();
    let other = airmail::spawn(shared.clone());
    let ((), _, rest) = select_all([shared.clone(), shared]).await;
    join_all(rest).await;
    other.await.unwrap();
    let (one, other) = (mpsc::unbounded(), mpsc::unbounded());
    let senders = airmail::spawn(async move {
        for n in 0..3 {
            one.0.unbounded_send(n).unwrap();
            yield_now().await;
            other.0.unbounded_send(10 * n).unwrap();
        }
    });
    assert_eq!(select(one.1, other.1).collect::<Vec<_>>().await.iter().sum::<i32>(), 33);
    senders.await.unwrap();
}

async fn aborts() {
    let tasks: Vec<_> = (0..4).map(|n| airmail::spawn(turns(n))).collect();
    yield_now().await;
    tasks.iter().for_each(airmail::task::JoinHandle::abort);
    for task in tasks {
        // Some were faster.
        assert!(task.await.err().is_none_or(|error| error.is_cancelled()));
    }
    let waits = airmail::spawn(std::future::pending::<()>());
    let handle = waits.abort_handle();
    airmail::spawn(async move { handle.abort() });
    assert!(waits.await.unwrap_err().is_cancelled());
}

async fn local() {
    let sum = Rc::new(Cell::new(0));
    let add = |n| {
        let sum = Rc::clone(&sum);
        async move {
            yield_now().await;
            sum.set(sum.get() + n);
        }
    };
    let (one, other) = (spawn_local(add(1)), spawn_local(add(2)));
    let blocking = spawn_blocking(|| 4);
    let set = LocalSet::new();
    set.spawn_local(add(8));
    let inside = set.run_until(async {
        let (ring, rung) = oneshot::channel::<u32>();
        let outside = airmail::spawn(async move { rung.await.unwrap() });
        set.spawn_local(async move {
            sleep(MS).await;
            ring.send(16).unwrap();
        });
        outside.await.unwrap()
    });
    let answer = inside.await;
    sum.set(sum.get() + answer);
    one.await.unwrap();
    other.await.unwrap();
    let answer = blocking.await.unwrap();
    sum.set(sum.get() + answer);
    set.await;
    assert_eq!(sum.get(), 31);
}
