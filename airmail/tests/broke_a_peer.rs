//! Cases that broke another runtime, as far as this one has the parts.

mod common;

use airmail::task;
use common::{Drops, Gate, end, local_runtime, run, run_local, runtime, turns, yield_now};
use std::future::{pending, poll_fn};
use std::task::Poll;
use std::thread;

/// One task that always wakes itself and one fresh task: the fresh one runs within two rounds.
#[test]
fn a_self_waker_and_a_fresh_task() {
    let polls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&polls);
    run(async move {
        let selfish = airmail::spawn(poll_fn(move |cx| {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
        turns(10).await;
        let before = polls.load(std::sync::atomic::Ordering::SeqCst);
        let seen = std::sync::Arc::clone(&polls);
        let fresh = airmail::spawn(async move { seen.load(std::sync::atomic::Ordering::SeqCst) });
        let polls = fresh.await.expect("it runs") - before;
        assert!(polls <= 2, "{polls} polls of the self-waker came first");
        selfish.abort();
        assert!(selfish.await.expect_err("aborted").is_cancelled());
    });
}

/// Seventy thousand live tasks: more than sixteen bits can number.
#[test]
fn seventy_thousand_live_tasks() {
    const TASKS: usize = 70_000;
    let (drops, gate) = (Drops::new(), Gate::new());
    run(async {
        let tasks: Vec<_> = (0..TASKS).map(|_| airmail::spawn(drops.wrap(gate.wait()))).collect();
        turns(TASKS).await;
        assert_eq!(airmail::runtime::Handle::current().metrics().num_alive_tasks(), TASKS);
        let ids: std::collections::HashSet<_> = tasks.iter().map(task::JoinHandle::id).collect();
        assert_eq!(ids.len(), TASKS);
        gate.open();
        for task in tasks {
            task.await.expect("it was woken");
        }
    });
    drops.assert_each_once(TASKS);
}

/// Another thread wakes a local executor that sleeps, again and again, and spawns onto it.
#[test]
fn foreign_wakes_into_a_local_executor() {
    run_local(async {
        let handle = airmail::runtime::Handle::current();
        for _ in 0..100 {
            let gate = Gate::new();
            let task = task::spawn_local(gate.wait());
            let handle = handle.clone();
            let thread = thread::spawn(move || {
                gate.open();
                handle.spawn(async { 7 })
            });
            task.await.expect("it was woken");
            // The runtime must drive the task while this thread does not block: the thread ends by itself.
            let spawned = thread.join().expect("no panic");
            assert_eq!(spawned.await.expect("it runs"), 7);
        }
    });
}

/// A panic in a task, then ten more spawns, in a runtime and in a local one.
#[test]
fn a_panic_then_ten_more_spawns() {
    let body = async {
        let panics = airmail::spawn(async { panic!("boom") });
        let _: Result<(), _> = panics.await;
        for n in 0..10 {
            assert_eq!(airmail::spawn(async move { n }).await.expect("it runs"), n);
        }
    };
    run(body);
    let runtime = local_runtime();
    let panics: task::JoinHandle<()> = runtime.spawn_local(async { panic!("boom") });
    assert!(runtime.block_on(panics).expect_err("it panicked").is_panic());
    for n in 0..10 {
        assert_eq!(runtime.block_on(runtime.spawn_local(async move { n })).expect("it runs"), n);
    }
}

/// What the process uses: resident pages, threads, open files.
#[cfg(target_os = "linux")]
fn used() -> [usize; 3] {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    let count = |folder| std::fs::read_dir(folder).expect("Linux has it").count();
    [pages, count("/proc/self/task"), count("/proc/self/fd")]
}

#[cfg(target_os = "linux")]
fn make_and_drop(runtimes: usize) {
    for n in 0..runtimes {
        let runtime = runtime();
        let waits = runtime.spawn(pending::<()>());
        let done = runtime.spawn(async move { n });
        assert_eq!(runtime.block_on(done).expect("it runs"), n);
        drop(runtime);
        assert!(waits.is_finished());
        let local = local_runtime();
        local.block_on(local.spawn_local(yield_now())).expect("it runs");
    }
}

/// Ten thousand runtimes made and dropped: memory, threads and files stay as they were. In a process of its
/// own, so that it sees nothing of other tests.
#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_runtimes_leave_nothing_behind() {
    common::child::must_succeed("ten_thousand_runtimes_leave_nothing_behind", || {
        make_and_drop(1000);
        let before = used();
        make_and_drop(4500);
        let after = used();
        assert_eq!(before[1..], after[1..], "threads and files");
        // A page is 4 KiB: 64 of them are less than 32 bytes for each runtime.
        assert!(after[0] <= before[0] + 64, "{} pages became {}", before[0], after[0]);
    });
}

/// Eight runtimes at once, again and again, each with tasks of its own: nothing of one shows in another.
#[test]
fn runtimes_do_not_show_in_each_other() {
    for _ in 0..50 {
        let runtimes: Vec<_> = (0..8).map(|_| runtime()).collect();
        let gates: Vec<_> = runtimes.iter().map(|_| Gate::new()).collect();
        let tasks: Vec<_> =
            runtimes.iter().zip(&gates).map(|(runtime, gate)| runtime.spawn(gate.wait())).collect();
        for (runtime, task) in runtimes.iter().zip(&tasks) {
            runtime.block_on(turns(2));
            let seen = runtime.handle().tasks();
            assert!(matches!(&seen[..], [info] if info.meta.id == task.id()), "{seen:?}");
            assert_eq!(runtime.handle().metrics().num_alive_tasks(), 1);
        }
        gates.iter().for_each(Gate::open);
        for (runtime, task) in runtimes.into_iter().zip(tasks) {
            runtime.block_on(task).expect("it was woken");
            end(runtime);
        }
    }
}
