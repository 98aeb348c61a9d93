//! The clock stands still, is moved, jumps and runs on.

use crate::common::{self, Gate, panic_of, turns};
use crate::{MS, SECOND, Wakes, in_virtual_time, paused, poll_with, takes};
use airmail::runtime::{Builder, Driver};
use airmail::task::{spawn_blocking, yield_now};
use airmail::time::{self, Duration, Instant, sleep};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

#[test]
fn a_paused_clock_stands_still() {
    common::run(async {
        time::pause();
        let start = Instant::now();
        std::thread::sleep(MS);
        assert_eq!(Instant::now(), start);
        turns(200).await;
        assert_eq!(Instant::now(), start, "whatever is done meanwhile");
        // Twice is once.
        time::pause();
        assert_eq!(Instant::now(), start);
        time::resume();
        let after = Instant::now();
        std::thread::sleep(MS);
        assert!(after.elapsed() >= MS);
        time::resume();
        assert!(after.elapsed() >= MS, "also if it runs already");
    });
}

/// It goes on from where it stood, and sleeps last as long as they say.
#[test]
fn a_resumed_clock_runs_on() {
    in_virtual_time(async {
        let start = Instant::now();
        let a_day = Duration::from_hours(24);
        time::advance(a_day).await;
        let real = std::time::Instant::now();
        time::resume();
        assert!(start.elapsed() >= a_day && start.elapsed() < a_day + Duration::from_hours(1));
        sleep(2 * MS).await;
        assert!(real.elapsed() >= 2 * MS);
        assert!(start.elapsed() >= a_day + 2 * MS);
        time::pause();
        let paused = Instant::now();
        assert_eq!(takes(sleep(a_day)).await, a_day);
        assert_eq!(paused.elapsed(), a_day);
    });
}

#[test]
fn advance_fires_what_is_due_and_nothing_else() {
    in_virtual_time(async {
        let tasks: Vec<_> = (1..=3).map(|n| airmail::spawn(sleep(n * SECOND))).collect();
        let finished = || tasks.iter().map(airmail::task::JoinHandle::is_finished).collect::<Vec<_>>();
        yield_now().await;
        time::advance(Duration::from_nanos(999_999_999)).await;
        assert_eq!(finished(), [false, false, false]);
        time::advance(Duration::from_nanos(1)).await;
        assert_eq!(finished(), [true, false, false]);
        time::advance(2 * SECOND).await;
        assert_eq!(finished(), [true, true, true]);
        time::advance(Duration::ZERO).await;
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

/// Many timers on the way of one move fire in their order.
#[test]
fn advance_fires_in_order() {
    in_virtual_time(async {
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..100u32)
            .rev()
            .map(|n| {
                let order = Arc::clone(&order);
                airmail::spawn(async move {
                    sleep(n * SECOND).await;
                    common::lock(&order).push(n);
                })
            })
            .collect();
        yield_now().await;
        time::advance(1000 * SECOND).await;
        assert_eq!(*common::lock(&order), (0..100).collect::<Vec<_>>());
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

/// Thirty days are no longer than a millisecond.
#[test]
fn the_clock_jumps_thirty_days() {
    let month = Duration::from_hours(30 * 24);
    in_virtual_time(async {
        let start = Instant::now();
        let short = airmail::spawn(takes(sleep(MS)));
        let long = airmail::spawn(takes(sleep(month)));
        assert_eq!(long.await.expect("no panic"), month);
        assert_eq!(short.await.expect("no panic"), MS);
        assert_eq!(start.elapsed(), month);
        time::advance(month).await;
        assert_eq!(start.elapsed(), 2 * month);
    });
}

/// It jumps only when nothing is ready, and from deadline to deadline.
#[test]
fn the_clock_does_not_jump_over_work() {
    in_virtual_time(async {
        let start = Instant::now();
        let gate = Gate::new();
        let other = gate.clone();
        let worker = airmail::spawn(async move {
            turns(500).await;
            other.open();
            Instant::now()
        });
        let sleeper = airmail::spawn(takes(sleep(SECOND)));
        gate.wait().await;
        assert_eq!(Instant::now(), start);
        assert_eq!(worker.await.expect("no panic"), start);
        assert_eq!(sleeper.await.expect("no panic"), SECOND);
    });
}

/// Whoever holds a driver that brings news is asked for them before the clock jumps.
#[test]
fn the_driver_is_asked_before_a_jump() {
    struct News(Arc<Mutex<Option<Waker>>>, mpsc::Sender<&'static str>);

    impl Driver for News {
        fn waker(&self) -> Waker {
            Waker::noop().clone()
        }

        fn park(&mut self, until: Option<std::time::Instant>) {
            panic!("nothing to wait for: {until:?}");
        }

        fn look(&mut self) {
            self.1.send("look").expect("the test listens");
            if let Some(waker) = common::lock(&self.0).take() {
                waker.wake();
            }
        }
    }

    let (sender, said) = mpsc::channel();
    let (news, own) = (Arc::default(), sender.clone());
    let driver = News(Arc::clone(&news), sender);
    let mut builder = Builder::new_current_thread();
    let runtime = builder.driver(driver).start_paused(true).count_wakers(false).build().expect("valid");
    runtime.block_on(async {
        let mut first = true;
        let event = airmail::spawn(poll_fn(move |cx| {
            if std::mem::take(&mut first) {
                *common::lock(&news) = Some(cx.waker().clone());
            }
            own.send("polled").expect("the test listens");
            Poll::<()>::Pending
        }));
        sleep(SECOND).await;
        event.abort();
        assert!(event.await.expect_err("aborted").is_cancelled());
    });
    assert_eq!(said.try_iter().collect::<Vec<_>>(), ["polled", "look", "polled", "look"]);
}

/// A blocking function stops the jumps until its handle's task is ready; then they go on, also if nobody awaits it.
#[test]
fn a_blocking_function_holds_the_clock() {
    in_virtual_time(async {
        let start = Instant::now();
        let (go, wait) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let blocking = spawn_blocking(move || wait.recv().expect("it is told to go"));
        let sleeper = airmail::spawn(sleep(SECOND));
        let other = std::thread::spawn(move || {
            told.recv().expect("the test goes on");
            go.send(()).expect("it waits");
        });
        let first = airmail::spawn(async move {
            tell.send(()).expect("it waits");
            blocking.await.expect("no panic");
            start.elapsed()
        });
        assert_eq!(first.await.expect("no panic"), Duration::ZERO);
        sleeper.await.expect("no panic");
        assert_eq!(start.elapsed(), SECOND);
        other.join().expect("no panic");

        drop(spawn_blocking(|| ()));
        assert_eq!(takes(sleep(SECOND)).await, SECOND);
    });
}

/// Another thread moves the clock of a runtime that waits with the machine's.
#[test]
fn a_clock_is_paused_and_moved_from_another_thread() {
    let runtime = common::runtime();
    let handle = runtime.handle().clone();
    let (waits, waiting) = mpsc::channel();
    let other = std::thread::spawn(move || {
        waiting.recv().expect("the runtime waits");
        let _entered = handle.enter();
        time::pause();
    });
    let hour = Duration::from_hours(1);
    runtime.block_on(async {
        let start = Instant::now();
        let task = airmail::spawn(sleep(hour));
        yield_now().await;
        waits.send(()).expect("the thread listens");
        task.await.expect("no panic");
        assert!(start.elapsed() >= hour);
    });
    other.join().expect("no panic");
}

/// Clocks of different runtimes have nothing to do with each other.
#[test]
fn each_runtime_has_its_own_clock() {
    let (one, other) = (paused(), paused());
    let one_start = one.block_on(async { Instant::now() });
    let other_start = other.block_on(async { Instant::now() });
    one.block_on(sleep(SECOND));
    assert_eq!(one.block_on(async { one_start.elapsed() }), SECOND);
    assert_eq!(other.block_on(async { other_start.elapsed() }), Duration::ZERO);
    let real = Instant::now();
    assert!(real >= one_start, "outside it is the machine's");
}

/// Whoever polls a sleep by hand is woken when the clock is moved.
#[test]
fn advance_wakes_foreign_wakers() {
    let runtime = paused();
    let (wakes, waker) = Wakes::new();
    let mut sleep = {
        let _entered = runtime.enter();
        Box::pin(sleep(SECOND))
    };
    assert!(poll_with(sleep.as_mut(), &waker).is_pending());
    runtime.block_on(time::advance(SECOND));
    assert_eq!(wakes.count(), 1);
    assert!(poll_with(sleep.as_mut(), &waker).is_ready());
}

#[test]
fn what_cannot_be_done_says_so() {
    let in_none = panic_of(time::pause);
    assert!(in_none.contains("`time::pause`") && in_none.contains("no airmail runtime here"), "{in_none}");
    assert!(panic_of(time::resume).contains("`time::resume`"));
    let runs = panic_of(|| common::run(time::advance(SECOND)));
    assert!(runs.contains("`time::advance`") && runs.contains("`time::pause`"), "{runs}");
    let far = panic_of(|| in_virtual_time(time::advance(Duration::MAX)));
    assert!(far.contains("further than a clock goes"), "{far}");
}

/// `enable_time` and `enable_all` are there for programs that move here.
#[test]
fn time_is_always_enabled() {
    let runtime =
        Builder::new_current_thread().enable_time().enable_all().start_paused(false).build().expect("valid");
    runtime.block_on(async {
        let mut sleep = pin!(sleep(MS));
        sleep.as_mut().await;
        assert!(sleep.is_elapsed());
    });
}
