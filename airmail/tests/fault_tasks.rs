//! Faults of tasks: rows T1 to T7 of the catalogue (`catalogue.md`).

mod common;

use airmail::runtime::Trouble;
use common::{Drops, Gate, Troubles, child, end, outcome, run, turns};
use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::task::Poll;
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
                for thread in threads {
                    thread.join().expect("no panic");
                }
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
        for thread in threads {
            thread.join().expect("no panic");
        }
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
