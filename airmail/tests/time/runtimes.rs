//! Sleeps in every kind of runtime, beside and beyond it.

use crate::common::{self, Drops, Troubles, foreign::Foreign, panic_of, yield_now};
use crate::{MS, SECOND, Wakes, paused, poll_with, takes};
use airmail::runtime::{Builder, LocalOptions, Runtime, Trouble};
use airmail::task::{LocalSet, spawn_local};
use airmail::time::{self, Duration, Instant, Sleep, sleep};
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn in_a_local_set() {
    let runtime = paused();
    let set = LocalSet::new();
    set.block_on(&runtime, async {
        let shared = Rc::new(2);
        let outer = airmail::spawn(takes(sleep(SECOND)));
        let inner = spawn_local(async move { takes(sleep(*shared * SECOND)).await });
        let nested = spawn_local(async {
            let set = LocalSet::new();
            set.run_until(takes(sleep(3 * SECOND))).await
        });
        assert_eq!(outer.await.expect("no panic"), SECOND);
        assert_eq!(inner.await.expect("no panic"), 2 * SECOND);
        assert_eq!(nested.await.expect("no panic"), 3 * SECOND);
        time::resume();
        spawn_local(sleep(MS)).await.expect("no panic");
    });
}

#[test]
fn in_a_local_runtime() {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.start_paused(true).build_local(LocalOptions::default()).expect("valid");
    runtime.block_on(async {
        let shared = Rc::new(2);
        let task = spawn_local(async move { takes(sleep(*shared * HOUR)).await });
        assert_eq!(task.await.expect("no panic"), 2 * HOUR);
        time::advance(SECOND).await;
        time::resume();
        sleep(MS).await;
    });
}

/// A runtime inside a task of another one: each has its own clock, and the inner one's is meant inside.
#[test]
fn in_a_runtime_inside_another() {
    common::run(async {
        let before = Instant::now();
        let task = airmail::spawn(async {
            let inner = paused();
            // Made out here, where nobody could end it while the inner runtime has the thread.
            let made_outside = sleep(HOUR);
            inner.block_on(async {
                let start = Instant::now();
                made_outside.await;
                assert_eq!(takes(sleep(HOUR)).await, HOUR);
                start.elapsed()
            })
        });
        sleep(MS).await;
        let slept = task.await.expect("no panic");
        assert!(slept <= 2 * HOUR && slept + SECOND > 2 * HOUR, "{slept:?}");
        assert!(before.elapsed() < HOUR, "out here it is the machine's clock");
    });
}

/// Two threads in `block_on` of one runtime: whoever drives fires both sleeps.
#[test]
fn on_two_threads_of_one_runtime() {
    let runtime = common::runtime();
    thread::scope(|scope| {
        for millis in [1, 3, 2] {
            let runtime = &runtime;
            scope.spawn(move || {
                let start = Instant::now();
                runtime.block_on(sleep(millis * MS));
                assert!(start.elapsed() >= millis * MS);
            });
        }
    });
    common::end(runtime);
}

/// A thread beside the runtime has an earlier deadline than the one that the runtime waits for: it must wake up, or
/// this would take an hour. So it must if it waits for nothing at all.
#[test]
fn a_handle_on_another_thread_is_served_while_the_runtime_waits() {
    for waits_for_an_hour in [false, true] {
        let runtime = common::runtime();
        let handle = runtime.handle().clone();
        let (done, is_done) = mpsc::channel::<()>();
        let beside = thread::spawn(move || {
            handle.block_on(async {
                let start = Instant::now();
                for _ in 0..3 {
                    sleep(MS).await;
                }
                assert!(start.elapsed() >= 3 * MS);
                assert!(time::timeout(MS, pending::<()>()).await.is_err());
            });
            drop(done);
        });
        let hour = waits_for_an_hour.then(|| runtime.spawn(sleep(HOUR)));
        let ends = common::Gate::new();
        let gate = ends.clone();
        let watcher = thread::spawn(move || {
            is_done.recv().expect_err("it sends nothing");
            gate.open();
        });
        runtime.block_on(ends.wait());
        drop(hour);
        beside.join().expect("no panic");
        watcher.join().expect("no panic");
    }
}

/// An armed sleep that is reset to an earlier time from outside wakes the runtime too.
#[test]
fn a_reset_from_another_thread_is_heard() {
    let runtime = common::runtime();
    let (wakes, waker) = Wakes::new();
    let mut sleep = made_in(&runtime, HOUR);
    assert!(poll_with(sleep.as_mut(), &waker).is_pending());
    let gate = common::Gate::new();
    let other = gate.clone();
    let beside = thread::spawn(move || {
        sleep.as_mut().reset(Instant::now() + MS);
        while wakes.count() == 0 {
            thread::yield_now();
        }
        other.open();
    });
    runtime.block_on(gate.wait());
    beside.join().expect("no panic");
}

/// A runtime that is dropped cancels tasks that sleep, and does not wait for them.
#[test]
fn a_runtime_is_dropped_with_armed_sleeps() {
    let runtime = common::runtime();
    let drops = Drops::new();
    let tasks: Vec<_> = (0..1000).map(|_| runtime.spawn(drops.wrap(sleep(HOUR)))).collect();
    runtime.block_on(async {
        for _ in 0..1001 {
            yield_now().await;
        }
    });
    drop(runtime);
    drops.assert_each_once(1000);
    assert!(tasks.iter().all(airmail::task::JoinHandle::is_finished));
}

/// A sleep that outlives its runtime: whoever waits is woken, and told by the next poll; the drop is quiet.
#[test]
fn a_sleep_outlives_its_runtime() {
    let runtime = common::runtime();
    let foreign = Foreign::new();
    let mut sleeps: Vec<_> = (0..3).map(|_| made_in(&runtime, HOUR)).collect();
    for sleep in &mut sleeps {
        assert!(poll_with(sleep.as_mut(), &foreign.waker()).is_pending());
    }
    drop(runtime);
    assert_eq!(foreign.counts().wakes, 3);
    assert_eq!(foreign.alive(), 0);
    let mut sleep = sleeps.pop().expect("three");
    let text = panic_of(|| common::poll_once(&mut sleep));
    assert!(text.contains("`Sleep`") && text.contains("was dropped"), "{text}");
    // Its time may have come meanwhile.
    sleep.as_mut().reset(Instant::now());
    assert!(common::poll_once(&mut sleep).is_ready());
    // And in another runtime it goes on there.
    let mut sleep = sleeps.pop().expect("two");
    sleep.as_mut().reset(Instant::now() + 2 * MS);
    let start = std::time::Instant::now();
    common::run(sleep);
    assert!(start.elapsed() >= MS);
    drop(sleeps);
}

/// What is left is what counts if the clocks are not the same.
#[test]
fn a_sleep_moves_on_to_a_runtime_with_another_clock() {
    let (one, other) = (paused(), paused());
    let sleep = made_in(&one, 10 * SECOND);
    one.block_on(time::advance(4 * SECOND));
    drop(one);
    assert_eq!(other.block_on(takes(sleep)), 6 * SECOND);
}

/// A thread that waits for a timer of a runtime hears of its end, instead of waiting for ever.
#[test]
fn a_handle_hears_of_the_end_of_its_runtime() {
    let runtime = common::runtime();
    let handle = runtime.handle().clone();
    let (armed, is_armed) = mpsc::channel();
    let beside = thread::spawn(move || {
        panic_of(|| {
            handle.block_on(async {
                let mut sleep = Box::pin(sleep(HOUR));
                assert!(common::poll_once(&mut sleep).is_pending());
                armed.send(()).expect("the test listens");
                sleep.await;
            });
        })
    });
    is_armed.recv().expect("it arms");
    drop(runtime);
    let text = beside.join().expect("caught");
    assert!(text.contains("was dropped"), "{text}");
}

/// A drop that waits for a timer of the runtime that is being dropped does not hang: it panics, which is reported.
#[test]
fn a_drop_at_shutdown_does_not_wait_for_a_timer() {
    struct Waits;
    impl Drop for Waits {
        fn drop(&mut self) {
            airmail::runtime::Handle::current().block_on(sleep(HOUR));
        }
    }

    let troubles = Troubles::default();
    let runtime = troubles.runtime(false);
    drop(runtime.spawn(async {
        let _waits = Waits;
        pending::<()>().await;
    }));
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(troubles.kinds(), [Trouble::FutureDrop]);
    assert!(troubles.all()[0].2.contains("was dropped"), "{:?}", troubles.all());
}

/// A sleep of one runtime, armed there, polled in another one: whoever polls it ends it, also if the first is not
/// driven any more.
#[test]
fn a_sleep_of_one_runtime_in_another() {
    let (one, other) = (common::runtime(), paused());
    let (wakes, waker) = Wakes::new();
    let mut sleep = made_in(&one, 2 * MS);
    assert!(poll_with(sleep.as_mut(), &waker).is_pending());
    let took = other.block_on(takes(sleep));
    assert!(took <= 2 * MS);
    one.block_on(time::sleep(4 * MS));
    assert_eq!(wakes.count(), 0, "it is not armed there any more");
}

/// A sleep whose runtime is known.
fn made_in(runtime: &Runtime, duration: Duration) -> Pin<Box<Sleep>> {
    let _entered = runtime.enter();
    Box::pin(sleep(duration))
}
