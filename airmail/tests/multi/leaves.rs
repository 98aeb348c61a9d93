//! What is left of runtimes that came and went.
#![cfg(target_os = "linux")]

use crate::common::child;
use crate::{runtime, watchdog};
use airmail::task;
use std::future::pending;

/// What the process uses: resident pages, threads, open files.
fn used() -> [usize; 3] {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    let count = |folder| std::fs::read_dir(folder).expect("Linux has it").count();
    [pages, count("/proc/self/task"), count("/proc/self/fd")]
}

/// As [`used`], when threads that were joined are not listed any more.
fn used_at_rest(threads: usize) -> [usize; 3] {
    crate::until(|| used()[1] <= threads);
    used()
}

/// Each with tasks that end, that wait and that block.
fn make_and_drop(runtimes: usize) {
    for n in 0..runtimes {
        let runtime = runtime([1, 2, 2, 3][n % 4]);
        let waits = runtime.spawn(pending::<()>());
        let done = runtime.spawn(async move { airmail::spawn(async move { n }).await.expect("it runs") });
        assert_eq!(runtime.block_on(done).expect("it runs"), n);
        match n % 16 {
            0 => drop(runtime.spawn_blocking(|| ())),
            1 => runtime.block_on(runtime.spawn(async { task::block_in_place(|| ()) })).expect("no panic"),
            _ => {}
        }
        drop(runtime);
        assert!(waits.is_finished());
    }
}

/// Ten thousand runtimes made and dropped: memory, threads and files stay as they were.
#[test]
fn s9_ten_thousand_runtimes() {
    const RUNTIMES: usize = if cfg!(debug_assertions) { 2_000 } else { 10_000 };
    child::must_succeed("leaves::s9_ten_thousand_runtimes", || {
        let _watchdog = watchdog("s9_ten_thousand_runtimes");
        let threads = used()[1];
        make_and_drop(RUNTIMES / 4);
        let before = used_at_rest(threads);
        make_and_drop(RUNTIMES - RUNTIMES / 4);
        let after = used_at_rest(threads);
        assert_eq!(before[1..], after[1..], "threads and files");
        // A page is 4 KiB: 256 of them are less than 0.2 KiB for each runtime of a release build.
        assert!(after[0] <= before[0] + 256, "{} pages became {}", before[0], after[0]);
    });
}

/// Eight at once, again and again: nothing of one shows in another.
#[test]
fn runtimes_do_not_show_in_each_other() {
    let _watchdog = watchdog("runtimes_do_not_show_in_each_other");
    for _ in 0..10 {
        let runtimes: Vec<_> = (1..=8).map(|n| runtime(1 + n % 3)).collect();
        let tasks: Vec<_> = runtimes.iter().map(|runtime| runtime.spawn(pending::<()>())).collect();
        for (runtime, task) in runtimes.iter().zip(&tasks) {
            assert!(matches!(&runtime.handle().tasks()[..], [info] if info.meta.id == task.id()));
        }
        for (runtime, task) in runtimes.into_iter().zip(tasks) {
            drop(runtime);
            assert!(task.is_finished());
        }
    }
}
