//! The threads that run functions which block: how many, how long, how they are made, and that they cannot be made.

mod common;

use airmail::runtime::{Builder, Runtime};
use airmail::task::JoinHandle;
use airmail::time::Duration;
use common::Drops;
use std::collections::HashSet;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

fn builder() -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.on_trouble(|_| {});
    builder
}

fn answer<T>(runtime: &Runtime, handle: JoinHandle<T>) -> T {
    runtime.block_on(handle).expect("no panic, no abort")
}

fn name() -> Option<String> {
    thread::current().name().map(str::to_owned)
}

/// The error of a function for which there was no thread.
fn not_run<T: std::fmt::Debug>(runtime: &Runtime, handle: JoinHandle<T>) -> String {
    let error = runtime.block_on(handle).expect_err("it did not run");
    assert!(error.is_panic());
    let text = error.to_string();
    assert!(text.contains("no thread could be started, so nothing was run"), "{text}");
    text
}

/// No thread at all: the handle says so, the function is dropped, and a clock that stands still is not held.
#[test]
fn r2_no_thread_can_be_started() {
    let mut builder = builder();
    builder.start_paused(true).thread_start_fails(|_| true);
    let runtime = builder.build().expect("valid");
    let drops = Drops::new();
    for _ in 0..3 {
        let guard = drops.guard();
        let text = not_run(&runtime, runtime.spawn_blocking(move || drop(guard)));
        assert!(text.contains("fails on request"), "{text}");
    }
    drops.assert_each_once(3);
    runtime.block_on(airmail::time::sleep(Duration::from_hours(1)));
    common::end(runtime);
}

/// Each start in turn fails. If another thread lives, the function waits for that; nothing is lost, nothing hangs.
#[test]
fn r2_each_start_fails_once() {
    const FUNCTIONS: usize = 6;
    for n in 1..=FUNCTIONS {
        let most = Arc::new(AtomicUsize::new(0));
        let own = Arc::clone(&most);
        let mut builder = builder();
        builder.thread_start_fails(move |start| own.fetch_max(start, Relaxed) == n - 1 && start == n);
        let runtime = builder.build().expect("valid");
        // None is idle while the others are submitted.
        let gate = Arc::new(Mutex::new(()));
        let closed = common::lock(&gate);
        let handles: Vec<_> = (0..FUNCTIONS)
            .map(|number| {
                let gate = Arc::clone(&gate);
                runtime.spawn_blocking(move || {
                    drop(common::lock(&gate));
                    number
                })
            })
            .collect();
        drop(closed);
        for (number, handle) in handles.into_iter().enumerate() {
            if n == 1 && number == 0 {
                not_run(&runtime, handle);
            } else {
                assert_eq!(answer(&runtime, handle), number, "start {n} failed");
            }
        }
        assert!(most.load(Relaxed) >= n, "start {n} was tried");
        common::end(runtime);
    }
}

/// More functions than threads may be: never more at once, first in, first out, and all are run.
#[test]
fn r5_at_the_cap_functions_wait_in_order() {
    for cap in 1..=3 {
        let runtime = builder().max_blocking_threads(cap).build().expect("valid");
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let order = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(Mutex::new(()));
        let closed = common::lock(&gate);
        let handles: Vec<_> = (0..100)
            .map(|number| {
                let (now, most) = (Arc::clone(&now), Arc::clone(&most));
                let (gate, order) = (Arc::clone(&gate), Arc::clone(&order));
                runtime.spawn_blocking(move || {
                    most.fetch_max(now.fetch_add(1, Relaxed) + 1, Relaxed);
                    drop(common::lock(&gate));
                    common::lock(&order).push(number);
                    now.fetch_sub(1, Relaxed);
                    thread::current().id()
                })
            })
            .collect();
        while most.load(Relaxed) < cap {
            thread::yield_now();
        }
        drop(closed);
        let threads: HashSet<_> = handles.into_iter().map(|handle| answer(&runtime, handle)).collect();
        assert_eq!((threads.len(), most.load(Relaxed)), (cap, cap));
        let order = common::lock(&order);
        assert_eq!(order.len(), 100);
        assert!(cap > 1 || order.is_sorted(), "first in, first out: {order:?}");
        common::end(runtime);
    }
}

/// The time of idle threads is up about when the next function comes: it is run all the same.
#[test]
fn r5_a_function_comes_as_an_idle_threads_time_is_up() {
    for micros in [0, 1, 10, 50, 200] {
        let runtime = builder().thread_keep_alive(Duration::from_micros(micros)).build().expect("valid");
        for number in 0..400 {
            let handles = [(); 2].map(|()| runtime.spawn_blocking(move || number));
            for handle in handles {
                assert_eq!(answer(&runtime, handle), number);
            }
        }
        common::end(runtime);
    }
}

/// Threads that had nothing to do end, and a new one is started when it is needed. With time without end they stay.
#[test]
fn idle_threads_end() {
    let stopped = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&stopped);
    let mut builder = builder();
    builder
        .on_thread_stop(move || {
            own.fetch_add(1, Relaxed);
        })
        .thread_keep_alive(Duration::from_micros(1));
    let runtime = builder.build().expect("valid");
    for round in 1..=20 {
        answer(&runtime, runtime.spawn_blocking(|| ()));
        while stopped.load(Relaxed) < round {
            thread::yield_now();
        }
    }
    builder.thread_keep_alive(Duration::MAX).max_blocking_threads(1);
    let runtime = builder.build().expect("valid");
    let [first, second] = [(); 2].map(|()| runtime.spawn_blocking(|| thread::current().id()));
    assert_eq!(answer(&runtime, first), answer(&runtime, second));
}

/// When a runtime is dropped its threads have been joined: destructors of their thread-locals have run. So the system
/// does not see more threads from round to round.
#[cfg(target_os = "linux")]
#[test]
fn s5_threads_are_gone_when_the_runtime_is() {
    common::child::must_succeed("s5_threads_are_gone_when_the_runtime_is", || {
        static GONE: AtomicUsize = AtomicUsize::new(0);
        struct Last;
        impl Drop for Last {
            fn drop(&mut self) {
                GONE.fetch_add(1, Relaxed);
            }
        }
        thread_local!(static LAST: Last = const { Last });
        let threads = || std::fs::read_dir("/proc/self/task").expect("Linux tells").count();
        let before = threads();
        for (round, retire) in (1..=50).zip([false, true].into_iter().cycle()) {
            let keep_alive = if retire { Duration::from_micros(1) } else { Duration::MAX };
            let mut builder = builder();
            builder.thread_keep_alive(keep_alive).on_thread_start(|| LAST.with(|_| ()));
            let runtime = builder.build().expect("valid");
            let gate = Arc::new(Mutex::new(()));
            let closed = common::lock(&gate);
            for _ in 0..8 {
                let gate = Arc::clone(&gate);
                drop(runtime.spawn_blocking(move || drop(common::lock(&gate))));
            }
            assert_eq!(threads(), before + 8, "one for each that waits");
            drop(closed);
            drop(runtime);
            if retire {
                // Those that ended before may not have got so far.
                while GONE.load(Relaxed) < 8 * round {
                    thread::yield_now();
                }
            }
            assert_eq!(GONE.load(Relaxed), 8 * round, "all were joined");
            // A thread that was joined may be listed for a moment more.
            while threads() > before {
                thread::yield_now();
            }
        }
    });
}

/// A thread that drops its own runtime as its last act does not wait for itself.
#[test]
fn s5_the_hook_for_the_end_drops_the_runtime() {
    let place = Arc::new(Mutex::new(None::<Runtime>));
    let own = Arc::clone(&place);
    let (tell, told) = mpsc::channel();
    let mut builder = builder();
    builder.thread_keep_alive(Duration::ZERO).on_thread_stop(move || {
        let runtime = common::lock(&own).take();
        drop(runtime);
        tell.send(()).expect("the test listens");
    });
    let runtime = builder.build().expect("valid");
    let handle = runtime.handle().clone();
    *common::lock(&place) = Some(runtime);
    drop(handle.spawn_blocking(|| ()));
    told.recv().expect("it ends");
    assert!(common::lock(&place).is_none());
}

/// So many frames of a kilobyte or more.
fn frames(n: u64) -> u64 {
    let frame = std::hint::black_box([n; 128]);
    if frame[0] == 0 { 0 } else { 1 + frames(frame[127] - 1) }
}

/// Each thread is named, has as much stack as asked for, and calls both hooks once.
#[test]
fn threads_are_made_as_asked() {
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let hook = |which: usize| {
        let counts = Arc::clone(&counts);
        move || {
            counts[which].fetch_add(1, Relaxed);
        }
    };
    let mut builder = builder();
    builder
        .on_thread_start(hook(0))
        .on_thread_stop(hook(1))
        .thread_stack_size(64 << 20)
        .max_blocking_threads(2);
    let runtime = builder.build().expect("valid");
    assert_eq!(answer(&runtime, runtime.spawn_blocking(name)).as_deref(), Some("airmail-blocking"));
    let deep = runtime.spawn_blocking(|| frames(8_000));
    assert_eq!(answer(&runtime, deep), 8_000);
    let started = counts[0].load(Relaxed);
    assert!((1..=2).contains(&started), "{started}");
    drop(runtime);
    assert_eq!(counts[1].load(Relaxed), started);

    let runtime = builder.thread_name("fixed").build().expect("valid");
    assert_eq!(answer(&runtime, runtime.spawn_blocking(name)).as_deref(), Some("fixed"));
    let count = AtomicUsize::new(0);
    builder.thread_name_fn(move || format!("numbered {}", count.fetch_add(1, Relaxed)));
    let runtime = builder.max_blocking_threads(1).build().expect("valid");
    assert_eq!(answer(&runtime, runtime.spawn_blocking(name)).as_deref(), Some("numbered 0"));
}

/// Choices that make no sense are refused, or are the handle's error.
#[test]
fn bad_choices_are_told() {
    let refused = |builder: &mut Builder, option: &str| {
        let error = builder.build().expect_err("it makes no sense");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(option), "{error}");
    };
    refused(builder().max_blocking_threads(0), "`Builder::max_blocking_threads` is 0");
    refused(builder().thread_name("a\0b"), "`Builder::thread_name` is \"a\\0b\"");

    let runtime = builder().thread_name_fn(|| "a\0b".to_owned()).build().expect("valid");
    let text = not_run(&runtime, runtime.spawn_blocking(|| ()));
    assert!(text.contains("\"a\\0b\""), "{text}");

    for bytes in [1 << 50, usize::MAX / 2, usize::MAX] {
        let runtime = builder().thread_stack_size(bytes).build().expect("valid");
        not_run(&runtime, runtime.spawn_blocking(|| ()));
        common::end(runtime);
    }
    let runtime = builder().thread_stack_size(0).build().expect("valid");
    assert_eq!(answer(&runtime, runtime.spawn_blocking(|| 7)), 7, "the system's least");
}

/// What a program gives for its threads panics: it is told on stderr, and the thread works all the same.
#[test]
fn p7_hooks_of_threads_panic() {
    let output = common::child::process("p7_hooks_of_threads_panic", || {
        let mut builder = builder();
        builder
            .on_thread_start(|| panic!("at the start"))
            .on_thread_stop(|| std::panic::panic_any(7))
            .thread_name_fn(|| panic!("of the name"));
        let runtime = builder.build().expect("valid");
        let names = [(); 3].map(|()| answer(&runtime, runtime.spawn_blocking(name)));
        assert_eq!(names, [(); 3].map(|()| Some("airmail-blocking".to_owned())));
        drop(runtime);
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    for (what, why) in [
        ("airmail: `on_thread_start` panicked in the thread `airmail-blocking`", "at the start"),
        ("airmail: `on_thread_stop` panicked in the thread `airmail-blocking`", "(no text)"),
        ("airmail: `thread_name_fn` panicked in the thread `p7_hooks_of_threads_panic`", "of the name"),
    ] {
        let line = errors.lines().find(|line| line.starts_with(what));
        assert!(line.is_some_and(|line| line.ends_with(why)), "{what}: {errors}");
    }
}
