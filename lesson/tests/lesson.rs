//! What the lesson promises, beyond the exercises.

use airmail_lesson::{Answer, CountdownFuture, Executor, Step, Task, waker_for};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// A future that hands its waker over at each poll, and is ready once `open` is true.
fn gate(open: Arc<AtomicBool>) -> (impl Future<Output = ()> + Send + 'static, Receiver<Waker>) {
    let (sender, wakers) = mpsc::channel();
    let future = poll_fn(move |context| {
        // Hand the waker over before the look, so that no opening is missed.
        let _ = sender.send(context.waker().clone());
        if open.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    });
    (future, wakers)
}

fn task_around<F: Future<Output = ()> + Send + 'static>(future: F) -> Arc<Task> {
    Arc::new(Task {
        number: 1,
        future: Mutex::new(Box::pin(future)),
        queue: Arc::new(Mutex::new(VecDeque::new())),
        queued: AtomicBool::new(false),
        thread: thread::current(),
    })
}

fn polled(executor: &Executor) -> Vec<u64> {
    std::iter::from_fn(|| executor.step()).map(|step| step.task).collect()
}

// ---- One spawn is one task ----

#[test]
fn two_awaits_in_one_spawn_are_one_task() {
    let executor = Executor::new();
    executor.spawn(async {
        CountdownFuture::new(1).await;
        CountdownFuture::new(1).await;
    });
    assert_eq!(executor.unfinished(), 1);
    assert_eq!(polled(&executor), [1, 1, 1]);
}

#[test]
fn two_spawns_are_two_tasks() {
    let executor = Executor::new();
    let first = executor.spawn(CountdownFuture::new(1));
    let second = executor.spawn(CountdownFuture::new(1));
    assert_eq!((first.id(), second.id()), (1, 2));
    assert_eq!(executor.unfinished(), 2);
    assert_eq!(polled(&executor), [1, 2, 1, 2]);
}

// ---- Wakers ----

#[test]
fn each_waker_is_one_count_of_its_task() {
    let task = task_around(std::future::pending());
    let waker = waker_for(Arc::clone(&task));
    assert_eq!(Arc::strong_count(&task), 2);
    let copy = waker.clone();
    assert!(copy.will_wake(&waker));
    assert_eq!(Arc::strong_count(&task), 3);
    drop(copy);
    assert_eq!(Arc::strong_count(&task), 2);

    waker.wake_by_ref();
    assert_eq!(Arc::strong_count(&task), 3, "the waker, the queue, and we");
    task.queue.lock().unwrap().clear();
    assert_eq!(Arc::strong_count(&task), 2);

    task.queued.store(false, SeqCst);
    waker.wake();
    assert_eq!(Arc::strong_count(&task), 2, "the queue, and we: the waker was used up");
    task.queue.lock().unwrap().clear();
    assert_eq!(Arc::strong_count(&task), 1);
}

#[test]
fn a_task_is_never_in_the_queue_twice() {
    let executor = Executor::new();
    let (future, wakers) = gate(Arc::default());
    executor.spawn(future);
    executor.step();
    let waker = wakers.recv().unwrap();
    for _ in 0..3 {
        waker.wake_by_ref();
    }
    assert_eq!(executor.queue(), [1]);
    executor.step();
    assert_eq!(executor.queue(), [], "three wakes, one poll");
    assert_eq!(executor.unfinished(), 1, "and the task waits again");
}

#[test]
fn a_wake_of_a_finished_task_is_harmless() {
    let executor = Executor::new();
    let (future, wakers) = gate(Arc::new(AtomicBool::new(true)));
    let handle = executor.spawn(future);
    executor.run();
    let waker = wakers.recv().unwrap();
    for _ in 0..2 {
        waker.wake_by_ref();
        assert_eq!(executor.step(), Some(Step { task: 1, answer: Answer::Pending }));
        assert_eq!(executor.unfinished(), 0);
    }
    assert_eq!(handle.try_take(), Some(()));
    assert!(wakers.try_recv().is_err(), "the future was not polled again, and is gone");
}

#[test]
fn a_waker_outlives_its_executor() {
    let executor = Executor::new();
    let (future, wakers) = gate(Arc::default());
    executor.spawn(future);
    executor.step();
    drop(executor);
    let waker = wakers.recv().unwrap();
    thread::spawn(move || waker.wake()).join().unwrap();
}

#[test]
fn a_wake_from_another_thread_during_the_poll_queues_the_task_again() {
    let executor = Executor::new();
    let (sender, kept) = mpsc::channel();
    let mut first = true;
    executor.spawn(poll_fn(move |context| {
        if !first {
            return Poll::Ready(());
        }
        first = false;
        let waker = context.waker().clone();
        sender.send(waker.clone()).unwrap();
        thread::spawn(move || waker.wake()).join().unwrap();
        Poll::Pending // the wake came before this answer
    }));
    executor.step();
    assert_eq!(executor.queue(), [1]);
    kept.recv().unwrap().wake();
    assert_eq!(executor.queue(), [1], "a wake after the poll adds no second entry");
    executor.run();
}

#[test]
fn no_wake_is_lost_between_threads() {
    let executor = Executor::new();
    for _ in 0..500 {
        let open = Arc::new(AtomicBool::new(false));
        let (future, wakers) = gate(Arc::clone(&open));
        executor.spawn(future);
        // Opens the gate and wakes once, at no fixed moment of the first poll or after it.
        let event = thread::spawn(move || {
            let waker = wakers.recv().unwrap();
            open.store(true, SeqCst);
            waker.wake();
        });
        executor.run();
        event.join().unwrap();
    }
}

#[test]
fn spawners_and_handles_may_go_to_other_threads() {
    fn goes_anywhere<T: Send + Sync>(_: &T) {}
    let executor = Executor::new();
    goes_anywhere(&executor.handle());
    goes_anywhere(&executor.spawn(async { 42 }));
}

// ---- Running ----

#[test]
fn run_waits_for_a_wake_from_another_thread() {
    let executor = Executor::new();
    let open = Arc::new(AtomicBool::new(false));
    let (future, wakers) = gate(Arc::clone(&open));
    executor.spawn(future);
    let event = thread::spawn(move || {
        let waker = wakers.recv().unwrap(); // the first poll: `run` is on its way to park
        open.store(true, SeqCst);
        waker.wake();
        wakers
    });
    executor.run();
    let polls = 1 + event.join().unwrap().iter().count();
    assert!(polls <= 2, "{polls} polls: `run` polled a task that nobody had woken");
    assert_eq!(executor.unfinished(), 0);
}

/// Whether the thread at this place in `/proc` sleeps, as a parked thread does.
#[cfg(target_os = "linux")]
fn sleeps(thread: &Path) -> bool {
    let stat = fs::read_to_string(thread.join("stat")).unwrap();
    stat.rsplit(')').next().unwrap().trim_start().starts_with('S')
}

#[cfg(target_os = "linux")]
#[test]
fn run_parks_and_does_not_spin() {
    let executor = Executor::new();
    let open = Arc::new(AtomicBool::new(false));
    let (future, wakers) = gate(Arc::clone(&open));
    executor.spawn(future);
    let runner = Path::new("/proc").join(fs::read_link("/proc/thread-self").unwrap());
    let event = thread::spawn(move || {
        let waker = wakers.recv().unwrap();
        // Looks until `run` has parked. The limit only turns a spinning `run` into a failure.
        let start = Instant::now();
        while !sleeps(&runner) && start.elapsed() < Duration::from_secs(20) {
            thread::yield_now();
        }
        let parked = sleeps(&runner);
        open.store(true, SeqCst);
        waker.wake();
        parked
    });
    executor.run();
    assert!(event.join().unwrap(), "the thread of `run` never slept");
}

#[test]
fn many_threads_wake_one_task() {
    const THREADS: u32 = 8;
    let executor = Executor::new();
    let arrived = Arc::new(AtomicU32::new(0));
    let (sender, first_waker) = mpsc::channel::<Waker>();
    let count = Arc::clone(&arrived);
    executor.spawn(poll_fn(move |context| {
        let _ = sender.send(context.waker().clone());
        if count.load(SeqCst) == THREADS { Poll::Ready(()) } else { Poll::Pending }
    }));
    let events = thread::spawn(move || {
        let waker = first_waker.recv().unwrap();
        let start = Barrier::new(THREADS as usize);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    arrived.fetch_add(1, SeqCst);
                    waker.wake_by_ref();
                });
            }
        });
    });
    executor.run();
    events.join().unwrap();
}

#[test]
fn a_task_can_spawn_tasks_and_await_them() {
    let executor = Executor::new();
    let spawner = executor.handle();
    let sum = executor.block_on(async move {
        let first = spawner.spawn(async {
            CountdownFuture::new(2).await;
            40
        });
        let second = spawner.spawn(async { 2 });
        first.await + second.await
    });
    assert_eq!(sum, 42);
}

#[test]
fn another_thread_can_spawn_while_the_executor_runs() {
    let executor = Executor::new();
    let spawner = executor.handle();
    let open = Arc::new(AtomicBool::new(false));
    let (future, wakers) = gate(Arc::clone(&open));
    executor.spawn(future);
    let event = thread::spawn(move || {
        let waker = wakers.recv().unwrap();
        spawner.spawn(async move {
            open.store(true, SeqCst);
            waker.wake();
        })
    });
    executor.run();
    assert_eq!(event.join().unwrap().id(), 2);
}

#[test]
fn block_on_leaves_other_tasks_alone() {
    let executor = Executor::new();
    executor.spawn(std::future::pending::<()>());
    assert_eq!(executor.block_on(async { 42 }), 42);
    assert_eq!(executor.unfinished(), 1);
}

#[test]
fn a_task_outlives_its_handle() {
    let executor = Executor::new();
    let (sender, receiver) = mpsc::channel();
    drop(executor.spawn(async move { sender.send(42).unwrap() }));
    executor.run();
    assert_eq!(receiver.recv(), Ok(42));
}

#[test]
fn a_panic_comes_out_of_run_and_ends_its_task_alone() {
    let executor = Executor::new();
    let broken = executor.spawn(async { panic!("torn letter") });
    let sound = executor.spawn(async { 42 });
    let panic = catch_unwind(AssertUnwindSafe(|| executor.run())).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"torn letter"));
    assert_eq!(executor.unfinished(), 1);
    executor.run();
    assert_eq!(sound.try_take(), Some(42));
    assert_eq!(broken.try_take(), None::<()>);
}

#[test]
fn an_executor_that_is_dropped_drops_the_tasks_in_its_queue() {
    let executor = Executor::new();
    let token = Arc::new(());
    let (copy, spawner) = (Arc::clone(&token), executor.handle());
    executor.spawn(async move {
        let _kept = (copy, spawner);
        CountdownFuture::new(9).await;
    });
    executor.step();
    assert_eq!(Arc::strong_count(&token), 2);
    drop(executor);
    assert_eq!(Arc::strong_count(&token), 1);
}

// ---- The size ----

#[test]
fn the_lesson_has_at_most_300_lines() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(src).unwrap().map(|entry| entry.unwrap().path());
    let lines: usize = files.map(|file| fs::read_to_string(file).unwrap().lines().count()).sum();
    assert!(lines <= 300, "{lines} lines");
}
