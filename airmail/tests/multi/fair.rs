//! Fairness, counted in polls, with one worker: at most four polls of each task ahead, and four more for what comes from
//! outside.

use crate::{builder, each, end, watchdog};
use airmail::runtime::Runtime;
use airmail::task::{self, AbortHandle, JoinHandle};
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::time::Duration;

/// Polls of all tasks of [`crowd`].
type Polls = Arc<AtomicUsize>;

/// What each poll of a task that yields meets, to be answered before it ends.
type Stops = Arc<Mutex<Option<(mpsc::Sender<usize>, mpsc::Receiver<()>)>>>;

/// Two tasks, each of which wakes the other in every poll.
fn ping_pong(runtime: &Runtime, polls: &Polls) -> [AbortHandle; 2] {
    let wakers = Arc::new([Mutex::new(None::<Waker>), Mutex::new(None)]);
    [0, 1].map(|who| {
        let (wakers, polls) = (Arc::clone(&wakers), Arc::clone(polls));
        let task: JoinHandle<()> = runtime.spawn(poll_fn(move |cx| {
            polls.fetch_add(1, SeqCst);
            *crate::common::lock(&wakers[who]) = Some(cx.waker().clone());
            let other = crate::common::lock(&wakers[1 - who]).take();
            match other {
                Some(other) => other.wake(),
                // The other one has not begun yet.
                None => cx.waker().wake_by_ref(),
            }
            Poll::Pending
        }));
        task.abort_handle()
    })
}

/// A task that is always ready; if somebody asks, it stops in a poll and tells how many polls there were.
fn always_ready(runtime: &Runtime, polls: &Polls, stops: &Stops) -> AbortHandle {
    let (polls, stops) = (Arc::clone(polls), Arc::clone(stops));
    let task: JoinHandle<()> = runtime.spawn(poll_fn(move |cx| {
        let polls = polls.fetch_add(1, SeqCst) + 1;
        let stop = crate::common::lock(&stops).take();
        if let Some((tell, goes_on)) = stop {
            tell.send(polls).expect("the test asked");
            assert!(goes_on.recv().is_err());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }));
    task.abort_handle()
}

/// A runtime with one worker. No spare comes beside it, however long its thread has no processor: so polls can be counted.
fn one_worker() -> Runtime {
    builder(1).rescue_after(Duration::MAX).build().expect("valid")
}

/// One worker, with two tasks that wake each other and one that is always ready.
fn crowd(test: impl FnOnce(&Runtime, &Polls, &Stops)) {
    let (runtime, polls, stops) = (one_worker(), Polls::default(), Stops::default());
    let [a, b] = ping_pong(&runtime, &polls);
    let c = always_ready(&runtime, &polls, &stops);
    test(&runtime, &polls, &stops);
    for task in [a, b, c] {
        task.abort();
    }
    end(runtime);
}

/// A task that tells how many polls there were when it was polled first.
fn first_poll(polls: &Polls) -> impl Future<Output = usize> + Send + use<> {
    let polls = Arc::clone(polls);
    async move { polls.load(SeqCst) }
}

/// New tasks from outside: each waits for at most four polls for each that came before it, and four more.
#[test]
fn o2_the_injector_is_served_beside_a_ping_pong() {
    let _watchdog = watchdog("o2_the_injector_is_served_beside_a_ping_pong");
    crowd(|runtime, polls, stops| {
        for many in [1, 1, 2, 5, 20] {
            let ((tell, told), (goes_on, wait)) = (mpsc::channel(), mpsc::channel());
            *crate::common::lock(stops) = Some((tell, wait));
            let before = told.recv().expect("it is always ready");
            let tasks: Vec<_> = (0..many).map(|_| runtime.spawn(first_poll(polls))).collect();
            drop(goes_on);
            for (ahead, task) in tasks.into_iter().enumerate() {
                let waited = runtime.block_on(task).expect("it runs") - before;
                assert!(waited <= 4 * ahead + 4 + 4 * 3, "{waited} polls, with {ahead} tasks ahead");
                assert!(ahead > 0 || waited <= 4, "{waited} polls before the first of the injector");
            }
        }
    });
}

/// New tasks from a task: each waits for at most four polls for each task ahead.
#[test]
fn o2_new_tasks_run_beside_a_ping_pong() {
    let _watchdog = watchdog("o2_new_tasks_run_beside_a_ping_pong");
    crowd(|runtime, polls, _| {
        for many in [1, 1, 2, 5, 20] {
            let polls = Arc::clone(polls);
            let waited = runtime.spawn(async move {
                let before = polls.load(SeqCst);
                let tasks: Vec<_> = (0..many).map(|_| airmail::spawn(first_poll(&polls))).collect();
                let mut waited = Vec::new();
                for task in tasks {
                    waited.push(task.await.expect("it runs") - before);
                }
                waited
            });
            let waited = runtime.block_on(waited).expect("no panic");
            for (n, waited) in waited.into_iter().enumerate() {
                // The three of the crowd, this task, and the new ones, of which the last comes first.
                assert!(waited <= 4 * (3 + 1 + many), "{waited} polls before new task {n} of {many}");
            }
        }
    });
}

/// A task that waits and is woken from a poll waits for at most four polls for each task ahead.
#[test]
fn o2_a_woken_task_runs_beside_a_ping_pong() {
    let _watchdog = watchdog("o2_a_woken_task_runs_beside_a_ping_pong");
    crowd(|runtime, polls, _| {
        for _ in 0..50 {
            let gate = crate::common::Gate::new();
            let (wait, own) = (gate.wait(), Arc::clone(polls));
            let woken = runtime.spawn(async move {
                wait.await;
                own.load(SeqCst)
            });
            crate::until(|| gate.polls() == 1);
            let polls = Arc::clone(polls);
            let opens = runtime.spawn(async move {
                let before = polls.load(SeqCst);
                gate.open();
                before
            });
            let before = runtime.block_on(opens).expect("no panic");
            let waited = runtime.block_on(woken).expect("woken") - before;
            assert!(waited <= 4 * 4, "{waited} polls");
        }
    });
}

/// One task that is always ready for each worker, and a fresh task: it runs, from outside and from a task.
#[test]
fn o2_a_self_waker_on_each_worker() {
    each("o2_a_self_waker_on_each_worker", |runtime, workers| {
        let (polls, stops) = (Polls::default(), Stops::default());
        let busy: Vec<_> = (0..workers).map(|_| always_ready(runtime, &polls, &stops)).collect();
        for n in 0..200 {
            let fresh =
                runtime.spawn(async move { airmail::spawn(async move { n }).await.expect("it runs") });
            assert_eq!(runtime.block_on(fresh).expect("it runs"), n);
        }
        busy.iter().for_each(AbortHandle::abort);
    });
}

/// Tasks that yield take turns: with one worker, none gets two ahead of another.
#[test]
fn yielding_tasks_take_turns() {
    const TASKS: usize = 5;
    const TURNS: usize = 100;
    let _watchdog = watchdog("yielding_tasks_take_turns");
    let runtime = one_worker();
    let turns: Arc<[AtomicUsize; TASKS]> = Arc::default();
    let all = runtime.spawn({
        let turns = Arc::clone(&turns);
        async move {
            let tasks: Vec<_> = (0..TASKS)
                .map(|who| {
                    let turns = Arc::clone(&turns);
                    airmail::spawn(async move {
                        for _ in 0..TURNS {
                            task::yield_now().await;
                            let mine = turns[who].fetch_add(1, SeqCst) + 1;
                            let least = turns.iter().map(|turns| turns.load(SeqCst)).min();
                            assert!(mine <= least.unwrap_or(0) + 2, "one is ahead: {turns:?}");
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("no panic");
            }
        }
    });
    runtime.block_on(all).expect("no panic");
    end(runtime);
}

/// A task that spawns its successor, for ever, in the place of what runs next: others run.
#[test]
fn o2_a_chain_of_new_tasks() {
    fn link(polls: Polls) {
        polls.fetch_add(1, SeqCst);
        if polls.load(SeqCst) < 1 << 40 {
            drop(airmail::spawn(async move { link(polls) }));
        }
    }
    each("o2_a_chain_of_new_tasks", |runtime, _| {
        let polls = Polls::default();
        let own = Arc::clone(&polls);
        drop(runtime.spawn(async move { link(own) }));
        for n in 0..200 {
            let fresh = runtime.spawn(async move {
                task::yield_now().await;
                n
            });
            assert_eq!(runtime.block_on(fresh).expect("it runs"), n);
        }
        polls.store(1 << 40, SeqCst);
    });
}
