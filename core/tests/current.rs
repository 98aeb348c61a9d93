//! Which task is current, and what that means for wake-ups.

mod common;

use airmail_core::{Exec, JoinHandle, Options, Root, Spawn, coop};
use common::{ByHand, outcome};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// Does something when it is woken.
#[derive(Default)]
struct Does(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Does {
    fn wake(self: Arc<Self>) {
        let does = self.0.lock().unwrap().take();
        does.expect("woken once")();
    }
}

/// Spawns a task that ends at once, runs it, and takes its output.
fn use_a_slot(exec: Exec<()>) {
    let (task, mut handle) = exec.spawn(async { 1_u8 }, Spawn::here()).expect("open");
    let _ = task.run();
    assert_eq!(outcome(&mut handle).expect("it answered"), 1);
}

/// The first part of an id.
fn slot_of<T>(handle: &JoinHandle<T>) -> String {
    handle.id().to_string().split('.').next().expect("two parts").to_owned()
}

/// While the joiner of an ended task is woken, that task is still the current one. Its slot may go to other tasks
/// meanwhile, and a wake-up of one of those is no wake-up by itself, whatever the generation's low bits say.
fn wakes_of_another_task(uses: usize) -> usize {
    let hand = ByHand::new(());
    let scheduled = Arc::new(AtomicUsize::new(usize::MAX));
    let (task, mut handle) = hand.exec.spawn(async { 1_u8 }, Spawn::here()).expect("open");
    let slot = slot_of(&handle);
    let joiner = Arc::new(Does::default());
    let waker = Waker::from(Arc::clone(&joiner));
    assert!(pin!(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
    let (exec, mailbox, told) = (hand.exec, Arc::clone(&hand.mailbox), Arc::clone(&scheduled));
    *joiner.0.lock().unwrap() = Some(Box::new(move || {
        let _unconstrained = coop::unconstrained();
        assert_eq!(outcome(&mut handle).expect("it answered"), 1);
        (1..uses).for_each(|_| use_a_slot(exec));
        let kept = Arc::new(Mutex::new(None::<Waker>));
        let keeps = Arc::clone(&kept);
        let waits = poll_fn(move |cx| {
            *keeps.lock().unwrap() = Some(cx.waker().clone());
            Poll::<u8>::Pending
        });
        let (task, waits) = exec.spawn(waits, Spawn::here()).expect("open");
        assert_eq!(slot_of(&waits), slot);
        let _ = task.run();
        let before = mailbox.scheduled.load(SeqCst);
        kept.lock().unwrap().take().expect("it was polled").wake();
        told.store(mailbox.scheduled.load(SeqCst) - before, SeqCst);
    }));
    hand.seat.enter(|_| drop(task.run()));
    hand.shut_down();
    scheduled.load(SeqCst)
}

#[test]
fn an_ended_task_notes_no_wake_up() {
    assert_eq!(wakes_of_another_task(65_535), 1);
    assert_eq!(wakes_of_another_task(65_536), 1);
}

fn root() -> Root {
    Root::new(Waker::noop().clone(), &Options::default(), Spawn::here())
}

/// A future that is ready once the number of its polls is reached, and keeps its waker.
fn polls(needed: usize) -> (Arc<Mutex<Option<Waker>>>, impl Future<Output = ()> + Unpin) {
    let kept = Arc::new(Mutex::new(None));
    let (keeps, mut polls) = (Arc::clone(&kept), 0);
    let future = poll_fn(move |cx| {
        *keeps.lock().unwrap() = Some(cx.waker().clone());
        polls += 1;
        if polls == needed { Poll::Ready(()) } else { Poll::Pending }
    });
    (kept, future)
}

fn wake(kept: &Mutex<Option<Waker>>) {
    kept.lock().unwrap().clone().expect("it was polled").wake();
}

/// A root that is woken on its own thread is due, once for any number of wake-ups; so is one that is woken from
/// elsewhere, and one that is woken from both sides.
#[test]
fn a_root_is_due_when_it_was_woken() {
    let ((kept, future), mut root) = (polls(5), root());
    let mut future = pin!(future);
    let mut step = |expect_due: bool, root: &mut Root| {
        assert_eq!(root.is_due(), expect_due);
        root.poll(future.as_mut())
    };
    let elsewhere = || std::thread::scope(|scope| drop(scope.spawn(|| wake(&kept)).join()));
    assert!(step(true, &mut root).is_pending(), "the first poll");
    assert!(step(false, &mut root).is_pending());
    wake(&kept);
    wake(&kept);
    assert!(step(true, &mut root).is_pending(), "woken here");
    assert!(step(false, &mut root).is_pending());
    elsewhere();
    assert!(step(true, &mut root).is_pending(), "woken elsewhere");
    assert!(step(false, &mut root).is_pending());
    wake(&kept);
    elsewhere();
    assert!(step(true, &mut root).is_pending(), "woken here and elsewhere");
    assert!(step(false, &mut root).is_pending(), "one poll answered both");
    elsewhere();
    wake(&kept);
    assert!(step(true, &mut root).is_ready());
}

/// Roots inside each other: a wake-up of the outer one while the inner one is there is not lost.
#[test]
fn an_outer_root_hears_of_its_wake_ups() {
    let ((kept, outer_future), mut outer) = (polls(4), root());
    let mut outer_future = pin!(outer_future);
    assert!(outer.poll(outer_future.as_mut()).is_pending());
    wake(&kept);
    {
        let ((inner_kept, inner_future), mut inner) = (polls(2), root());
        let mut inner_future = pin!(inner_future);
        assert!(inner.poll(inner_future.as_mut()).is_pending());
        assert!(!inner.is_due(), "the outer root's wake-up is not the inner one's");
        wake(&inner_kept);
        assert!(inner.poll(inner_future.as_mut()).is_ready());
    }
    assert!(outer.is_due(), "woken before the inner one came");
    assert!(outer.poll(outer_future.as_mut()).is_pending());
    {
        let _inner = root();
        wake(&kept);
    }
    assert!(outer.is_due(), "woken while the inner one was there");
    assert!(outer.poll(outer_future.as_mut()).is_pending());
    wake(&kept);
    assert!(outer.poll(outer_future.as_mut()).is_ready());
}

/// Roots that are not dropped in a stack's order: no wake-up is noted for a root that is gone.
#[test]
fn roots_in_any_order() {
    let ((first_kept, first_future), mut first) = (polls(2), root());
    let ((second_kept, second_future), mut second) = (polls(3), root());
    let (mut first_future, mut second_future) = (pin!(first_future), pin!(second_future));
    assert!(first.poll(first_future.as_mut()).is_pending());
    assert!(second.poll(second_future.as_mut()).is_pending());
    drop(first);
    wake(&first_kept);
    assert!(!second.is_due());
    wake(&second_kept);
    assert!(second.poll(second_future.as_mut()).is_pending());
    drop(second);
    wake(&second_kept);
    wake(&first_kept);
    let ((kept, future), mut third) = (polls(2), root());
    let mut future = pin!(future);
    assert!(third.poll(future.as_mut()).is_pending());
    assert!(!third.is_due());
    wake(&kept);
    assert!(third.poll(future.as_mut()).is_ready());
}

/// The handle is two words, which a spawn returns in registers.
#[test]
fn a_handle_is_two_words() {
    assert_eq!(size_of::<JoinHandle<[u64; 9]>>(), 16);
    assert_eq!(size_of::<Option<JoinHandle<[u64; 9]>>>(), 16);
}

/// A root whose future panicked can be polled again, and still hears of wake-ups.
#[test]
fn a_root_goes_on_after_a_panic() {
    let mut root = root();
    let kept = Arc::new(Mutex::new(None::<Waker>));
    let (keeps, mut polls) = (Arc::clone(&kept), 0);
    let mut future = pin!(poll_fn(|cx| {
        *keeps.lock().unwrap() = Some(cx.waker().clone());
        polls += 1;
        assert_ne!(polls, 1, "the first poll");
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    }));
    assert!(common::panic_of(|| root.poll(future.as_mut())).contains("the first poll"));
    assert!(root.is_due());
    assert!(root.poll(future.as_mut()).is_pending());
    assert!(!root.is_due());
    std::thread::scope(|scope| drop(scope.spawn(|| wake(&kept)).join()));
    assert!(root.is_due(), "woken elsewhere");
    assert!(root.poll(future.as_mut()).is_ready());
    assert!(!root.is_due());
}
