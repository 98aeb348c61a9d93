//! The executor's side of the core: registration, the seat, closing and retiring, refused tasks.

mod common;

use airmail_core::{
    Activity, Counters, Exec, Id, Options, Outcome, Ran, Refused, Spawn, current_id, dead_letter,
};
use common::{ByHand, Counts, outcome, panic_of};
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;

fn counter() -> (Arc<AtomicUsize>, impl Fn() -> Counts) {
    let drops = Arc::new(AtomicUsize::new(0));
    let made = Arc::clone(&drops);
    (drops, move || Counts(Arc::clone(&made)))
}

// ---- Closing and retiring ----

/// An executor retires only when it is closed and empty; until then its seat comes back. Retiring it too early
/// would free a scheduler that a waker is about to call.
#[test]
fn a_seat_retires_only_when_closed_and_empty() {
    let by_hand = ByHand::new(5);
    let (exec, mailbox) = (by_hand.exec, Arc::clone(&by_hand.mailbox));
    let mut handle = by_hand.spawn(pending::<()>());
    let busy = by_hand.seat.retire().expect_err("open, and it has a task");
    assert_eq!(format!("{busy:?}"), "Busy(the executor is not closed, or has tasks)");
    let seat = busy.0;
    exec.close();
    let seat = seat.retire().expect_err("closed, but it has a task").0;
    seat.enter(|_| mailbox.inbox.take().for_each(airmail_core::Runnable::cancel));
    assert_eq!(seat.retire().expect("closed and empty"), 5);
    assert!(outcome(&mut handle).expect_err("cancelled").is_cancelled());
    assert_eq!(exec.counters(), Counters::default());
}

/// Retiring lets the scheduler go; a scheduler that is kept by its dead executor leaks everything it owns.
#[test]
fn retiring_lets_the_scheduler_go() {
    let by_hand = ByHand::new(());
    let alive = Arc::clone(&by_hand.mailbox.alive);
    by_hand.spawn(async {}).abort();
    assert_eq!(Arc::strong_count(&alive), 2);
    by_hand.shut_down();
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// A closed executor gives the future back, in the seat and outside of it; so does one that is retired, also
/// when another one has taken its block.
#[test]
fn a_closed_executor_refuses() {
    let (drops, guard) = counter();
    let by_hand = ByHand::new(());
    let exec = by_hand.exec;
    let refused = |guard: Counts| {
        let future = async move {
            let _guard = guard;
            7
        };
        let refused = exec.spawn(future, Spawn::here()).expect_err("closed");
        assert_eq!(format!("{refused:?}"), "Refused(the executor takes no more tasks)");
        let Refused(future) = refused;
        future
    };
    let inside = by_hand.seat.enter(|_| {
        exec.close();
        refused(guard())
    });
    let outside = refused(guard());
    by_hand.shut_down();
    let retired = refused(guard());
    let successors: Vec<_> = (0..8).map(|_| ByHand::new(())).collect();
    let replaced = refused(guard());
    assert_eq!(drops.load(SeqCst), 0, "a refused future is the caller's");
    drop((inside, outside, retired, replaced));
    assert_eq!(drops.load(SeqCst), 4);
    successors.into_iter().for_each(ByHand::shut_down);
}

/// Notes which task it was dropped in.
struct Sees {
    seen: Rc<Cell<Option<Id>>>,
    _counts: Counts,
}

impl Drop for Sees {
    fn drop(&mut self) {
        self.seen.set(current_id());
    }
}

/// A dead letter's future is dropped at once, once, as a task with an id of its own, and its handle answers
/// `Cancelled` with the spawn site.
#[test]
fn a_dead_letter_is_cancelled_at_once() {
    let (drops, guard) = counter();
    let seen = Rc::new(Cell::new(None));
    let sees = Sees { seen: Rc::clone(&seen), _counts: guard() };
    let mut letter = dead_letter(async move { drop(sees) }, Spawn::here().named("late"));
    assert_eq!(drops.load(SeqCst), 1);
    assert_eq!(seen.get(), Some(letter.id()), "dropped as the current task");
    assert_eq!(current_id(), None);
    let error = outcome(&mut letter).expect_err("nobody ran it");
    assert!(error.is_cancelled());
    assert_eq!((error.name(), error.spawned_at().file()), (Some("late"), file!()));
    let other = dead_letter(async {}, Spawn::here());
    assert_ne!(other.id(), letter.id());
}

/// A second scheduler would leave tasks of the first one unreachable: `install` twice panics, also when the
/// executor is closed.
#[test]
fn install_twice_panics() {
    let by_hand = ByHand::new(());
    for closed in [false, true] {
        if closed {
            by_hand.exec.close();
        }
        let message = panic_of(|| by_hand.seat.install(Arc::clone(&by_hand.mailbox)));
        assert!(message.contains("that has a scheduler"), "{message}");
    }
    by_hand.shut_down();
}

/// Without a scheduler a wake-up would have nowhere to go: spawns before `install` are refused, in the seat and
/// outside.
#[test]
fn an_executor_without_a_scheduler_refuses() {
    let (exec, seat) = Exec::register(Options::default(), ());
    let refuses = || exec.spawn(async {}, Spawn::here()).is_err();
    assert!(refuses() && seat.enter(|_| refuses()));
    assert_eq!(exec.counters(), Counters::default());
    assert!(seat.retire().is_err(), "never closed");
}

// ---- The seat ----

/// Tasks run and are cancelled only by a thread in the seat: anywhere else is a clear panic, which costs the
/// task nothing but its future.
#[test]
fn running_outside_of_the_seat_panics() {
    let (drops, guard) = counter();
    let by_hand = ByHand::new(());
    let spawn = |guard: Counts| {
        let future = async move {
            let _guard = guard;
            pending::<()>().await;
        };
        by_hand.exec.spawn(future, Spawn::here()).expect("not closed")
    };
    for cancel in [false, true] {
        let (task, mut handle) = spawn(guard());
        let message = panic_of(|| if cancel { task.cancel() } else { drop(task.run()) });
        assert!(message.contains("enter the `Seat` first"), "{message}");
        assert!(outcome(&mut handle).expect_err("dropped by the panic").is_cancelled());
    }
    assert_eq!(drops.load(SeqCst), 2);
    let other = ByHand::new(());
    let (task, _handle) = spawn(guard());
    let message = other.seat.enter(|_| panic_of(|| drop(task.run())));
    assert!(message.contains("enter the `Seat` first"), "another executor's seat: {message}");
    assert_eq!(by_hand.exec.counters().live, 0);
}

/// The seat of a local executor can be taken by its own thread only, and local tasks are made there only.
#[test]
fn a_local_seat_on_a_foreign_thread_panics() {
    let (exec, seat) = Exec::register_local(Options::default(), ());
    let message = thread::scope(|scope| {
        let foreign = scope.spawn(move || {
            let entering = panic_of(|| seat.enter(|_| ()));
            let spawning = panic_of(|| drop(exec.spawn_local(async {}, Spawn::here())));
            (entering, spawning, seat)
        });
        foreign.join().expect("caught")
    });
    assert!(message.0.contains("taken by the thread that registered it"), "{}", message.0);
    assert!(message.1.contains("spawned on the thread of its executor"), "{}", message.1);
    let seat = message.2;
    seat.enter(|_| ());
    exec.close();
    seat.retire().expect("closed and empty");
    let (exec, seat) = Exec::register(Options::default(), ());
    assert!(panic_of(|| drop(exec.spawn_local(async {}, Spawn::here()))).contains("register_local"));
    exec.close();
    seat.retire().expect("closed and empty");
}

/// `here` sees the local data of its own executor, in its seat, and nothing else; seats nest.
#[test]
fn here_is_the_innermost_seat() {
    let (outer, inner) = (ByHand::new(Cell::new(1)), ByHand::new(Cell::new(2)));
    assert_eq!(outer.exec.here(Cell::get), None);
    outer.seat.enter(|_| {
        assert_eq!(outer.exec.here(Cell::get), Some(1));
        inner.seat.enter(|_| {
            assert_eq!((outer.exec.here(Cell::get), inner.exec.here(Cell::get)), (None, Some(2)));
            outer.seat.enter(|_| assert_eq!(outer.exec.here(Cell::get), Some(1)));
            assert_eq!(inner.exec.here(Cell::get), Some(2));
        });
        assert_eq!((outer.exec.here(Cell::get), inner.exec.here(Cell::get)), (Some(1), None));
    });
    assert_eq!(outer.exec.here(Cell::get), None);
    outer.shut_down();
    inner.shut_down();
}

/// A panic inside a seat stands up: a thread that believed to sit there would read a seat that may have moved.
#[test]
fn a_panic_in_the_seat_stands_up() {
    let by_hand = ByHand::new(Cell::new(1));
    assert_eq!(panic_of(|| by_hand.seat.enter(|_| panic!("inside"))), "inside");
    assert_eq!(by_hand.exec.here(Cell::get), None);
    let (task, _handle) = by_hand.exec.spawn(async {}, Spawn::here()).expect("not closed");
    assert!(panic_of(|| drop(task.run())).contains("enter the `Seat` first"));
    by_hand.shut_down();
}

// ---- Runnables ----

/// A `Runnable` that is dropped cancels its task: on the spot if the future is `Send`, on any thread.
#[test]
fn a_dropped_runnable_cancels() {
    let (drops, guard) = counter();
    let by_hand = ByHand::new(());
    let spawn = || {
        let guard = guard();
        by_hand.exec.spawn(async move { drop(guard) }, Spawn::here()).expect("not closed")
    };
    let (here, mut first) = spawn();
    let (there, mut second) = spawn();
    drop(here);
    thread::spawn(move || drop(there)).join().expect("no panic");
    assert_eq!(drops.load(SeqCst), 2);
    assert!(outcome(&mut first).expect_err("cancelled").is_cancelled());
    assert!(outcome(&mut second).expect_err("cancelled").is_cancelled());
    assert_eq!(by_hand.exec.counters(), Counters { spawned: 2, live: 0, cancelled: 2 });
    by_hand.shut_down();
}

/// A local `Runnable` that is dropped by a foreign thread goes back to its executor, which drops the future.
#[test]
fn a_local_runnable_dropped_elsewhere_comes_home() {
    struct Home(thread::ThreadId, mpsc::Sender<()>, Rc<()>);
    impl Drop for Home {
        fn drop(&mut self) {
            assert_eq!(thread::current().id(), self.0, "dropped on a foreign thread");
            let _ = (self.1.send(()), Rc::strong_count(&self.2));
        }
    }
    let by_hand = ByHand::local(());
    let (sender, dropped) = mpsc::channel();
    let home = Home(thread::current().id(), sender, Rc::new(()));
    let future = async move { drop(home) };
    let (task, mut handle) = by_hand.exec.spawn_local(future, Spawn::here()).expect("not closed");
    thread::spawn(move || drop(task)).join().expect("no panic");
    assert!(dropped.try_recv().is_err(), "not dropped there");
    assert_eq!(by_hand.mailbox.scheduled.load(SeqCst), 1);
    by_hand.run();
    assert_eq!(dropped.recv(), Ok(()));
    assert!(outcome(&mut handle).expect_err("cancelled").is_cancelled());
    by_hand.shut_down();
}

/// An inbox that is dropped with tasks in it cancels them: none is lost without a word.
#[test]
fn an_inbox_dropped_with_tasks_cancels_them() {
    let by_hand = ByHand::new(());
    let inbox = airmail_core::Inbox::new();
    let mut handles: Vec<_> = (0..3)
        .map(|_| {
            let (task, handle) = by_hand.exec.spawn(async {}, Spawn::here()).expect("not closed");
            inbox.put(task);
            handle
        })
        .collect();
    let mut batch = inbox.take();
    drop(batch.next());
    drop(batch);
    let (task, handle) = by_hand.exec.spawn(async {}, Spawn::here()).expect("not closed");
    inbox.put(task);
    handles.push(handle);
    drop(inbox);
    assert!(handles.iter_mut().all(|handle| outcome(handle).is_err_and(|error| error.is_cancelled())));
    by_hand.shut_down();
}

/// What a run answers: woken during the poll, waits, done; and a task is scheduled once for many wake-ups.
#[test]
fn a_run_tells_what_came_of_it() {
    let by_hand = ByHand::new(());
    let (sender, wakers) = mpsc::channel::<Waker>();
    let mut polls = 0;
    let future = poll_fn(move |cx| {
        polls += 1;
        match polls {
            1 => cx.waker().wake_by_ref(),
            2 => drop(sender.send(cx.waker().clone())),
            _ => return Poll::Ready(()),
        }
        Poll::Pending
    });
    let (task, handle) = by_hand.exec.spawn(future, Spawn::here()).expect("not closed");
    by_hand.seat.enter(|_| {
        let Ran::Yielded(task) = task.run() else { panic!("it woke itself") };
        assert!(matches!(task.run(), Ran::Pending));
        let waker = wakers.recv().expect("the poll gave it");
        (0..5).for_each(|_| waker.wake_by_ref());
        assert_eq!(by_hand.mailbox.scheduled.load(SeqCst), 1);
        let mut batch = by_hand.mailbox.inbox.take();
        let task = batch.next().expect("it is scheduled");
        assert_eq!((task.id(), task.info().activity), (handle.id(), Activity::Scheduled));
        assert!(matches!(task.run(), Ran::Done(Outcome::Completed)));
        assert!(batch.next().is_none());
    });
    by_hand.shut_down();
}
