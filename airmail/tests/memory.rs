//! What the runtimes take from the system, and that they take it once: each measurement in a process of its
//! own, its figures on stdout (`--nocapture`).
//!
//! Full size in release builds; a tenth of it in debug builds. `AIRMAIL_MEMORY` is a factor for the number of
//! rounds, 1 by default.
#![cfg(target_os = "linux")]

#[path = "memory/process.rs"]
mod process;
#[path = "stress/watchdog.rs"]
mod watchdog;

use airmail::runtime::{Builder, Runtime};
use airmail::task::{AbortHandle, LocalSet};
use process::{alone, files, mib, resident, tell, threads};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

/// The unit of all sizes here.
const MILLION: usize = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };

fn rounds() -> usize {
    let factor = std::env::var("AIRMAIL_MEMORY").ok();
    10 * factor.map_or(1, |factor| factor.parse::<usize>().expect("`AIRMAIL_MEMORY` is a number"))
}

/// Wakers are not counted, as in release builds.
fn runtime() -> Runtime {
    Builder::new_current_thread().count_wakers(false).build().expect("the defaults make sense")
}

/// Two percent, and a few pages for what libtest and the allocator do meanwhile.
fn flat_from(before: usize) -> usize {
    before + before / 50 + (256 << 10)
}

/// The last round has at most what the second had: what the first left behind is used again.
fn check_flat(what: &str, resident: &[usize]) {
    let (second, last) = (resident[1], resident[resident.len() - 1]);
    let rounds = resident.len();
    let most = resident.iter().max().copied().unwrap_or(0);
    tell(&format!(
        "{what}: round 1 {}, round 2 {}, round {rounds} {}, most {}",
        mib(resident[0]),
        mib(second),
        mib(last),
        mib(most)
    ));
    assert!(last <= flat_from(second), "{what} grows: {resident:?}");
}

/// How often an [`Idle`] was polled.
static POLLED: AtomicUsize = AtomicUsize::new(0);

/// Waits for ever, with its own waker, so that it can be woken as far as anybody can tell. 24 bytes.
struct Idle {
    waker: Option<Waker>,
    number: usize,
}

impl Idle {
    fn new(number: usize) -> Idle {
        Idle { waker: None, number }
    }
}

impl Future for Idle {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        POLLED.fetch_add(1, Relaxed);
        self.waker = Some(cx.waker().clone());
        if self.number == usize::MAX { Poll::Ready(self.number) } else { Poll::Pending }
    }
}

/// Ready after so many polls, in which it wakes itself.
struct Yields(usize);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Drives the runtime until so many tasks are alive, within a bound of turns.
fn drive_to(runtime: &Runtime, alive: usize) {
    let handle = runtime.handle();
    for _ in 0..MILLION {
        if handle.metrics().num_alive_tasks() <= alive {
            return;
        }
        runtime.block_on(Yields(64));
    }
    panic!("{} tasks are alive, not {alive}", handle.metrics().num_alive_tasks());
}

/// A million idle tasks, each polled once.
fn make_idle(runtime: &Runtime, mut each: impl FnMut(AbortHandle)) {
    let until = POLLED.load(Relaxed) + MILLION;
    (0..MILLION).for_each(|number| each(runtime.spawn(Idle::new(number)).abort_handle()));
    while POLLED.load(Relaxed) < until {
        runtime.block_on(Yields(64));
    }
    assert_eq!(runtime.handle().metrics().num_alive_tasks(), MILLION);
}

#[test]
fn spawn_and_join() {
    alone("spawn_and_join", || {
        let runtime = runtime();
        let round = |_| {
            runtime.block_on(async {
                for number in 0..MILLION {
                    assert_eq!(airmail::spawn(async move { number }).await.expect("it answers"), number);
                }
            });
            resident()
        };
        let resident: Vec<_> = (0..rounds()).map(round).collect();
        check_flat(&format!("spawn and join, {MILLION} a round"), &resident);
    });
}

#[test]
fn idle_tasks_in_one_runtime() {
    alone("idle_tasks_in_one_runtime", || {
        let runtime = runtime();
        // Written to, so that it is resident before the first look.
        let mut aborts = vec![runtime.spawn(async {}).abort_handle(); MILLION];
        let before = resident();
        let round = |_| {
            aborts.clear();
            make_idle(&runtime, |abort| aborts.push(abort));
            let most = resident();
            aborts.iter().for_each(AbortHandle::abort);
            drive_to(&runtime, 0);
            most
        };
        let resident: Vec<_> = (0..rounds()).map(round).collect();
        let each = (resident[0] - before) / MILLION;
        tell(&format!("an idle, detached task of 24 bytes: {each} bytes"));
        check_flat(&format!("{MILLION} idle tasks at a time in one runtime"), &resident);
        assert!(each <= 112, "{each} bytes a task");
    });
}

#[test]
fn idle_tasks_in_fresh_runtimes() {
    alone("idle_tasks_in_fresh_runtimes", || {
        let mut slowest = 0;
        let round = |_| {
            let runtime = runtime();
            make_idle(&runtime, drop);
            let (most, start) = (resident(), Instant::now());
            drop(runtime);
            slowest = slowest.max(start.elapsed().as_millis());
            most
        };
        let resident: Vec<_> = (0..rounds()).map(round).collect();
        tell(&format!("the drop of a runtime with {MILLION} idle tasks: at most {slowest} ms"));
        check_flat(&format!("{MILLION} idle tasks in one runtime after the other"), &resident);
    });
}

#[test]
fn handles_dropped_on_another_thread() {
    alone("handles_dropped_on_another_thread", || {
        let (send, receive) = sync_channel::<Vec<_>>(4);
        let (open, gate) = sync_channel(1);
        let other = thread::spawn(move || {
            // Far behind once, as far as it can be: how much that takes is no growth later.
            let first: Vec<_> = receive.recv().expect("a round begins");
            let () = gate.recv().expect("a round goes on");
            first.len() + receive.into_iter().flatten().map(drop).count()
        });
        let runtime = runtime();
        let mut made = 0;
        let round = |_| {
            for _ in 0..MILLION / 1000 {
                let handles = (0..1000).map(|number| runtime.spawn(async move { number })).collect();
                runtime.block_on(Yields(1));
                drive_to(&runtime, 0);
                made += 1;
                // One with the other thread, four on their way, and these.
                if made == 6 {
                    open.send(()).expect("the thread waits");
                }
                send.send(handles).expect("the thread lives");
            }
            resident()
        };
        let resident: Vec<_> = (0..rounds()).map(round).collect();
        drop(send);
        assert_eq!(other.join().expect("no panic"), rounds() * MILLION);
        check_flat(&format!("handles dropped on another thread, {MILLION} a round"), &resident);
    });
}

/// A future of a little more than `N` bytes, which answers at once.
struct Sized<const N: usize>([u8; N]);

impl<const N: usize> Future for Sized<N> {
    type Output = u8;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
        Poll::Ready(self.0[N / 2])
    }
}

/// A million tasks of a size at once; resident bytes while all are there.
fn at_once<const N: usize>(runtime: &Runtime) -> usize {
    (0..MILLION).for_each(|_| drop(runtime.spawn(Sized([7; N]))));
    let most = resident();
    drive_to(runtime, 0);
    most
}

#[test]
fn another_size_after_large_tasks() {
    alone("another_size_after_large_tasks", || {
        let runtime = runtime();
        let large = at_once::<900>(&runtime);
        let again = at_once::<900>(&runtime);
        let other = at_once::<200>(&runtime);
        let small = at_once::<16>(&runtime);
        tell(&format!(
            "{MILLION} tasks of 900 bytes {}, of 900 again {}, then of 200 {}, of 16 {}",
            mib(large),
            mib(again),
            mib(other),
            mib(small)
        ));
        assert!(other <= 2 * large && small <= 2 * large, "{large}, then {other}, then {small}");
        assert!(again <= flat_from(large), "{large}, then {again}");
    });
}

#[test]
fn runtimes_made_and_dropped() {
    alone("runtimes_made_and_dropped", || {
        let make = |times: usize| {
            for _ in 0..times {
                let runtime = runtime();
                let tasks = [runtime.spawn(Idle::new(0)), runtime.spawn(Idle::new(usize::MAX))];
                let set = LocalSet::new();
                let local = set.spawn_local(Idle::new(0));
                set.block_on(&runtime, Yields(2));
                assert!(!tasks[0].is_finished() && tasks[1].is_finished() && !local.is_finished());
            }
            resident()
        };
        make(1000);
        let (files_before, threads_before) = (files(), threads());
        let resident: Vec<_> = (0..rounds()).map(|_| make(1000)).collect();
        tell(&format!("after {} runtimes: {} files, {} threads", rounds() * 1000, files(), threads()));
        check_flat("runtimes made and dropped, 1000 a round", &resident);
        assert_eq!((files(), threads()), (files_before, threads_before));
    });
}

#[test]
fn many_local_sets_at_once() {
    alone("many_local_sets_at_once", || {
        const SETS: usize = 10_000;
        let runtime = runtime();
        let mut sets = Vec::with_capacity(SETS);
        let before = resident();
        for _ in 0..SETS {
            let set = LocalSet::new();
            drop([set.spawn_local(Idle::new(0)), set.spawn_local(Idle::new(1))]);
            set.block_on(&runtime, Yields(1));
            sets.push(set);
        }
        let each = (resident() - before) / SETS;
        tell(&format!("{SETS} local sets with 2 idle tasks each: {each} bytes each"));
        assert_eq!(POLLED.load(Relaxed), 2 * SETS);
        assert!(each <= 16 << 10, "{each} bytes a set");
    });
}
