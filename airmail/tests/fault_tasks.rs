//! Faults of tasks: rows T1 to T9 of the catalogue (`catalogue.md`).

mod common;

use airmail::runtime::Trouble;
use airmail::task::{Activity, JoinHandle, LocalSet};
use common::{Drops, Gate, Troubles, child, end, outcome, run, run_local, runtime, turns, yield_now};
use std::collections::HashSet;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Poll};
use std::thread;

// ---- T1 to T3: wakes that race with the poll and with each other (their proofs are loom models) ----

/// T1: two wake-ups from other threads during one poll must give exactly one more poll; less is a lost
/// wake-up, more is a task that was queued twice.
#[test]
fn t1_two_wakes_during_a_poll_are_one_more_poll() {
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&polls);
    run(async move {
        let task = airmail::spawn(poll_fn(move |cx| {
            if counted.fetch_add(1, SeqCst) == 0 {
                let threads = [0, 1].map(|_| {
                    let waker = cx.waker().clone();
                    thread::spawn(move || waker.wake())
                });
                threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
                return Poll::Pending;
            }
            Poll::<()>::Pending
        }));
        turns(4).await;
        task.abort();
        assert!(task.await.expect_err("it never answers").is_cancelled());
    });
    assert_eq!(polls.load(SeqCst), 2);
}

/// T2: a wake-up between the future's last look and the end of its poll must queue the task again; otherwise
/// the task sleeps for ever although its event has come.
#[test]
fn t2_a_wake_after_the_last_look_is_not_lost() {
    let open = Arc::new(AtomicBool::new(false));
    run(async move {
        let task = airmail::spawn(poll_fn(move |cx| {
            if open.load(SeqCst) {
                return Poll::Ready(());
            }
            // The event comes here, after the look: on another thread, and it is over before the poll is.
            let (open, waker) = (Arc::clone(&open), cx.waker().clone());
            let event = thread::spawn(move || {
                open.store(true, SeqCst);
                waker.wake();
            });
            event.join().expect("no panic");
            Poll::Pending
        }));
        task.await.expect("it answers");
    });
}

/// T3: many threads wake many tasks at the same moment, again and again: every round must end, and no task may
/// be polled more often than it was woken (and once for its spawn).
#[test]
fn t3_wakes_from_many_threads_at_once_lose_nothing() {
    const ROUNDS: usize = 200;
    const THREADS: usize = 4;
    let tickets = Arc::new(AtomicUsize::new(0));
    let polls = Arc::new(AtomicUsize::new(0));
    let (send, receive) = mpsc::channel();
    let waiting = {
        let (tickets, polls) = (Arc::clone(&tickets), Arc::clone(&polls));
        poll_fn(move |cx| {
            polls.fetch_add(1, SeqCst);
            // The waker goes out before the look, so that no ticket is missed.
            let _ = send.send(cx.waker().clone());
            if tickets.load(SeqCst) == ROUNDS * THREADS { Poll::Ready(()) } else { Poll::Pending }
        })
    };
    run(async move {
        let task = airmail::spawn(waiting);
        turns(1).await;
        let waker = receive.recv().expect("the first poll gave it");
        let start = Arc::new(Barrier::new(THREADS));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (waker, tickets, start) = (waker.clone(), Arc::clone(&tickets), Arc::clone(&start));
                thread::spawn(move || {
                    for _ in 0..ROUNDS {
                        start.wait();
                        tickets.fetch_add(1, SeqCst);
                        waker.wake_by_ref();
                    }
                })
            })
            .collect();
        task.await.expect("the last wake-up is not lost");
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    });
    assert!(polls.load(SeqCst) <= 1 + ROUNDS * THREADS, "{} polls", polls.load(SeqCst));
}

// ---- T4: a task that always wakes itself ----

/// T4: a task that wakes itself in every poll must go to the back each time: others run in between, and the
/// stack does not grow with the polls.
#[test]
fn t4_a_self_waking_task_lets_the_others_run() {
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&polls);
    child::on_stack(128 << 10, move || {
        run(async move {
            let selfish = airmail::spawn(poll_fn(move |cx| {
                counted.fetch_add(1, SeqCst);
                cx.waker().wake_by_ref();
                Poll::<()>::Pending
            }));
            for _ in 0..10_000 {
                airmail::spawn(async {}).await.expect("it runs");
            }
            selfish.abort();
            assert!(selfish.await.expect_err("it never answers").is_cancelled());
        });
    });
    let polls = polls.load(SeqCst);
    // A child is spawned, runs before or after the selfish task's next poll, and its joiner runs after that.
    assert!((10_000..=30_000).contains(&polls), "{polls} polls beside 10,000 children");
}

// ---- T5: nobody can wake it ----

fn orphan() -> impl Future<Output = ()> + Send {
    poll_fn(|_| Poll::Pending)
}

/// T5: a task that waits while nobody holds its waker is reported, once, by name; it stays until the shutdown,
/// which drops it.
#[test]
fn t5_an_orphan_is_reported_once_and_dropped_at_shutdown() {
    let (troubles, drops) = (Troubles::default(), Drops::new());
    let runtime = troubles.runtime(true);
    let mut task = runtime.spawn(drops.wrap(orphan()));
    let id = task.id();
    runtime.block_on(turns(5));
    let [(trouble, name, _)] = &troubles.all()[..] else { panic!("one report: {:?}", troubles.all()) };
    assert_eq!(*trouble, Trouble::Orphan);
    assert!(name.contains(&id.to_string()) && name.contains("fault_tasks.rs"), "{name}");
    assert_eq!((drops.count(), task.is_finished()), (0, false), "it stays");
    assert_eq!(runtime.handle().metrics().num_alive_tasks(), 1);
    drop(runtime);
    drops.assert_each_once(1);
    drops.assert_all_here();
    assert!(outcome(&mut task).expect_err("it never answered").is_cancelled());
    assert_eq!(troubles.kinds(), [Trouble::Orphan], "nothing more was reported");
}

/// T5: a task becomes an orphan also long after its poll, when the last waker is dropped, on any thread.
#[test]
fn t5_an_orphan_is_reported_when_its_last_waker_is_dropped() {
    let (troubles, gate) = (Troubles::default(), Gate::new());
    let runtime = troubles.runtime(true);
    let task = runtime.spawn(gate.wait());
    runtime.block_on(turns(2));
    assert_eq!(troubles.kinds(), [], "somebody can still wake it");
    let wakers = gate.take_wakers();
    thread::spawn(move || drop(wakers)).join().expect("no panic");
    assert_eq!(troubles.kinds(), [Trouble::Orphan]);
    task.abort();
    assert!(runtime.block_on(task).expect_err("aborted").is_cancelled());
    end(runtime);
}

/// T5: an abort ends an orphan; and without counting nothing is reported (nobody could know).
#[test]
fn t5_an_abort_ends_an_orphan_and_without_counting_nothing_is_said() {
    let (troubles, drops) = (Troubles::default(), Drops::new());
    let runtime = troubles.runtime(false);
    let task = runtime.spawn(drops.wrap(orphan()));
    runtime.block_on(turns(2));
    task.abort();
    assert!(runtime.block_on(task).expect_err("aborted").is_cancelled());
    drops.assert_each_once(1);
    assert_eq!(troubles.kinds(), []);
    end(runtime);
}

// ---- T6: a task that holds its own waker ----

/// T6: a future that keeps its own waker must still be freed when the task completes, when it is aborted and
/// when the runtime shuts down, with counted wakers (which pin the slot) and without.
#[test]
fn t6_a_task_that_holds_its_own_waker_is_freed() {
    for count_wakers in [false, true] {
        let (troubles, drops) = (Troubles::default(), Drops::new());
        let runtime = troubles.runtime(count_wakers);
        let holds_itself = |answers: bool| {
            let (mut own, guard, mut polls) = (None, drops.guard(), 0);
            poll_fn(move |cx| {
                let _guard = &guard;
                own.get_or_insert_with(|| cx.waker().clone()).wake_by_ref();
                polls += 1;
                if answers && polls == 3 { Poll::Ready(()) } else { Poll::Pending }
            })
        };
        let completes = runtime.spawn(holds_itself(true));
        let aborted = runtime.spawn(holds_itself(false));
        let shut_down = runtime.spawn(holds_itself(false));
        runtime.block_on(async {
            completes.await.expect("it answers");
            assert_eq!(drops.count(), 1);
            aborted.abort();
            assert!(aborted.await.expect_err("aborted").is_cancelled());
            assert_eq!(drops.count(), 2);
        });
        let handle = runtime.handle().clone();
        assert_eq!(handle.tasks().len(), 1, "only one slot is still in use");
        drop(runtime);
        drops.assert_each_once(3);
        drop(shut_down);
        assert_eq!(troubles.kinds(), []);
    }
}

// ---- T7: generations ----

/// T7: slots are reused, ids are not: whatever comes and goes, no two tasks have the same id. (That a slot
/// without a next generation is retired is tested on the core, whose generations can be skipped.)
#[test]
fn t7_ids_never_repeat_while_slots_are_reused() {
    run(async {
        let mut ids = HashSet::new();
        for round in 0..20_000 {
            let task = airmail::spawn(async {});
            assert!(ids.insert(task.id()), "round {round}: {} was given twice", task.id());
            task.await.expect("it runs");
        }
    });
}

// ---- T8: unusual futures and outputs ----

/// A future of any type of body.
struct Holds<B, O> {
    body: B,
    output: Option<O>,
    polled_at: usize,
}

impl<B: Unpin, O: Unpin> Future for Holds<B, O> {
    type Output = O;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O> {
        let at = (&raw const self.body).addr();
        assert_eq!(at % align_of::<B>(), 0, "the future is not aligned");
        if self.polled_at == 0 {
            self.polled_at = at;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        assert_eq!(self.polled_at, at, "the future was moved between two polls");
        Poll::Ready(self.output.take().expect("polled once more"))
    }
}

fn holds<B, O>(body: B, output: O) -> Holds<B, O> {
    Holds { body, output: Some(output), polled_at: 0 }
}

#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(128))]
struct Aligned(u8);

struct Nothing;

impl Future for Nothing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// T8: futures and outputs of size zero, of large alignment, around and above the size of a slot, and outputs
/// larger than their future keep their place, their alignment and their bytes.
#[test]
fn t8_futures_and_outputs_of_any_shape() {
    run(async {
        airmail::spawn(Nothing).await.expect("size zero");
        airmail::spawn(holds((), ())).await.expect("an output of size zero");
        let aligned = airmail::spawn(holds(Aligned(7), Aligned(9))).await;
        assert_eq!(aligned.expect("it answers"), Aligned(9));
        let just_inline = airmail::spawn(holds([3_u8; 230], 1_u8)).await;
        assert_eq!(just_inline.expect("it answers"), 1);
        let boxed = airmail::spawn(holds([3_u8; 300], [7_u64; 3])).await;
        assert_eq!(boxed.expect("it answers"), [7; 3]);
        let (size, large) = (size_of::<Holds<(), Box<u8>>>(), [0xA5_u8; 200]);
        let mut grows = airmail::spawn(async move { large });
        turns(2).await;
        assert_eq!(outcome(&mut grows).expect("it answers"), large);
        let larger_output = airmail::spawn(holds((), Box::new([1_u8; 4096]))).await;
        assert_eq!(larger_output.expect("it answers")[4095], 1, "beside a future of {size} bytes");
    });
}

/// A future of 1 MiB that is ready at its second poll.
struct Large([u8; 1 << 20], bool);

impl Future for Large {
    type Output = u8;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u8> {
        if std::mem::replace(&mut self.1, true) {
            return Poll::Ready(self.0[0] + self.0[self.0.len() - 1]);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[inline(never)]
fn spawn_large() -> JoinHandle<u8> {
    airmail::spawn(Large([1; 1 << 20], false))
}

/// T8: a future of 1 MiB can be spawned, run and dropped on a default stack: that of a thread (2 MiB), or, since
/// unoptimised code copies each argument once more, that of a program's first thread (8 MiB).
#[test]
fn t8_a_future_of_one_mebibyte_on_a_default_stack() {
    let stack = if cfg!(debug_assertions) { 8 << 20 } else { 2 << 20 };
    // In a child: a stack overflow ends the process.
    child::must_succeed("t8_a_future_of_one_mebibyte_on_a_default_stack", move || {
        let sum = child::on_stack(stack, || {
            let runtime = runtime();
            let entered = runtime.enter();
            let task = spawn_large();
            drop(entered);
            runtime.block_on(task).expect("it answers")
        });
        assert_eq!(sum, 2);
    });
}

// ---- T9: no poll after Ready ----

/// T9: a task whose waker is used before, during and after its last poll is never polled again: this future
/// panics if it is.
#[test]
fn t9_no_poll_after_ready() {
    let gate = Gate::new();
    run(async move {
        let mut ready = false;
        let inner = gate.clone();
        let mut task = airmail::spawn(poll_fn(move |cx| {
            assert!(!ready, "polled after it was ready");
            ready = inner.poll(cx).is_ready();
            // Also in the poll that answers.
            cx.waker().wake_by_ref();
            if ready { Poll::Ready(()) } else { Poll::Pending }
        }));
        turns(3).await;
        gate.open();
        turns(3).await;
        outcome(&mut task).expect("it answered, and was not polled again");
    });
}

/// T9: a task can run another executor inside its poll; that one has tasks of its own and never polls the
/// outer task, which would be two polls of one task.
#[test]
fn t9_a_nested_executor_does_not_poll_the_outer_task() {
    let outer_polls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&outer_polls);
    run(async move {
        let task = airmail::spawn(poll_fn(move |cx| {
            let before = counted.fetch_add(1, SeqCst);
            if before > 0 {
                return Poll::Ready(());
            }
            let waker = cx.waker().clone();
            let inner = runtime();
            inner.block_on(async {
                waker.wake_by_ref();
                turns(5).await;
                airmail::spawn(async {}).await.expect("it runs in the inner runtime");
            });
            assert_eq!(counted.load(SeqCst), 1, "polled while it was being polled");
            end(inner);
            Poll::Pending
        }));
        task.await.expect("the wake-up from inside was kept");
    });
    assert_eq!(outer_polls.load(SeqCst), 2);
}

/// T9: a local set that one of its own tasks polls must not poll that task again.
#[test]
fn t9_a_local_set_polled_by_its_own_task() {
    let set = std::rc::Rc::new(LocalSet::new());
    let inner = std::rc::Rc::clone(&set);
    let polls = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = std::rc::Rc::clone(&polls);
    let task: JoinHandle<()> = set.spawn_local(async move {
        counted.set(counted.get() + 1);
        inner.run_until(yield_now()).await;
        counted.set(counted.get() + 1);
    });
    set.block_on(&runtime(), task).expect("it answers");
    assert_eq!(polls.get(), 2);
}

// ---- What a walker sees ----

/// A new runtime must not list, as its own, finished tasks of a runtime that is gone.
#[test]
fn tasks_of_a_dead_runtime_are_not_listed_by_the_next() {
    let runtimes: Vec<_> = (0..8).map(|_| runtime()).collect();
    let mut kept: Vec<_> = runtimes.iter().map(|runtime| runtime.spawn(async { 5 })).collect();
    runtimes.iter().for_each(|runtime| runtime.block_on(turns(2)));
    drop(runtimes);
    let next: Vec<_> = (0..16).map(|_| runtime()).collect();
    let strangers: Vec<_> = next.iter().flat_map(|runtime| runtime.handle().tasks()).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    assert!(kept.iter_mut().all(|task| outcome(task).is_ok_and(|five| five == 5)));
}

/// A look at a waiting task says that it waits, and at a finished one that it is done; a walker that mixes
/// them up would show wrong dumps.
#[test]
fn a_look_at_each_task_tells_what_it_does() {
    run_local(async {
        let handle = airmail::runtime::Handle::current();
        let waits = airmail::spawn(pending::<()>());
        turns(1).await;
        let tasks = handle.tasks();
        let [info] = &tasks[..] else { panic!("one task: {tasks:?}") };
        assert_eq!((info.meta.id, info.activity, info.polls), (waits.id(), Activity::Waiting, 1));
        waits.abort();
        turns(2).await;
        assert!(matches!(handle.tasks()[..], [info] if matches!(info.activity, Activity::Done(_))));
        assert!(waits.await.is_err());
        assert_eq!(handle.tasks().len(), 0);
    });
}
