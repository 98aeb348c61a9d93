//! The cooperative budget, as a task meets it.

mod common;

use airmail::task::coop::{self, BUDGET, cooperative, poll_proceed};
use airmail::task::{consume_budget, unconstrained, yield_now};
use common::{Gate, panic_of, run};
use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

/// Uses up what is left of the budget, and says how much that was. Must not be called without a limit.
fn use_up(cx: &mut Context<'_>) -> u32 {
    let mut used = 0;
    while let Poll::Ready(share) = poll_proceed(cx) {
        share.made_progress();
        used += 1;
        assert!(used < 10_000, "there is no limit");
    }
    used
}

/// Runs `body` in a task, whose yield lets every task that is ready have a turn.
fn in_a_task<F: Future<Output = ()> + Send + 'static>(body: F) {
    run(async { airmail::spawn(body).await.unwrap() });
}

/// Runs `code` in one poll of a task of its own, with a full budget.
fn in_a_poll<R: Send + 'static>(mut code: impl FnMut(&mut Context<'_>) -> R + Send + 'static) -> R {
    run(async move { airmail::spawn(poll_fn(move |cx| Poll::Ready(code(cx)))).await.unwrap() })
}

#[test]
fn outside_of_tasks_there_is_no_limit() {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1000 {
        assert!(coop::has_budget_remaining());
        let Poll::Ready(share) = poll_proceed(&mut cx) else { panic!("there is no limit here") };
        share.made_progress();
        assert!(pin!(consume_budget()).poll(&mut cx).is_ready());
    }
}

#[test]
fn every_poll_has_the_same_budget() {
    assert_eq!(in_a_poll(use_up), u32::from(BUDGET));
    let polls = run(async {
        let mut polls = Vec::new();
        for _ in 0..3 {
            polls.push(poll_fn(|cx| Poll::Ready(use_up(cx))).await);
            yield_now().await;
        }
        polls
    });
    assert_eq!(polls, [u32::from(BUDGET); 3], "the future of a `block_on` is no exception");
}

#[test]
fn a_share_goes_back_unless_progress_was_made() {
    in_a_poll(|cx| {
        for _ in 0..1000 {
            assert!(poll_proceed(cx).is_ready());
        }
        assert_eq!(use_up(cx), u32::from(BUDGET));
        assert!(!coop::has_budget_remaining());
    });
}

#[test]
fn consume_budget_lets_the_others_run() {
    run(async {
        let seen = Arc::new(AtomicBool::new(false));
        let sets = Arc::clone(&seen);
        let other = airmail::spawn(async move { sets.store(true, Ordering::Relaxed) });
        let mut rounds = 0;
        while !seen.load(Ordering::Relaxed) {
            consume_budget().await;
            rounds += 1;
            assert!(rounds < 10_000, "the other task starves");
        }
        assert_eq!(rounds, u32::from(BUDGET) + 1, "it yields when the budget is used up, not earlier");
        other.await.unwrap();
    });
}

#[test]
fn joining_tasks_that_are_done_is_limited() {
    in_a_task(async {
        let handles: Vec<_> = (0..1000).map(|i| airmail::spawn(async move { i })).collect();
        common::turns(2).await;
        let seen = Arc::new(AtomicBool::new(false));
        let sets = Arc::clone(&seen);
        airmail::spawn(async move { sets.store(true, Ordering::Relaxed) });
        for (i, handle) in handles.into_iter().enumerate() {
            assert_eq!(handle.await.unwrap(), i);
            assert!(i < 1000 / 2 || seen.load(Ordering::Relaxed), "the other task starves");
        }
    });
}

/// Counts its polls; ready when it is told so.
struct Counted<'a> {
    polls: &'a Cell<u32>,
    ready: bool,
}

impl Future for Counted<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.polls.set(self.polls.get() + 1);
        if self.ready { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[test]
fn cooperative_charges_for_ready_only() {
    in_a_poll(|cx| {
        let polls = Cell::new(0);
        let mut waits = pin!(cooperative(Counted { polls: &polls, ready: false }));
        for _ in 0..1000 {
            assert!(waits.as_mut().poll(cx).is_pending());
        }
        assert_eq!(polls.replace(0), 1000);
        for _ in 0..BUDGET {
            assert!(pin!(cooperative(Counted { polls: &polls, ready: true })).poll(cx).is_ready());
        }
        assert!(pin!(cooperative(Counted { polls: &polls, ready: true })).poll(cx).is_pending());
        assert_eq!(polls.get(), u32::from(BUDGET), "without a budget the future is not even polled");
    });
}

#[test]
fn cooperative_goes_on_in_the_next_poll() {
    let polls = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&polls);
    run(async move {
        let mut loops = pin!(async {
            for _ in 0..1000 {
                cooperative(ready(())).await;
            }
        });
        let counted = poll_fn(move |cx| {
            counts.fetch_add(1, Ordering::Relaxed);
            loops.as_mut().poll(cx)
        });
        counted.await;
    });
    assert_eq!(polls.load(Ordering::Relaxed), 1000 / usize::from(BUDGET) + 1);
}

#[test]
fn unconstrained_lifts_the_limit_for_its_future_only() {
    in_a_poll(|cx| {
        assert!(pin!(consume_budget()).poll(cx).is_ready());
        let free = unconstrained(async {
            for _ in 0..1000 {
                consume_budget().await;
            }
        });
        assert!(pin!(free).poll(cx).is_ready());
        assert_eq!(use_up(cx), u32::from(BUDGET) - 1, "what it did is charged to nobody");
        assert!(pin!(unconstrained(consume_budget())).poll(cx).is_ready());
        assert!(pin!(consume_budget()).poll(cx).is_pending());
        assert!(!coop::has_budget_remaining());
    });
}

#[test]
fn a_panic_ends_the_freedom() {
    in_a_poll(|cx| {
        let text = panic_of(|| pin!(unconstrained(async { panic!("inside") })).poll(cx));
        assert_eq!(text, "inside");
        assert_eq!(use_up(cx), u32::from(BUDGET));
    });
}

/// Whoever drives tasks inside a task's poll does not touch the budget of that task.
#[test]
fn a_nested_poll_has_its_own_budget() {
    in_a_poll(|cx| {
        assert_eq!(use_up(cx), u32::from(BUDGET));
        let inner = common::runtime();
        assert_eq!(inner.block_on(poll_fn(|cx| Poll::Ready(use_up(cx)))), u32::from(BUDGET));
        assert!(!coop::has_budget_remaining());
    });
}

#[test]
fn yielding_goes_to_the_back_of_the_queue() {
    in_a_task(async {
        let trace = Arc::new(std::sync::Mutex::new(Vec::new()));
        let gate = Gate::new();
        let tasks: Vec<_> = (0..3)
            .map(|task| {
                let (trace, gate) = (Arc::clone(&trace), gate.clone());
                airmail::spawn(async move {
                    gate.wait().await;
                    for turn in 0..2 {
                        trace.lock().unwrap().push((turn, task));
                        yield_now().await;
                    }
                })
            })
            .collect();
        common::turns(2).await;
        gate.open();
        for task in tasks {
            task.await.unwrap();
        }
        let trace = trace.lock().unwrap().clone();
        assert_eq!(trace, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
    });
}

#[test]
fn yielding_works_in_any_executor() {
    futures::executor::block_on(async {
        yield_now().await;
        unconstrained(consume_budget()).await;
        cooperative(yield_now()).await;
    });
    let mut yields = pin!(yield_now());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(yields.as_mut().poll(&mut cx).is_pending());
    assert!(yields.as_mut().poll(&mut cx).is_ready());
}
