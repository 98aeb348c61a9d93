//! Faults of aborts that concern threads, re-entrance and depth: rows A4 to A6 of the catalogue.

mod common;

use airmail::task::{self, AbortHandle, JoinHandle, LocalSet};
use common::{Drops, Gate, child, end, run, run_local, runtime, turns};
use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

/// A4: a local task that is aborted from another thread is dropped by its own thread only, in a local runtime
/// and in a local set (tokio once dropped it on the caller, RUSTSEC-2021-0072).
#[test]
fn a4_a_local_task_is_aborted_from_another_thread() {
    let drops = Drops::new();
    run_local(async {
        let local = Rc::new(());
        let wrapped = drops.wrap(pending::<()>());
        let task = task::spawn_local(async move {
            wrapped.await;
            drop(local);
        });
        turns(1).await;
        let abort = task.abort_handle();
        let (other, count) = (thread::spawn(move || abort.abort()), drops.clone());
        other.join().expect("no panic");
        assert_eq!(count.count(), 0, "the aborting thread drops nothing");
        assert!(task.await.expect_err("it was aborted").is_cancelled());
    });
    let (set, runtime) = (LocalSet::new(), runtime());
    let task = set.spawn_local(drops.wrap(pending::<()>()));
    set.block_on(&runtime, turns(1));
    let abort = task.abort_handle();
    let thread = thread::spawn(move || abort.abort());
    assert!(set.block_on(&runtime, task).expect_err("it was aborted").is_cancelled());
    thread.join().expect("no panic");
    drops.assert_each_once(2);
    drops.assert_all_here();
    end(runtime);
}

/// A5: a task that aborts itself is dropped after that poll if it waits, and keeps its output if it answers.
#[test]
fn a5_a_task_aborts_itself() {
    let drops = Drops::new();
    run(async {
        for (answers, wakes) in [(false, false), (false, true), (true, false)] {
            let own = Arc::new(Mutex::new(None::<AbortHandle>));
            let abort = Arc::clone(&own);
            let task = airmail::spawn(drops.wrap(poll_fn(move |cx| {
                common::lock(&abort).as_ref().expect("it was put there").abort();
                if wakes {
                    cx.waker().wake_by_ref();
                }
                if answers { Poll::Ready(()) } else { Poll::Pending }
            })));
            *common::lock(&own) = Some(task.abort_handle());
            match task.await {
                Ok(()) => assert!(answers),
                Err(error) => assert!(!answers && error.is_cancelled(), "{error}"),
            }
        }
    });
    drops.assert_each_once(3);
}

/// Calls what it holds when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn with_drop(code: impl FnMut() + Send + 'static) -> impl Future<Output = ()> + Send + 'static {
    let guard = OnDrop(code);
    async move {
        let _guard = guard;
        pending::<()>().await;
    }
}

/// A5: a task's drop may spawn, abort, wake and join other tasks, in a running runtime and at its shutdown;
/// what it spawns then is cancelled, not lost.
#[test]
fn a5_a_drop_spawns_aborts_wakes_and_joins() {
    for at_shutdown in [false, true] {
        let (runtime, drops, gate) = (runtime(), Drops::new(), Gate::new());
        let victim = runtime.spawn(drops.wrap(pending::<()>()));
        let sleeper = runtime.spawn(drops.wrap(gate.wait()));
        let spawned = Arc::new(Mutex::new(Vec::<JoinHandle<()>>::new()));
        let (abort, later, counted) = (victim.abort_handle(), Arc::clone(&spawned), drops.clone());
        let opener = gate.clone();
        let mut own = None;
        let dropper = runtime.spawn(with_drop(move || {
            assert!(task::try_id().is_some(), "a future is dropped as the current task");
            abort.abort();
            opener.open();
            let mut new = airmail::spawn(counted.wrap(async {}));
            if let std::task::Poll::Ready(outcome) = common::poll_once(&mut new) {
                assert!(outcome.expect_err("closed").is_cancelled());
            } else {
                common::lock(&later).push(new);
            }
            own.get_or_insert(0);
        }));
        runtime.block_on(turns(4));
        if at_shutdown {
            drop(runtime);
            assert!(victim.is_finished() && sleeper.is_finished() && dropper.is_finished());
            assert!(common::lock(&spawned).is_empty(), "refused at the shutdown");
        } else {
            dropper.abort();
            let late = runtime.block_on(async {
                assert!(dropper.await.expect_err("aborted").is_cancelled());
                assert!(victim.await.expect_err("aborted").is_cancelled());
                sleeper.await.expect("it was woken");
                let late = common::lock(&spawned).pop();
                late.expect("it was spawned").await
            });
            late.expect("it ran");
            end(runtime);
        }
        drops.assert_each_once(3);
    }
}

/// A5: nothing is dropped inside `wake` or `abort` themselves: a caller may hold a lock that the drop takes.
#[test]
fn a5_nothing_is_dropped_inside_wake_or_abort() {
    let (runtime, lock, gate) = (runtime(), Arc::new(Mutex::new(())), Gate::new());
    let taken = Arc::clone(&lock);
    let guard = OnDrop(move || drop(taken.try_lock().expect("dropped while the caller held its lock")));
    let wait = gate.wait();
    let woken = runtime.spawn(async move {
        let _guard = guard;
        wait.await;
    });
    let taken = Arc::clone(&lock);
    let aborted = runtime.spawn(with_drop(move || drop(taken.try_lock().expect("as above"))));
    runtime.block_on(turns(3));
    let held = lock.lock().expect("no panic");
    gate.open();
    aborted.abort();
    drop(held);
    runtime.block_on(woken).expect("no panic");
    assert!(runtime.block_on(aborted).expect_err("aborted").is_cancelled());
    end(runtime);
}

const CHAIN: usize = 100_000;

/// A task for each link; the drop of each aborts the next.
fn chain(spawn: impl Fn(usize, Option<AbortHandle>) -> AbortHandle) -> AbortHandle {
    let mut next = None;
    for link in 0..CHAIN {
        next = Some(spawn(link, next));
    }
    next.expect("the chain is not empty")
}

/// A6: a chain of 100,000 tasks, each of whose drops aborts the next, ends without recursion, on a stack of
/// 128 KiB.
#[test]
fn a6_a_chain_of_aborts_does_not_recurse() {
    child::must_succeed("a6_a_chain_of_aborts_does_not_recurse", || {
        child::on_stack(128 << 10, || {
            let (runtime, drops) = (runtime(), Drops::new());
            let first = chain(|_, next| {
                let guard = drops.guard();
                let task = runtime.spawn(with_drop(move || {
                    let _guard = &guard;
                    if let Some(next) = next {
                        next.abort();
                    }
                }));
                task.abort_handle()
            });
            first.abort();
            runtime.block_on(async {
                while drops.count() < CHAIN {
                    turns(1000).await;
                }
            });
            drops.assert_each_once(CHAIN);
            end(runtime);
        });
    });
}

/// A6: the same at a shutdown, where each future also owns the handle of the next.
#[test]
fn a6_a_chain_of_handles_at_shutdown_does_not_recurse() {
    child::must_succeed("a6_a_chain_of_handles_at_shutdown_does_not_recurse", || {
        child::on_stack(128 << 10, || {
            let (runtime, drops) = (runtime(), Drops::new());
            let mut next = None::<JoinHandle<()>>;
            for _ in 0..CHAIN {
                let (guard, mut own) = (drops.guard(), next.take());
                next = Some(runtime.spawn(with_drop(move || {
                    let _guard = &guard;
                    if let Some(next) = own.take() {
                        next.abort();
                    }
                })));
            }
            drop(runtime);
            drops.assert_each_once(CHAIN);
            drop(next);
        });
    });
}

/// A6: a chain of local tasks, whose drops spawn the next one: the set's drop must end.
#[test]
fn a6_drops_that_spawn_end() {
    thread_local! {
        static LEFT: RefCell<u32> = const { RefCell::new(100) };
    }
    fn again() -> impl Future<Output = ()> {
        let guard = OnDrop(|| {
            let left = LEFT.with_borrow_mut(|left| {
                *left = left.saturating_sub(1);
                *left
            });
            if left > 0 {
                drop(task::spawn_local(pending_with(again_boxed())));
            }
        });
        async move {
            let _guard = guard;
            pending::<()>().await;
        }
    }
    fn again_boxed() -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(again())
    }
    async fn pending_with(future: std::pin::Pin<Box<dyn Future<Output = ()>>>) {
        future.await;
    }
    let set = LocalSet::new();
    drop(set.spawn_local(again()));
    set.block_on(&runtime(), turns(2));
    drop(set);
    assert_eq!(LEFT.with_borrow(|left| *left), 0);
}
