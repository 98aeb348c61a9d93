//! Timers, whatever the workers do.

use crate::{builder, each, watchdog};
use airmail::task;
use airmail::time::{Duration, Instant, interval, sleep, sleep_until, timeout};
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::task::Poll;

const SHORT: Duration = Duration::from_millis(2);

/// What is done with time: each in its order, none early.
async fn some_time() {
    let start = Instant::now();
    sleep(SHORT).await;
    assert!(start.elapsed() >= SHORT, "early");
    assert!(timeout(SHORT, pending::<()>()).await.is_err());
    assert!(start.elapsed() >= 2 * SHORT, "early");
    timeout(Duration::from_hours(1), async {}).await.expect("in time");
    let mut ticks = interval(SHORT);
    for _ in 0..3 {
        ticks.tick().await;
    }
    assert!(start.elapsed() >= 4 * SHORT, "early");
}

/// While all workers sleep, in tasks, in the future of a `block_on`, and on threads that are none of the runtime's.
#[test]
fn while_all_workers_sleep() {
    each("while_all_workers_sleep", |runtime, _| {
        runtime.block_on(some_time());
        let tasks: Vec<_> = (0..20).map(|_| runtime.spawn(some_time())).collect();
        tasks.into_iter().for_each(|task| runtime.block_on(task).expect("no panic"));
        std::thread::scope(|scope| {
            (0..3).for_each(|_| drop(scope.spawn(|| runtime.handle().block_on(some_time()))));
        });
    });
}

/// While every worker has a task that is always ready.
#[test]
fn while_all_workers_are_busy() {
    each("while_all_workers_are_busy", |runtime, workers| {
        let over = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = (0..2 * workers)
            .map(|_| {
                let over = Arc::clone(&over);
                runtime.spawn(async move {
                    while !over.load(SeqCst) {
                        task::yield_now().await;
                    }
                })
            })
            .collect();
        runtime.block_on(some_time());
        let tasks: Vec<_> = (0..20).map(|_| runtime.spawn(some_time())).collect();
        tasks.into_iter().for_each(|task| runtime.block_on(task).expect("no panic"));
        over.store(true, SeqCst);
        busy.into_iter().for_each(|task| runtime.block_on(task).expect("it ends"));
    });
}

/// While all workers but one are in a poll that does not end before the timer has fired, whoever of them it was that waited
/// for timers.
#[test]
fn while_all_workers_but_one_block() {
    for workers in [2, 8] {
        let _watchdog = watchdog("while_all_workers_but_one_block");
        let runtime = crate::runtime(workers);
        for _ in 0..20 {
            let fired = Arc::new(AtomicBool::new(false));
            let blocks: Vec<_> = (1..workers)
                .map(|_| {
                    let fired = Arc::clone(&fired);
                    runtime.spawn(async move { crate::until(|| fired.load(SeqCst)) })
                })
                .collect();
            let own = Arc::clone(&fired);
            let sleeps = runtime.spawn(async move {
                sleep(SHORT).await;
                own.store(true, SeqCst);
            });
            runtime.block_on(sleeps).expect("no panic");
            blocks.into_iter().for_each(|task| runtime.block_on(task).expect("it ends"));
        }
        crate::end(runtime);
    }
}

/// A worker with a task that is always ready looks at the timers after `event_interval` polls.
/// (No spare comes beside it, so that polls can be counted.)
#[test]
fn a_busy_worker_looks_at_the_timers() {
    const INTERVAL: u32 = 7;
    let _watchdog = watchdog("a_busy_worker_looks_at_the_timers");
    let runtime = builder(1).event_interval(INTERVAL).rescue_after(Duration::MAX).build().expect("valid");
    let polls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&polls);
    let busy = runtime.spawn(poll_fn(move |cx| {
        counted.fetch_add(1, SeqCst);
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    }));
    let sleeps = runtime.spawn(async move {
        for _ in 0..50 {
            let deadline = Instant::now() + Duration::from_micros(200);
            // How many polls there were when the time was up.
            let counted = Arc::clone(&polls);
            let due = airmail::spawn(poll_fn(move |cx| {
                if Instant::now() >= deadline {
                    return Poll::Ready(counted.load(SeqCst));
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            }));
            sleep_until(deadline).await;
            let now = polls.load(SeqCst);
            let due = due.await.expect("no panic");
            let late = now.saturating_sub(due);
            assert!(late <= u64::from(INTERVAL) + 4, "{late} polls of another task after the timer was due");
        }
    });
    runtime.block_on(sleeps).expect("no panic");
    busy.abort();
    assert!(runtime.block_on(busy).expect_err("aborted").is_cancelled());
    crate::end(runtime);
}

/// Ten thousand sleeps of all workers at once, some of them dropped before.
#[test]
fn ten_thousand_sleeps() {
    each("ten_thousand_sleeps", |runtime, _| {
        let tasks = runtime.handle().spawn_many((0..10_000_u64).map(|n| async move {
            let start = Instant::now();
            let (short, long) = (Duration::from_micros(n % 700), Duration::from_hours(1));
            assert!(timeout(short, sleep(long)).await.is_err());
            assert!(start.elapsed() >= short, "early");
        }));
        for task in tasks {
            runtime.block_on(task).expect("no panic");
        }
    });
}

/// A worker that leaves the driver for a task which then computes: another one waits there for the next timer.
#[test]
fn while_the_one_that_waited_for_them_computes() {
    for workers in [2, 8] {
        let _watchdog = watchdog(&format!("while_the_one_that_waited_for_them_computes, {workers} workers"));
        let runtime = builder(workers).build().expect("valid");
        for _ in 0..5 {
            let later = Arc::new(AtomicBool::new(false));
            let second = runtime.spawn({
                let later = Arc::clone(&later);
                async move {
                    sleep(10 * SHORT).await;
                    later.store(true, SeqCst);
                }
            });
            let first = runtime.spawn(async move {
                sleep(SHORT).await;
                crate::until(|| later.load(SeqCst));
            });
            runtime.block_on(first).expect("the second came");
            runtime.block_on(second).expect("no panic");
        }
        crate::end(runtime);
    }
}

/// A spare that waits in the driver is not needed any more: the worker that came back waits there instead.
#[test]
fn while_a_spare_leaves_the_driver() {
    let _watchdog = watchdog("while_a_spare_leaves_the_driver");
    let runtime = builder(1).build().expect("valid");
    for _ in 0..20 {
        // Long enough for the spare to get to the driver; it passes also if it does not.
        let blocks = || task::block_in_place(|| std::thread::sleep(SHORT));
        runtime.block_on(runtime.spawn(async move { blocks() })).expect("no panic");
        runtime.block_on(sleep(SHORT));
        let both = async move {
            blocks();
            sleep(SHORT).await;
        };
        runtime.block_on(runtime.spawn(both)).expect("no panic");
    }
    crate::end(runtime);
}
