//! Tasks that stay on one worker.

use airmail::runtime::{Builder, Handle, Runtime};
use airmail::task::{self, spawn_local, spawn_pinned};
use airmail::time::{Duration, sleep};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).build().expect("valid")
}

#[test]
fn it_stays_on_its_worker_while_the_others_wake_it() {
    let runtime = runtime(4);
    let (tell, mut told) = tokio::sync::mpsc::channel::<u32>(1);
    let pinned = runtime.handle().spawn_pinned_on(2, async move || {
        let shared = Rc::new(Cell::new(0));
        let home = thread::current().id();
        while let Some(n) = told.recv().await {
            assert_eq!(thread::current().id(), home);
            shared.set(shared.get() + n);
            let inner = Rc::clone(&shared);
            spawn_local(async move { inner.set(inner.get() + 1) }).await.expect("no panic");
            // A task for all workers, from here.
            airmail::spawn(async {}).await.expect("no panic");
        }
        shared.get()
    });
    let tellers = runtime.handle().spawn_many((0..4).map(|_| {
        let tell = tell.clone();
        async move {
            for _ in 0..250 {
                tell.send(1).await.expect("it listens");
                task::yield_now().await;
            }
        }
    }));
    drop(tell);
    assert_eq!(runtime.block_on(pinned).expect("no panic"), 2_000);
    drop(tellers);
}

#[test]
fn panics_and_aborts_arrive() {
    let runtime = runtime(2);
    runtime.block_on(async {
        let error = spawn_pinned(async || panic!("in the future")).await.expect_err("it panics");
        assert_eq!(*error.into_panic().downcast::<&str>().expect("text"), "in the future");
        let (gone, mut told) = tokio::sync::oneshot::channel::<()>();
        let waits = spawn_pinned(async move || {
            let _gone = gone;
            std::future::pending::<()>().await;
        });
        assert!(told.try_recv().is_err(), "it lives");
        waits.abort();
        assert!(waits.await.expect_err("aborted").is_cancelled());
        // Its future is dropped on its worker.
        assert!(told.await.is_err());
    });
}

#[test]
fn the_end_of_the_runtime_cancels_them_on_their_workers() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct OnItsThread(thread::ThreadId, #[expect(dead_code, reason = "it makes the future local")] Rc<()>);
    impl Drop for OnItsThread {
        fn drop(&mut self) {
            assert_eq!(thread::current().id(), self.0);
            DROPS.fetch_add(1, Ordering::Relaxed);
        }
    }
    for _ in 0..50 {
        let runtime = runtime(3);
        let began = Arc::new(AtomicUsize::new(0));
        for _ in 0..9 {
            let began = Arc::clone(&began);
            let _inside = runtime.enter();
            spawn_pinned(async move || {
                let _held = OnItsThread(thread::current().id(), Rc::new(()));
                began.fetch_add(1, Ordering::Relaxed);
                std::future::pending::<()>().await;
            });
        }
        while began.load(Ordering::Relaxed) != 9 {
            thread::yield_now();
        }
        drop(runtime);
    }
    assert_eq!(DROPS.load(Ordering::Relaxed), 450);
}

#[test]
#[should_panic(expected = "needs a multi-thread runtime")]
fn without_workers_it_says_so() {
    let runtime = Builder::new_current_thread().build().expect("valid");
    runtime.block_on(async { drop(spawn_pinned(async || ())) });
}

#[test]
#[should_panic(expected = "there is no worker 2; they are numbered from 0 to 1")]
fn a_worker_that_is_not_there() {
    drop(runtime(2).handle().spawn_pinned_on(2, async || ()));
}

/// A pinned task blocks its worker for tasks that only others can run, such as one that its worker woke last.
#[test]
fn one_blocks_its_worker_for_tasks_of_others() {
    for workers in [2, 4] {
        let runtime = runtime(workers);
        for round in 0..20 {
            let pinned = runtime.handle().spawn_pinned_on(round % workers, async || {
                sleep(Duration::from_millis(1)).await;
                let handle = Handle::current();
                let (begin, begun) = tokio::sync::oneshot::channel();
                let last = airmail::spawn(async { begun.await.expect("it begins") });
                let first = airmail::spawn(async move { begin.send(7).expect("it is awaited") });
                handle.block_on(first).expect("no panic");
                handle.block_on(last).expect("no panic")
            });
            assert_eq!(runtime.block_on(pinned).expect("no panic"), 7);
        }
    }
}

/// Closures that no worker has called yet are dropped with the runtime, though a handle stays; also if their drop panics.
#[test]
fn what_was_never_called_is_dropped() {
    struct PanicsInDrop(#[allow(dead_code, reason = "it is dropped")] std::sync::mpsc::Sender<()>);
    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new("in the drop of a closure"));
        }
    }
    for panics in [false, true] {
        let runtime = runtime(2);
        let handle = runtime.handle().clone();
        let ((begin, begun), (tell, told)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
        let (go, goes) = std::sync::mpsc::channel::<()>();
        let busy = runtime.handle().spawn_pinned_on(0, async move || {
            begin.send(()).expect("the test waits");
            goes.recv().expect_err("the test lets go");
        });
        begun.recv().expect("it begins");
        let never = if panics {
            let holds = PanicsInDrop(tell);
            let never = runtime.handle().spawn_pinned_on(0, async move || drop(holds));
            // It is unwanted when the worker comes to it.
            never.abort();
            never
        } else {
            runtime.handle().spawn_pinned_on(0, async move || drop(tell))
        };
        let ends = thread::spawn(move || drop(runtime));
        drop(go);
        ends.join().expect("no panic");
        assert!(told.recv().is_err(), "the closure is gone");
        drop((busy, never, handle));
    }
}
