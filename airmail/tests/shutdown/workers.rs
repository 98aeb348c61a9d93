//! On workers: polls that do not end, runtimes that end in tasks, tasks that begin as all ends.

use crate::{LONG, SHORT, wait_for, watchdog};
use airmail::runtime::{Builder, Doing, StalledPoll};
use airmail::task;
use airmail::time::{Duration, sleep};
use std::cell::RefCell;
use std::future::pending;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Barrier};
use std::thread;

fn workers(workers: usize) -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers);
    builder
}

/// A worker that does not come back from its poll is named, with what its thread waits in, and nobody waits for longer.
#[test]
fn s5_a_poll_that_does_not_end() {
    for count in [1, 2] {
        let _watchdog = watchdog("s5_a_poll_that_does_not_end");
        let runtime = workers(count).report_stalls_after(Duration::MAX).build().expect("valid");
        let (release, receive) = mpsc::channel::<()>();
        let began = Arc::new(Barrier::new(2));
        let begins = Arc::clone(&began);
        let blocks = task::Builder::new().name("stubborn");
        let blocks = blocks.spawn_on(
            async move {
                begins.wait();
                wait_for(&receive);
            },
            runtime.handle(),
        );
        began.wait();
        runtime.spawn(pending::<()>());
        let report = runtime.shutdown(SHORT);
        let [poll] = &report.running[..] else { panic!("one is left: {report}") };
        assert_eq!(poll.task.expect("known").meta.name, Some("stubborn"));
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            assert_eq!(poll.doing, Doing::Blocked { call: "futex".to_owned() });
        }
        assert!(!report.is_clean() && report.blocking.is_empty());
        let text = report.to_string();
        assert!(
            text.contains("\n  still running: task ") && text.contains(" \"stubborn\" (spawned at "),
            "{text}"
        );
        // It finishes the work when it comes back.
        drop(release);
        let handle = blocks.expect("valid");
        while !handle.is_finished() {
            thread::yield_now();
        }
    }
}

/// Destructors of thread-locals are a program's code too: nobody waits for those of a worker, or of a thread that ran a
/// function, beyond the deadline.
#[test]
fn s5_a_destructor_of_a_thread_local_that_does_not_end() {
    struct Waits(Option<Receiver<()>>);
    impl Drop for Waits {
        fn drop(&mut self) {
            if let Some(receive) = self.0.take() {
                wait_for(&receive);
            }
        }
    }
    thread_local! {
        static WAITS: RefCell<Waits> = const { RefCell::new(Waits(None)) };
    }
    let waits = |receive| WAITS.with(|waits| waits.borrow_mut().0 = Some(receive));
    for blocking in [false, true] {
        let _watchdog = watchdog("s5_a_destructor_of_a_thread_local_that_does_not_end");
        let runtime = workers(1).build().expect("valid");
        let (release, receive) = mpsc::channel();
        let ran = if blocking {
            runtime.spawn_blocking(move || waits(receive))
        } else {
            runtime.spawn(async move { waits(receive) })
        };
        runtime.block_on(ran).expect("no panic");
        runtime.shutdown(SHORT);
        drop(release);
    }
}

/// Who has said that it blocks, and a future whose drop does not end: they are left too.
#[test]
fn s5_what_else_does_not_end() {
    struct Blocks(Receiver<()>);
    impl Drop for Blocks {
        fn drop(&mut self) {
            wait_for(&self.0);
        }
    }
    for drops in [false, true] {
        let _watchdog = watchdog("s5_what_else_does_not_end");
        let runtime = workers(1).report_stalls_after(Duration::MAX).build().expect("valid");
        let (release, receive) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel::<()>();
        runtime.spawn(async move {
            let blocks = Blocks(receive);
            drop(begin);
            if drops {
                let _blocks = blocks;
                pending::<()>().await;
            } else {
                task::block_in_place(|| drop(blocks));
            }
        });
        begun.recv().expect_err("it has begun");
        let report = runtime.shutdown(SHORT);
        assert_eq!(report.running.len(), 1, "{report}");
        drop(release);
    }
}

/// The only worker blocks until a task that waits is gone: a runtime's end cancels that one all the same.
#[test]
fn s2_a_poll_that_waits_for_the_end_of_others() {
    for count in [1, 2] {
        let _watchdog = watchdog("s2_a_poll_that_waits_for_the_end_of_others");
        let runtime = workers(count).report_stalls_after(Duration::MAX).build().expect("valid");
        let begun = Arc::new(Barrier::new(count + 1));
        for _ in 0..count {
            let (hold, gone) = mpsc::channel::<()>();
            runtime.spawn(async move {
                let _hold = hold;
                pending::<()>().await;
            });
            let begun = Arc::clone(&begun);
            runtime.spawn(async move {
                begun.wait();
                wait_for(&gone);
            });
        }
        begun.wait();
        drop(runtime);
    }
}

/// In a runtime's own task: it waits for nothing but those who asked.
#[test]
fn s6_in_its_own_task() {
    for count in [1, 2] {
        let _watchdog = watchdog("s6_in_its_own_task");
        let runtime = workers(count).report_stalls_after(Duration::MAX).build().expect("valid");
        let handle = runtime.handle().clone();
        let (tell, told) = mpsc::channel();
        handle.spawn(async move {
            airmail::spawn(async {
                let notice = task::shutdown_notice();
                notice.given().await;
            });
            task::yield_now().await;
            drop(tell.send((task::id(), runtime.shutdown(LONG))));
        });
        let (own, report) = told.recv().expect("it answers");
        assert!(report.completed <= 1 && report.elapsed < LONG, "{report}");
        let left = |poll: &StalledPoll| poll.task.is_some_and(|task| task.meta.id == own);
        assert!(!report.running.iter().any(left), "who calls is not left: {report}");
    }
}

/// Two runtimes whose tasks end each other, at once.
#[test]
fn n3_two_runtimes_end_each_other() {
    let _watchdog = watchdog("n3_two_runtimes_end_each_other");
    for _ in 0..20 {
        let runtimes = [workers(1).build().expect("valid"), workers(1).build().expect("valid")];
        let handles = runtimes.each_ref().map(|runtime| runtime.handle().clone());
        let start = Arc::new(Barrier::new(2));
        let (tell, told) = mpsc::channel();
        let [first, second] = runtimes;
        for (handle, other) in handles.iter().zip([second, first]) {
            let (start, tell) = (Arc::clone(&start), tell.clone());
            handle.spawn(async move {
                start.wait();
                let report = other.shutdown(SHORT);
                drop(tell.send(report));
            });
        }
        drop(tell);
        assert_eq!(told.iter().count(), 2, "both answer");
    }
}

/// Tasks that begin to sleep just as their runtime ends are cancelled, and do not panic.
#[test]
fn sleeps_that_begin_at_the_end() {
    for _ in 0..200 {
        let _watchdog = watchdog("sleeps_that_begin_at_the_end");
        let (tell, told) = mpsc::channel();
        let mut builder = workers(2);
        let runtime =
            builder.on_trouble(move |report| drop(tell.send(report.to_string()))).build().expect("valid");
        (0..20).for_each(|_| drop(runtime.spawn(sleep(LONG))));
        drop(runtime);
        drop(builder);
        assert_eq!(told.iter().next(), None);
    }
}
