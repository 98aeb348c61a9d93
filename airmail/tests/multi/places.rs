//! Where a runtime is dropped: on its own worker, in its own task, on others' workers, by a thread's or the process's end.

use crate::common::{Drops, Gate, child};
use crate::{add, builder, each, runtime, until, watchdog};
use airmail::runtime::Runtime;
use airmail::task;
use std::cell::RefCell;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;

/// A runtime with tasks that wait, whose threads are counted.
struct Watched {
    runtime: Runtime,
    drops: Drops,
    threads: Arc<Threads>,
}

/// How many have begun, spares too, and how many have ended.
#[derive(Default)]
struct Threads {
    begun: AtomicUsize,
    ended: AtomicUsize,
    workers: usize,
}

impl Threads {
    fn are_gone(&self) -> bool {
        let ended = self.ended.load(SeqCst);
        ended >= self.workers && self.begun.load(SeqCst) == ended
    }
}

impl Watched {
    fn new(workers: usize) -> Watched {
        let (drops, threads) = (Drops::new(), Arc::new(Threads { workers, ..Threads::default() }));
        let (begun, ended) = (Arc::clone(&threads), Arc::clone(&threads));
        let mut builder = builder(workers);
        builder.on_thread_start(move || add(&begun.begun)).on_thread_stop(move || add(&ended.ended));
        let runtime = builder.build().expect("valid");
        (0..20).for_each(|_| drop(runtime.spawn(drops.wrap(pending::<()>()))));
        Watched { runtime, drops, threads }
    }

    /// What must come to pass after the drop, sooner or later.
    fn is_gone(drops: &Drops, threads: &Threads) {
        until(|| threads.are_gone());
        drops.assert_each_once(20);
    }
}

/// In a task of its own: the drop returns, the task goes on to the end of its poll, and everything else ends.
#[test]
fn s6_dropped_in_its_own_task() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog("s6_dropped_in_its_own_task");
        for then_waits in [false, true] {
            let Watched { runtime, drops, threads } = Watched::new(workers);
            let handle = runtime.handle().clone();
            let (tell, told) = mpsc::channel();
            let task = handle.spawn(async move {
                drop(runtime);
                tell.send(7).expect("the test waits");
                if then_waits {
                    pending::<()>().await;
                }
            });
            assert_eq!(told.recv(), Ok(7), "it goes on");
            let outcome = handle.block_on(task);
            assert_eq!(outcome.is_err_and(|error| error.is_cancelled()), then_waits);
            Watched::is_gone(&drops, &threads);
        }
    }
}

/// On its own worker, deeper inside: in a `block_on` of another runtime, in what blocks in place, in a context entered once
/// more.
#[test]
fn s6_dropped_on_its_own_worker() {
    type Drop = fn(Runtime);
    let places: [Drop; 4] = [
        |runtime| {
            let other = airmail::runtime::Builder::new_current_thread().build().expect("valid");
            other.block_on(async move { drop(runtime) });
        },
        |runtime| {
            let other = self::runtime(2);
            other.block_on(async move { drop(runtime) });
        },
        |runtime| task::block_in_place(|| drop(runtime)),
        |runtime| {
            let _entered = runtime.handle().clone().enter();
            runtime.shutdown_background();
        },
    ];
    for workers in [1, 2, 8] {
        for (n, place) in places.into_iter().enumerate() {
            let _watchdog = watchdog(&format!("s6_dropped_on_its_own_worker: place {n}, {workers} workers"));
            let Watched { runtime, drops, threads } = Watched::new(workers);
            let handle = runtime.handle().clone();
            let task = handle.spawn(async move { place(runtime) });
            handle.block_on(task).expect("no panic");
            Watched::is_gone(&drops, &threads);
        }
    }
}

/// On its own worker, outside of polls: as a future that is aborted is dropped, and in a waker that a task's end wakes.
#[test]
fn s6_dropped_by_its_own_worker_between_polls() {
    struct DropsIt(Mutex<Option<Runtime>>);
    impl Wake for DropsIt {
        fn wake(self: Arc<Self>) {
            let runtime = crate::common::lock(&self.0).take();
            drop(runtime);
        }
    }
    for workers in [1, 2, 8] {
        let _watchdog = watchdog(&format!("s6_dropped_by_its_own_worker_between_polls, {workers} workers"));
        let Watched { runtime, drops, threads } = Watched::new(workers);
        let handle = runtime.handle().clone();
        let holds = handle.spawn(async move {
            let _runtime = runtime;
            pending::<()>().await;
        });
        holds.abort();
        assert!(handle.block_on(holds).expect_err("aborted").is_cancelled());
        Watched::is_gone(&drops, &threads);

        let Watched { runtime, drops, threads } = Watched::new(workers);
        let gate = Gate::new();
        let mut ends = runtime.spawn(gate.wait());
        let waker = Arc::new(DropsIt(Mutex::new(Some(runtime))));
        let pending = Pin::new(&mut ends).poll(&mut Context::from_waker(&Waker::from(Arc::clone(&waker))));
        assert!(pending.is_pending());
        gate.open();
        Watched::is_gone(&drops, &threads);
        crate::common::outcome(&mut ends).expect("it had answered");
    }
}

/// On a spare that has just been started: it is one of the runtime's own threads before its starter knows.
#[test]
fn s6_dropped_on_a_spare() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog(&format!("s6_dropped_on_a_spare, {workers} workers"));
        for _ in 0..100 {
            let Watched { runtime, drops, threads } = Watched::new(workers);
            let handle = runtime.handle().clone();
            let task = handle.spawn(async move {
                let (tell, told) = mpsc::channel();
                drop(airmail::spawn(async move {
                    drop(runtime);
                    tell.send(7).expect("somebody waits");
                }));
                task::block_in_place(|| told.recv())
            });
            assert_eq!(handle.block_on(task).expect("no panic"), Ok(7), "the drop returns");
            Watched::is_gone(&drops, &threads);
        }
    }
}

/// In a task of another runtime, in the future of a `block_on` of its own and of another, on a thread that blocks for it,
/// as the last that a thread of its own does: the drop waits where it can.
#[test]
fn s6_dropped_in_others() {
    each("s6_dropped_in_others", |outer, workers| {
        let waits = |drop_it: &dyn Fn(Runtime)| {
            let Watched { runtime, drops, threads } = Watched::new(workers);
            drop_it(runtime);
            assert!(threads.are_gone(), "it waits for them");
            drops.assert_each_once(20);
        };
        waits(&|runtime| outer.block_on(outer.spawn(async move { drop(runtime) })).expect("no panic"));
        waits(&|runtime| outer.block_on(async { drop(runtime) }));
        waits(&|runtime| outer.block_on(outer.spawn_blocking(|| drop(runtime))).expect("no panic"));
        waits(&|runtime| crate::common::run(async { drop(runtime) }));
        waits(&|runtime| runtime.handle().clone().block_on(async { drop(runtime) }));
        waits(&|runtime| thread::spawn(|| drop(runtime)).join().expect("no panic"));
        // With a future that is cancelled.
        waits(&|runtime| {
            let holds = outer.spawn(async move {
                let _runtime = runtime;
                pending::<()>().await;
            });
            holds.abort();
            assert!(outer.block_on(holds).expect_err("aborted").is_cancelled());
        });
        let Watched { runtime, drops, threads } = Watched::new(workers);
        let handle = runtime.handle().clone();
        let own = handle.spawn_blocking(move || drop(runtime));
        handle.block_on(own).expect_err("the runtime went before it was told");
        Watched::is_gone(&drops, &threads);
    });
}

/// The last thing that a worker does is to drop a runtime: its own, which is about to end.
#[test]
fn s6_dropped_by_the_hook_of_its_thread() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog("s6_dropped_by_the_hook_of_its_thread");
        let (place, stopped) = (Arc::new(Mutex::new(None::<Runtime>)), Arc::new(AtomicUsize::new(0)));
        let (own, count) = (Arc::clone(&place), Arc::clone(&stopped));
        let runtime = builder(workers)
            .on_thread_stop(move || {
                let other = crate::common::lock(&own).take();
                drop(other);
                count.fetch_add(1, SeqCst);
            })
            .build()
            .expect("valid");
        *crate::common::lock(&place) = Some(self::runtime(2));
        drop(runtime);
        assert_eq!(stopped.load(SeqCst), workers);
        assert!(crate::common::lock(&place).is_none());
    }
}

thread_local! {
    static KEPT: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// A runtime in a thread-local: its drop comes in a destructor of a thread that ends.
#[test]
fn s7_in_a_thread_local() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog("s7_in_a_thread_local");
        for first in [false, true] {
            let Watched { runtime, drops, threads } = Watched::new(workers);
            let kept = thread::spawn(move || {
                if first {
                    // The destructor is registered before any of the runtime's own.
                    KEPT.set(None);
                }
                assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("it runs"), 7);
                KEPT.set(Some(runtime));
            });
            kept.join().expect("no panic");
            assert!(threads.are_gone());
            drops.assert_each_once(20);
        }
    }
}

/// A runtime in a thread-local of a worker of another one, and of a thread for functions that block.
#[test]
fn s7_in_a_thread_local_of_a_worker() {
    for workers in [1, 2, 8] {
        let _watchdog = watchdog("s7_in_a_thread_local_of_a_worker");
        for blocking in [false, true] {
            let Watched { runtime: inner, drops, threads } = Watched::new(workers);
            let outer = runtime(workers);
            let task = if blocking {
                outer.spawn_blocking(move || KEPT.set(Some(inner)))
            } else {
                outer.spawn(async move { KEPT.set(Some(inner)) })
            };
            outer.block_on(task).expect("no panic");
            drop(outer);
            Watched::is_gone(&drops, &threads);
        }
    }
}

/// A child process with a runtime that nobody drops, or that the end of the main thread drops: it ends, and well.
#[test]
fn s7_in_a_static_as_the_process_ends() {
    static KEPT: OnceLock<Runtime> = OnceLock::new();
    child::must_succeed("places::s7_in_a_static_as_the_process_ends", || {
        let watchdog = watchdog("s7_in_a_static_as_the_process_ends");
        let runtime = KEPT.get_or_init(|| runtime(8));
        for _ in 0..8 {
            drop(runtime.spawn(async {
                loop {
                    task::yield_now().await;
                }
            }));
        }
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).expect("it runs"), 7);
        // It watches until the process is gone.
        std::mem::forget(watchdog);
    });
}

/// A task ends the process while others run and a thread is in `block_on`.
#[test]
fn s7_a_task_ends_the_process() {
    let output = child::process("places::s7_a_task_ends_the_process", || {
        std::mem::forget(watchdog("s7_a_task_ends_the_process"));
        let runtime = runtime(4);
        drop(runtime.spawn(async { std::process::exit(3) }));
        runtime.block_on(pending::<()>());
    });
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A runtime in a thread-local of a thread that ends the process.
#[test]
fn s7_in_a_thread_local_as_the_process_ends() {
    child::must_succeed("places::s7_in_a_thread_local_as_the_process_ends", || {
        std::mem::forget(watchdog("s7_in_a_thread_local_as_the_process_ends"));
        let runtime = runtime(4);
        (0..20).for_each(|_| drop(runtime.spawn(pending::<()>())));
        KEPT.set(Some(runtime));
    });
}
