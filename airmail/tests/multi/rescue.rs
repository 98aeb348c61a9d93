//! Polls that block their workers, or compute for long: what waits behind them, and what is said of them.

use crate::{builder, end, runtime, until, watchdog};
use airmail::runtime::{Builder, Doing, Stall, StalledPoll};
use airmail::task::{self, JoinHandle};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

const MILLISECOND: Duration = Duration::from_millis(1);

/// A runtime that looks as often as it can, and what it tells.
fn eager(workers: usize) -> (Builder, Receiver<Stall>) {
    let (send, receive) = mpsc::channel();
    let mut builder = builder(workers);
    builder.rescue_after(MILLISECOND).report_stalls_after(2 * MILLISECOND);
    builder.on_stall(move |stall| drop(send.send(stall.clone())));
    (builder, receive)
}

/// The next poll that takes long of a task with this name. Any other may be late too, where the machine is busy.
fn poll(stalls: &Receiver<Stall>, name: &str) -> StalledPoll {
    poll_where(stalls, |poll| poll.task.is_some_and(|task| task.meta.name == Some(name)))
}

fn poll_where(stalls: &Receiver<Stall>, wanted: impl Fn(&StalledPoll) -> bool) -> StalledPoll {
    loop {
        match stalls.recv().expect("the hook has the sender") {
            Stall::Poll(poll) if wanted(&poll) => return poll,
            _ => {}
        }
    }
}

/// Blocks this thread until the sender is gone.
fn wait_for(receive: &Receiver<()>) {
    let _ = receive.recv();
}

/// A task that blocks its worker until it is sent something.
fn blocks(name: &str, handle: &airmail::runtime::Handle) -> (JoinHandle<()>, Sender<()>) {
    let (send, receive) = mpsc::channel::<()>();
    let blocks = async move { wait_for(&receive) };
    (task::Builder::new().name(name).spawn_on(blocks, handle).expect("valid"), send)
}

/// Every worker is blocked by a task that waits for what it has in its own queues: in the place for the next task, and
/// behind it.
#[test]
fn o6_what_a_blocked_worker_has() {
    for workers in [1, 2, 4] {
        let _watchdog = watchdog(&format!("o6_what_a_blocked_worker_has, {workers} workers"));
        let runtime = runtime(workers);
        let all = Arc::new(Barrier::new(workers));
        let tasks: Vec<_> = (0..workers)
            .map(|_| {
                let all = Arc::clone(&all);
                runtime.spawn(async move {
                    all.wait();
                    let (send, receive) = mpsc::channel();
                    for n in 0..10 {
                        let send = send.clone();
                        drop(airmail::spawn(async move { send.send(n) }));
                    }
                    receive.iter().take(10).sum::<u32>()
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(runtime.block_on(task).expect("no panic"), 45);
        }
        // A spare ran the last one's.
        until(|| runtime.handle().metrics().rescues_count() > 0);
        end(runtime);
    }
}

/// Nobody watches, and the other worker always has something of its own to do: what waits behind one that begins no poll
/// is run all the same, if there is any event to look for.
#[test]
fn o6_a_busy_worker_relieves_a_blocked_one() {
    const TASKS: u32 = 10;
    let _watchdog = watchdog("o6_a_busy_worker_relieves_a_blocked_one");
    let runtime = builder(2).rescue_after(Duration::MAX).build().expect("valid");
    let event = runtime.spawn(airmail::time::sleep(Duration::from_hours(1)));
    let (both, over) = (Arc::new(Barrier::new(2)), Arc::new(AtomicBool::new(false)));
    let busy = runtime.spawn({
        let (both, over) = (Arc::clone(&both), Arc::clone(&over));
        async move {
            both.wait();
            while !over.load(SeqCst) {
                task::yield_now().await;
            }
        }
    });
    let blocked = runtime.spawn(async move {
        both.wait();
        let (send, receive) = mpsc::channel();
        for n in 0..TASKS {
            let send = send.clone();
            drop(airmail::spawn(async move { send.send(n) }));
        }
        receive.iter().take(TASKS as usize).sum::<u32>()
    });
    assert_eq!(runtime.block_on(blocked).expect("no panic"), 45);
    over.store(true, SeqCst);
    runtime.block_on(busy).expect("no panic");
    event.abort();
    end(runtime);
}

/// Timers fire, wake-ups from outside arrive and new tasks run while every worker is blocked.
#[test]
fn everything_goes_on_beside_blocked_workers() {
    let _watchdog = watchdog("everything_goes_on_beside_blocked_workers");
    let runtime = runtime(2);
    let blocked = [1, 2].map(|_| blocks("blocks", runtime.handle()));
    let sleeps = runtime.spawn(airmail::time::sleep(5 * MILLISECOND));
    runtime.block_on(sleeps).expect("no panic");
    let (wake, woken) = tokio::sync::oneshot::channel();
    let waits = runtime.spawn(woken);
    wake.send(()).expect("it waits");
    assert_eq!(runtime.block_on(waits).expect("no panic"), Ok(()));
    for (task, send) in blocked {
        drop(send);
        runtime.block_on(task).expect("no panic");
    }
    end(runtime);
}

/// Workers that compute are rescued as those that block.
#[test]
fn beside_a_loop_that_computes() {
    let _watchdog = watchdog("beside_a_loop_that_computes");
    let (mut builder, stalls) = eager(2);
    let runtime = builder.build().expect("valid");
    let stop = Arc::new(AtomicBool::new(false));
    let loops = [1, 2].map(|_| {
        let stop = Arc::clone(&stop);
        let computes = async move {
            while !stop.load(SeqCst) {
                std::hint::spin_loop();
            }
        };
        task::Builder::new().name("computes").spawn_on(computes, runtime.handle()).expect("valid")
    });
    assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("no panic"), 7);
    let doing = poll(&stalls, "computes").doing;
    assert!(!matches!(doing, Doing::Blocked { .. }), "it computes: {doing}");
    stop.store(true, SeqCst);
    for task in loops {
        runtime.block_on(task).expect("no panic");
    }
    end(runtime);
}

/// More tasks block than there are places for spares: that is said, once, and it is over when some of them end.
#[test]
fn more_than_there_are_spares() {
    const TASKS: usize = 70;
    let _watchdog = watchdog("more_than_there_are_spares");
    let (mut builder, stalls) = eager(1);
    let runtime = builder.build().expect("valid");
    let blocked: Vec<_> = (0..TASKS).map(|_| blocks("blocks", runtime.handle())).collect();
    let workers = stalls.iter().find_map(|stall| match stall {
        Stall::NoSpareLeft { workers } => Some((workers, stall.to_string())),
        _ => None,
    });
    let (workers, text) = workers.expect("it is told");
    assert!((25..TASKS).contains(&workers), "at least 24 spares: {workers}");
    assert!(text.starts_with(&format!("{workers} workers are in polls that take long")), "{text}");
    for (task, send) in blocked {
        drop(send);
        runtime.block_on(task).expect("no panic");
    }
    assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("no panic"), 7);
    end(runtime);
}

/// A report names the task, the line that spawned it, the worker, and what its thread waits in. Each long poll is told
/// once; the runtime counts them.
#[test]
fn what_is_reported() {
    let _watchdog = watchdog("what_is_reported");
    let (mut builder, stalls) = eager(1);
    let runtime = builder.build().expect("valid");
    let spawn = |name| (blocks(name, runtime.handle()), line!());
    let ((first, send), line) = spawn("first");
    let poll_of_first = poll(&stalls, "first");
    let task = poll_of_first.task.expect("it is in its poll");
    assert_eq!(task.meta.name, Some("first"));
    assert_eq!(task.meta.id, first.id());
    assert!(task.meta.location.file().ends_with("rescue.rs"), "{} {line}", task.meta.location);
    assert_eq!(poll_of_first.worker, 0);
    assert!(poll_of_first.elapsed >= 2 * MILLISECOND);
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        assert_eq!(poll_of_first.doing, Doing::Blocked { call: "futex".to_owned() });
    }
    let text = Stall::Poll(poll_of_first).to_string();
    let begins = format!(
        "task {} \"first\" (spawned at {}) has been in one poll for ",
        task.meta.id, task.meta.location
    );
    assert!(text.starts_with(&begins), "{text}");
    assert!(text.ends_with("Run what blocks with `task::spawn_blocking`"), "{text}");

    // The second one is told next: the first is not told again, however long it lasts.
    let (second, send_second) = blocks("second", runtime.handle());
    poll(&stalls, "second");
    drop((send, send_second));
    runtime.block_on(first).expect("no panic");
    runtime.block_on(second).expect("no panic");
    until(|| runtime.handle().stalls().iter().all(|site| site.longest >= 2 * MILLISECOND));
    let sites = runtime.handle().stalls();
    assert_eq!(
        sites.iter().map(|site| (site.location, site.stalls)).collect::<Vec<_>>(),
        [(task.meta.location, 2)]
    );
    end(runtime);
}

/// Who says that it blocks is not late: somebody stands in for it already.
#[test]
fn block_in_place_is_not_late() {
    let _watchdog = watchdog("block_in_place_is_not_late");
    let (mut builder, stalls) = eager(2);
    let runtime = builder.build().expect("valid");
    let (send, receive) = mpsc::channel::<()>();
    let (begin, begun) = mpsc::channel::<()>();
    let says_so = async move {
        task::block_in_place(|| {
            drop(begin);
            wait_for(&receive);
        });
    };
    let says_so = task::Builder::new().name("says so").spawn_on(says_so, runtime.handle()).expect("valid");
    wait_for(&begun);
    // It may have been late before.
    stalls.try_iter().for_each(drop);
    // Others are late twice meanwhile, one after the other.
    for name in ["first", "second"] {
        let (late, release) = blocks(name, runtime.handle());
        let named = |poll: &StalledPoll| poll.task.and_then(|task| task.meta.name);
        let next =
            poll_where(&stalls, |poll| named(poll).is_some_and(|other| other == name || other == "says so"));
        assert_eq!(named(&next), Some(name));
        drop(release);
        runtime.block_on(late).expect("no panic");
    }
    drop(send);
    runtime.block_on(says_so).expect("no panic");
    end(runtime);
}

/// Nobody is rescued, and nothing is reported, where that is not wanted.
#[test]
fn never() {
    let _watchdog = watchdog("never");
    let (mut builder, stalls) = eager(1);
    let runtime = builder.rescue_after(Duration::MAX).build().expect("valid");
    let (late, release) = blocks("late", runtime.handle());
    let waits = runtime.spawn(async { 7 });
    poll(&stalls, "late");
    assert!(!waits.is_finished());
    drop(release);
    runtime.block_on(late).expect("no panic");
    assert_eq!(runtime.block_on(waits).expect("no panic"), 7);
    assert_eq!(runtime.handle().metrics().rescues_count(), 0);
    end(runtime);

    let (mut builder, stalls) = eager(1);
    let runtime = builder.report_stalls_after(Duration::MAX).build().expect("valid");
    let (late, release) = blocks("late", runtime.handle());
    assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("no panic"), 7);
    drop(release);
    runtime.block_on(late).expect("no panic");
    assert!(runtime.handle().stalls().is_empty());
    end(runtime);
    drop(builder);
    assert!(stalls.iter().next().is_none(), "nothing was told");
}

#[test]
fn times_that_make_no_sense() {
    let error = builder(1).rescue_after(Duration::ZERO).build().expect_err("too short");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "`Builder::rescue_after` is 0ns; workers are looked at every millisecond at most. `Duration::MAX` means never"
    );
    let error = builder(1).report_stalls_after(Duration::from_micros(10)).build().expect_err("too short");
    assert!(error.to_string().starts_with("`Builder::report_stalls_after` is 10µs; "), "{error}");
}

/// The hook panics: the next long poll is told all the same.
#[test]
fn p7_the_stall_hook_panics() {
    let _watchdog = watchdog("p7_the_stall_hook_panics");
    let (send, stalls) = mpsc::channel();
    let mut builder = builder(1);
    builder.report_stalls_after(MILLISECOND).on_stall(move |stall| {
        drop(send.send(stall.clone()));
        panic!("the hook");
    });
    let runtime = builder.build().expect("valid");
    for name in ["first", "second"] {
        let (late, release) = blocks(name, runtime.handle());
        poll(&stalls, name);
        drop(release);
        runtime.block_on(late).expect("no panic");
    }
    end(runtime);
}

/// The hook drops the runtime whose worker is late. The thread of the hook waits for that worker, and other runtimes are
/// watched afterwards.
#[test]
fn s6_dropped_by_the_stall_hook() {
    let _watchdog = watchdog("s6_dropped_by_the_stall_hook");
    let runtime = Arc::new(Mutex::new(None));
    let (send, receive) = mpsc::channel::<()>();
    let (own, release) = (Arc::clone(&runtime), Mutex::new(Some(send)));
    let mut builder = builder(1);
    builder.report_stalls_after(MILLISECOND).on_stall(move |_| {
        release.lock().expect("no panic").take();
        drop(own.lock().expect("no panic").take());
    });
    let built = builder.build().expect("valid");
    let handle = built.handle().clone();
    *runtime.lock().expect("no panic") = Some(built);
    let late = handle.spawn(async move { wait_for(&receive) });
    until(|| runtime.lock().expect("no panic").is_none() && late.is_finished());
    let other = crate::runtime(1);
    let (late, release) = blocks("late", other.handle());
    assert_eq!(other.block_on(other.spawn(async { 7 })).expect("no panic"), 7);
    drop(release);
    other.block_on(late).expect("no panic");
    end(other);
}

/// A runtime that is looked at once an hour and one that never is keep nobody from looking at another.
#[test]
fn runtimes_with_other_times() {
    let _watchdog = watchdog("runtimes_with_other_times");
    let seldom = [Duration::from_hours(1), Duration::MAX].map(|time| {
        let runtime = builder(1).rescue_after(time).report_stalls_after(time).build().expect("valid");
        let busy = blocks("busy", runtime.handle());
        until(|| runtime.handle().tasks().iter().all(|task| task.polls == 1));
        (runtime, busy)
    });
    let rescue = || {
        let runtime = runtime(1);
        let (late, release) = blocks("late", runtime.handle());
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("no panic"), 7);
        drop(release);
        runtime.block_on(late).expect("no panic");
        end(runtime);
    };
    rescue();
    for (runtime, (task, release)) in seldom {
        drop(release);
        runtime.block_on(task).expect("no panic");
        end(runtime);
    }
    rescue();
}

/// What is pinned to a worker waits for it; that it is late is told without a name.
#[test]
fn a_pinned_task_that_blocks() {
    let _watchdog = watchdog("a_pinned_task_that_blocks");
    let (mut builder, stalls) = eager(1);
    let runtime = builder.build().expect("valid");
    let (send, receive) = mpsc::channel::<()>();
    let pinned = runtime.handle().spawn_pinned_on(0, async move || wait_for(&receive));
    let late = poll_where(&stalls, |poll| poll.task.is_none());
    assert!(Stall::Poll(late).to_string().starts_with("a task has been in one poll for "));
    assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("no panic"), 7);
    drop(send);
    runtime.block_on(pinned).expect("no panic");
    end(runtime);
}
