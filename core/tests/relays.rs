//! Wakers that an executor puts between a task and whoever wakes it: relays, and polls that are given one.

mod common;

use airmail_core::{
    Answered, Around, JoinHandle, Options, Outcome, Ran, Relay, Runnable, Spawn, current_id, joined_meta,
    relay, wake_for_nothing,
};
use common::{ByHand, outcome, panic_of};
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// Counts what happens to it, and passes wakes on.
#[derive(Default)]
struct Bell {
    wakes: AtomicUsize,
    clones: AtomicUsize,
    joins: Mutex<Vec<Option<u64>>>,
    own: Option<Waker>,
}

impl Relay for Bell {
    fn wake(self: &Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
        self.own.iter().for_each(Waker::wake_by_ref);
    }

    fn cloned(self: &Arc<Self>) {
        self.clones.fetch_add(1, SeqCst);
        self.joins.lock().unwrap().push(joined_meta().map(|task| task.id.as_u64()));
    }
}

impl Bell {
    fn of(own: &Waker) -> Arc<Bell> {
        Arc::new(Bell { own: Some(own.clone()), ..Bell::default() })
    }

    /// Wakes, clones.
    fn counts(&self) -> (usize, usize) {
        (self.wakes.load(SeqCst), self.clones.load(SeqCst))
    }
}

#[test]
fn a_relay_is_kept_as_long_as_its_wakers() {
    let bell = Arc::new(Bell::default());
    let waker = relay(Arc::clone(&bell));
    assert_eq!((Arc::strong_count(&bell), bell.counts()), (2, (0, 0)));
    let other = waker.clone();
    assert_eq!((Arc::strong_count(&bell), bell.counts()), (3, (0, 1)));
    assert!(waker.will_wake(&other));
    assert!(!waker.will_wake(&relay(Arc::new(Bell::default()))));
    other.wake_by_ref();
    assert_eq!((Arc::strong_count(&bell), bell.counts()), (3, (1, 1)));
    other.wake();
    assert_eq!((Arc::strong_count(&bell), bell.counts()), (2, (2, 1)));
    let mut kept = Waker::noop().clone();
    kept.clone_from(&waker);
    kept.clone_from(&waker);
    assert_eq!((Arc::strong_count(&bell), bell.counts()), (3, (2, 2)));
    drop((waker, kept));
    assert_eq!((Arc::strong_count(&bell), bell.counts()), (1, (2, 2)));
}

/// From another thread too; a hook that is left out does nothing.
#[test]
fn a_relay_needs_no_clone_hook() {
    struct Plain(AtomicUsize);
    impl Relay for Plain {
        fn wake(self: &Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    let plain = Arc::new(Plain(AtomicUsize::new(0)));
    let waker = relay(Arc::clone(&plain));
    let other = waker.clone();
    std::thread::spawn(move || other.wake()).join().expect("no panic");
    waker.wake();
    assert_eq!((plain.0.load(SeqCst), Arc::strong_count(&plain)), (2, 1));
}

/// A wake that panics gives its reference up all the same.
#[test]
fn a_relay_may_panic() {
    struct Bad;
    impl Relay for Bad {
        fn wake(self: &Arc<Self>) {
            panic!("out of order")
        }
    }
    let bad = Arc::new(Bad);
    let waker = relay(Arc::clone(&bad));
    assert_eq!(panic_of(|| waker.wake_by_ref()), "out of order");
    assert_eq!(Arc::strong_count(&bad), 2);
    assert_eq!(panic_of(|| waker.wake()), "out of order");
    assert_eq!(Arc::strong_count(&bad), 1);
}

/// Gives polls a bell, or none, and hears the answers.
struct Giver<'a> {
    bell: &'a mut Option<Arc<Bell>>,
    give: bool,
    answers: Vec<Answered>,
}

impl Around for &mut Giver<'_> {
    fn waker(&mut self, own: &Waker) -> Option<Waker> {
        assert!(current_id().is_none(), "no task is polled yet");
        self.give.then(|| relay(Arc::clone(self.bell.insert(Bell::of(own)))))
    }

    fn answered(&mut self, answered: Answered) {
        self.answers.push(answered);
    }
}

fn poll(by_hand: &ByHand<()>, task: Runnable, give: bool) -> (Ran, Option<Arc<Bell>>, Vec<Answered>) {
    let mut bell = None;
    let mut giver = Giver { bell: &mut bell, give, answers: Vec::new() };
    let ran = by_hand.seat.enter(|_| task.run_with(&mut giver));
    let answers = giver.answers;
    (ran, bell, answers)
}

fn next(by_hand: &ByHand<()>) -> Option<Runnable> {
    by_hand.mailbox.inbox.take().next()
}

/// The poll's waker is the other one; what is done with it reaches the task through `own`.
#[test]
fn a_poll_may_get_another_waker() {
    for count_wakers in [false, true] {
        let by_hand = ByHand::with(Options { count_wakers, ..Options::default() }, ());
        let kept = Arc::new(Mutex::new(None::<Waker>));
        let keeps = Arc::clone(&kept);
        let mut polls = 0;
        let _handle = by_hand.spawn(poll_fn(move |cx: &mut Context<'_>| {
            polls += 1;
            match polls {
                1 => cx.waker().wake_by_ref(),
                2 => *keeps.lock().unwrap() = Some(cx.waker().clone()),
                _ => return Poll::Ready(()),
            }
            Poll::Pending
        }));
        let task = next(&by_hand).expect("spawned");
        let (ran, bell, answers) = poll(&by_hand, task, true);
        let Ran::Yielded(task) = ran else { panic!("it woke itself: {ran:?}") };
        assert_eq!((bell.unwrap().counts(), answers), ((1, 0), vec![Answered::Yielded]));
        let (ran, bell, answers) = poll(&by_hand, task, true);
        let bell = bell.expect("given");
        assert!(matches!(ran, Ran::Pending));
        assert_eq!((bell.counts(), answers), ((0, 1), vec![Answered::Pending]));
        // The task's own and the future's.
        assert_eq!(Arc::strong_count(&bell), 2);
        kept.lock().unwrap().take().expect("kept").wake();
        assert_eq!((bell.counts(), Arc::strong_count(&bell)), ((1, 1), 1));
        let (ran, none, answers) = poll(&by_hand, next(&by_hand).expect("woken"), false);
        assert!(matches!(ran, Ran::Done(Outcome::Completed)) && none.is_none());
        assert_eq!(answers, [Answered::Done(Outcome::Completed)]);
        // Late, for nobody.
        bell.wake();
        assert!(next(&by_hand).is_none());
        drop(bell);
        by_hand.shut_down();
    }
}

/// An aborted task is not polled: no waker is asked for.
#[test]
fn a_cancelled_task_gets_no_waker() {
    let by_hand = ByHand::new(());
    let handle = by_hand.spawn(pending::<()>());
    handle.abort();
    let (ran, bell, answers) = poll(&by_hand, next(&by_hand).expect("spawned"), true);
    assert!(matches!(ran, Ran::Done(Outcome::Cancelled)) && bell.is_none());
    assert_eq!(answers, [Answered::Done(Outcome::Cancelled)]);
    by_hand.shut_down();
}

/// Waiting: it is queued. Queued or done: nothing. Stale, also when the slot is another's: nothing.
#[test]
fn wake_for_nothing_wakes_who_waits() {
    for count_wakers in [false, true] {
        for number_tasks in [false, true] {
            let by_hand = ByHand::with(
                Options { count_wakers, first_number: u32::from(number_tasks), ..Options::default() },
                (),
            );
            let mut handle = by_hand.spawn(poll_fn(|cx| {
                // So that it is no orphan.
                std::mem::forget(cx.waker().clone());
                Poll::<()>::Pending
            }));
            let task = handle.abort_handle();
            let scheduled = || by_hand.mailbox.scheduled.load(SeqCst);
            wake_for_nothing(&task);
            assert_eq!((scheduled(), by_hand.run()), (0, 1), "it was queued");
            wake_for_nothing(&task);
            wake_for_nothing(&task);
            assert_eq!((scheduled(), by_hand.run()), (1, 1), "it waited");
            handle.abort();
            assert_eq!(by_hand.run(), 1);
            wake_for_nothing(&task);
            assert_eq!(by_hand.run(), 0, "it is done");
            assert!(outcome(&mut handle).unwrap_err().is_cancelled());
            wake_for_nothing(&task);
            // In its slot, perhaps.
            let others: Vec<JoinHandle<()>> = (0..4).map(|_| by_hand.spawn(pending())).collect();
            by_hand.run();
            wake_for_nothing(&task);
            assert_eq!(by_hand.run(), 0, "it is gone");
            drop(others);
            by_hand.shut_down();
        }
    }
}

/// While it is polled, the wake is kept for after the poll.
#[test]
fn wake_for_nothing_of_the_running_task() {
    let by_hand = ByHand::new(());
    let place = Arc::new(Mutex::new(None));
    let own = Arc::clone(&place);
    let mut polls = 0;
    let handle = by_hand.spawn(poll_fn(move |_| {
        polls += 1;
        wake_for_nothing(&own.lock().unwrap().expect("set before"));
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    }));
    *place.lock().unwrap() = Some(handle.abort_handle());
    assert_eq!(by_hand.run(), 3);
    assert!(handle.is_finished());
    by_hand.shut_down();
}

/// Only while a handle clones the waker, and then it is that handle's task.
#[test]
fn joined_meta_is_the_awaited_task() {
    let by_hand = ByHand::with(Options { count_wakers: true, first_number: 1, ..Options::default() }, ());
    let mut awaited = by_hand.spawn(pending::<()>());
    let bell = Arc::new(Bell::default());
    let waker = relay(Arc::clone(&bell));
    assert!(joined_meta().is_none());
    let mut poll = |waker: &Waker| Pin::new(&mut awaited).poll(&mut Context::from_waker(waker));
    assert!(poll(&waker).is_pending());
    // The same waker again: it is kept already.
    assert!(poll(&waker).is_pending());
    drop(waker.clone());
    assert_eq!(*bell.joins.lock().unwrap(), [Some(1), None]);
    let other = relay(Arc::new(Bell::default()));
    assert!(poll(&other).is_pending());
    assert!(joined_meta().is_none());
    // The word's and the handle's reference are let go.
    drop(waker);
    assert_eq!(Arc::strong_count(&bell), 1);
    drop(awaited);
    by_hand.shut_down();
}

/// A clone that panics leaves nobody behind who joins.
#[test]
fn joined_meta_ends_with_a_panic() {
    struct Bad;
    impl Relay for Bad {
        fn wake(self: &Arc<Self>) {}

        fn cloned(self: &Arc<Self>) {
            panic!("no clones")
        }
    }
    let by_hand = ByHand::new(());
    let (task, mut handle) = by_hand.exec.spawn(async { 7 }, Spawn::here()).expect("not closed");
    let waker = relay(Arc::new(Bad));
    let text = panic_of(|| Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)));
    assert_eq!(text, "no clones");
    assert!(joined_meta().is_none());
    by_hand.seat.enter(|_| drop(task.run()));
    assert_eq!(outcome(&mut handle).expect("it ran"), 7);
    by_hand.shut_down();
}
