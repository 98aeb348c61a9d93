//! Timers fire also while there is always something else to do.

use crate::common::{self, yield_now};
use crate::{MS, SECOND, in_virtual_time, takes};
use airmail::runtime::{Builder, Driver, Fifo};
use airmail::task::JoinHandle;
use airmail::time::{self, Duration, Instant, sleep};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

const HOUR: Duration = Duration::from_hours(1);

/// A task that wakes itself in every poll.
fn busy() -> JoinHandle<()> {
    airmail::spawn(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Pending
    }))
}

async fn end(busy: JoinHandle<()>) {
    busy.abort();
    assert!(busy.await.expect_err("aborted").is_cancelled());
}

/// It broke a peer: one task that wakes itself keeps the worker, and timers are never looked at.
#[test]
fn a_self_waking_task_starves_no_timer() {
    let choices: [fn(&mut Builder) -> &mut Builder; 3] =
        [|builder| builder, |builder| builder.event_interval(1), |builder| builder.pick(Fifo)];
    for choice in choices {
        let runtime = choice(&mut Builder::new_current_thread()).build().expect("valid");
        runtime.block_on(async {
            let busy = busy();
            let task = airmail::spawn(sleep(2 * MS));
            sleep(MS).await;
            task.await.expect("no panic");
            end(busy).await;
        });
    }
}

/// With a clock that stands still, nothing but `advance` moves it: and that is enough.
#[test]
fn a_self_waking_task_starves_no_virtual_timer() {
    in_virtual_time(async {
        let busy = busy();
        let task = airmail::spawn(takes(sleep(SECOND)));
        yield_now().await;
        let start = Instant::now();
        for _ in 0..10 {
            assert!(!task.is_finished());
            time::advance(SECOND / 10).await;
        }
        assert_eq!(task.await.expect("no panic"), SECOND);
        assert_eq!(start.elapsed(), SECOND);
        // And if it runs on, it needs nobody.
        time::resume();
        sleep(MS).await;
        end(busy).await;
    });
}

/// The future of the `block_on` is the busy one.
#[test]
fn a_busy_root_starves_no_timer() {
    common::run(async {
        let task = airmail::spawn(sleep(MS));
        while !task.is_finished() {
            yield_now().await;
        }
        task.await.expect("no panic");
    });
}

/// Notes until when it is asked to wait, and does not: there is always an event.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    waits: Vec<Option<std::time::Instant>>,
    event: Option<Waker>,
}

impl Driver for Waits {
    fn waker(&self) -> Waker {
        Waker::noop().clone()
    }

    fn park(&mut self, until: Option<std::time::Instant>) {
        let event = {
            let mut noted = common::lock(&self.0);
            noted.waits.push(until);
            noted.event.take()
        };
        event.expect("the test waits").wake();
    }

    fn look(&mut self) {}
}

impl Waits {
    /// Lets the runtime wait once; until when?
    async fn once(&self) -> Option<Instant> {
        poll_fn(|cx| {
            let mut noted = common::lock(&self.0);
            if let Some(until) = noted.waits.pop() {
                return Poll::Ready(until.map(Instant::from_std));
            }
            noted.event = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// An idle runtime waits until the next deadline, exactly; for nothing else than events if there is none.
#[test]
fn a_driver_waits_until_the_next_deadline() {
    let waits = Waits::default();
    let runtime = Builder::new_current_thread().driver(waits.clone()).build().expect("valid");
    runtime.block_on(async {
        assert_eq!(waits.once().await, None);
        let mut sleeps: Vec<_> = [3, 1, 2].map(|n| Box::pin(sleep(n * HOUR))).into();
        for sleep in &mut sleeps {
            assert!(common::poll_once(sleep).is_pending());
        }
        assert_eq!(waits.once().await, Some(sleeps[1].deadline()));
        drop(sleeps.remove(1));
        assert_eq!(waits.once().await, Some(sleeps[1].deadline()), "one that was dropped is not waited for");
        let soon = Instant::now() + HOUR / 2;
        sleeps[0].as_mut().reset(soon);
        assert_eq!(waits.once().await, Some(soon));
        drop(sleeps);
        assert_eq!(waits.once().await, None);
        // Never is no deadline.
        let mut never = Box::pin(sleep(Duration::MAX));
        assert!(common::poll_once(&mut never).is_pending());
        assert_eq!(waits.once().await, None);
    });
}

/// By the machine's clock, also if the runtime's shows another time.
#[test]
fn a_driver_waits_by_the_machines_clock() {
    let waits = Waits::default();
    let mut builder = Builder::new_current_thread();
    let runtime = builder.driver(waits.clone()).start_paused(true).build().expect("valid");
    runtime.block_on(async {
        time::advance(1000 * HOUR).await;
        let before = Instant::from_std(std::time::Instant::now());
        time::resume();
        let mut sleep = Box::pin(sleep(HOUR));
        assert!(common::poll_once(&mut sleep).is_pending());
        let until = waits.once().await.expect("there is a deadline");
        let after = Instant::from_std(std::time::Instant::now());
        assert!(before + HOUR <= until && until <= after + HOUR);
    });
}
