//! Task-local values: where they are visible, and where not.

mod common;

use airmail::task::yield_now;
use common::{Gate, panic_of, poll_once, run};
use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

airmail::task_local! {
    static NUMBER: u32;
}

fn here() -> Option<u32> {
    NUMBER.try_get().ok()
}

/// Sends what it sees when it is polled and when it is dropped.
struct Sees {
    polled: mpsc::Sender<Option<u32>>,
    dropped: mpsc::Sender<Option<u32>>,
    answer: Poll<()>,
}

/// What a future saw when it was polled, and when it was dropped.
type Seen = (mpsc::Receiver<Option<u32>>, mpsc::Receiver<Option<u32>>);

impl Sees {
    fn new(answer: Poll<()>) -> (Sees, Seen) {
        let (polled, polls) = mpsc::channel();
        let (dropped, drops) = mpsc::channel();
        (Sees { polled, dropped, answer }, (polls, drops))
    }
}

impl Future for Sees {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.polled.send(here()).expect("somebody listens");
        self.answer
    }
}

impl Drop for Sees {
    fn drop(&mut self) {
        self.dropped.send(here()).expect("somebody listens");
    }
}

#[test]
fn the_macro_takes_what_statics_look_like() {
    mod inner {
        airmail::task_local! {
            /// Documented.
            pub(super) static SEEN: bool;
            #[allow(dead_code, reason = "an attribute to pass on")]
            static UNSEEN: ();
            pub(super) static MAP: std::collections::HashMap<u8, Vec<u8>>
        }
    }
    airmail::task_local! {}
    airmail::task_local! { static LAST: &'static str }
    inner::SEEN.sync_scope(true, || assert!(inner::SEEN.get()));
    inner::MAP.sync_scope(HashMap::from([(1, vec![2])]), || inner::MAP.with(|map| assert_eq!(map[&1], [2])));
    assert_eq!(LAST.sync_scope("word", || LAST.get()), "word");
    assert_eq!(format!("{LAST:?}"), "LocalKey { .. }");
}

#[test]
fn scopes_nest() {
    run(async {
        assert_eq!(here(), None);
        let outer = NUMBER.scope(1, async {
            assert_eq!(NUMBER.get(), 1);
            NUMBER.scope(2, async { assert_eq!(NUMBER.with(|number| *number), 2) }).await;
            yield_now().await;
            assert_eq!(NUMBER.get(), 1);
            assert_eq!(NUMBER.sync_scope(3, plus_one), 4);
            assert_eq!(NUMBER.get(), 1);
        });
        outer.await;
        assert_eq!(here(), None);
    });
}

fn plus_one() -> u32 {
    NUMBER.get() + 1
}

#[test]
fn each_task_has_its_own() {
    run(async {
        let child = |number| {
            NUMBER.scope(number, async move {
                for _ in 0..10 {
                    assert_eq!(NUMBER.get(), number);
                    yield_now().await;
                }
                // A spawned task does not inherit.
                airmail::spawn(async { assert_eq!(here(), None) }).await.unwrap();
            })
        };
        let tasks: Vec<_> = (0..10).map(|i| airmail::spawn(child(i))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn between_polls_the_future_has_the_value() {
    let gate = Gate::new();
    let mut future = Box::pin(NUMBER.scope(1, gate.wait()));
    assert!(poll_once(&mut future).is_pending());
    assert_eq!(here(), None);
    assert_eq!(format!("{future:?}"), "TaskLocalFuture { value: Some(1), .. }");
    // And takes it along.
    gate.open();
    std::thread::spawn(move || assert!(poll_once(&mut future).is_ready())).join().unwrap();
}

#[test]
fn the_future_is_dropped_with_its_value() {
    // Never polled.
    let (sees, (polls, drops)) = Sees::new(Poll::Pending);
    NUMBER.sync_scope(7, || drop(NUMBER.scope(1, sees)));
    assert_eq!((polls.try_recv().ok(), drops.try_recv().ok()), (None, Some(Some(1))));

    // When it is ready, not later.
    let (sees, (polls, drops)) = Sees::new(Poll::Ready(()));
    let mut future = Box::pin(NUMBER.scope(2, sees));
    assert!(poll_once(&mut future).is_ready());
    assert_eq!((polls.try_recv().ok(), drops.try_recv().ok()), (Some(Some(2)), Some(Some(2))));
    assert_eq!(here(), None);
}

#[test]
fn an_aborted_task_is_dropped_with_its_value() {
    let (sees, (polls, drops)) = Sees::new(Poll::Pending);
    run(async {
        let task = airmail::spawn(NUMBER.scope(42, sees));
        common::turns(2).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!((polls.try_recv().ok(), drops.try_recv().ok()), (Some(Some(42)), Some(Some(42))));
}

#[test]
fn a_runtime_that_ends_drops_with_the_value() {
    let (sees, (_polls, drops)) = Sees::new(Poll::Pending);
    let runtime = common::runtime();
    runtime.spawn(NUMBER.scope(42, sees));
    drop(runtime);
    assert_eq!(drops.try_recv().ok(), Some(Some(42)));
}

#[test]
fn the_value_lives_as_long_as_the_future() {
    airmail::task_local! { static GUARD: common::Guard; }
    let drops = common::Drops::new();
    let mut future = Box::pin(GUARD.scope(drops.guard(), async {}));
    assert!(poll_once(&mut future).is_ready());
    assert_eq!(drops.count(), 0);
    drop(future);
    drops.assert_each_once(1);
    GUARD.sync_scope(drops.guard(), || ());
    drops.assert_each_once(2);
}

#[test]
fn the_value_can_be_taken_out() {
    let mut future = Box::pin(NUMBER.scope(1, async { here() }));
    assert_eq!(future.as_mut().take_value(), Some(1));
    assert_eq!(future.as_mut().take_value(), None);
    // It goes on without one, and does not see an outer one either.
    let seen = NUMBER.sync_scope(2, || poll_once(&mut future));
    assert_eq!(seen, Poll::Ready(None));

    let mut future = Box::pin(NUMBER.scope(3, async {}));
    assert!(poll_once(&mut future).is_ready());
    assert_eq!(future.as_mut().take_value(), Some(3));
}

/// Finds its value when it is dropped, and panics.
struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        assert_eq!(NUMBER.get(), 4);
        panic!("in the drop");
    }
}

#[test]
fn a_panic_leaves_the_scope() {
    let mut future = Box::pin(NUMBER.scope(1, async { panic!("inside") }));
    NUMBER.sync_scope(2, || {
        assert_eq!(panic_of(|| poll_once::<Pin<Box<_>>>(&mut future)), "inside");
        assert_eq!(NUMBER.get(), 2);
        assert_eq!(panic_of(|| NUMBER.sync_scope(3, || panic!("inside"))), "inside");
        assert_eq!(NUMBER.get(), 2);
    });
    assert_eq!(here(), None);
    assert_eq!(future.as_mut().take_value(), Some(1));

    let guard = Panics;
    let future = NUMBER.scope(4, async move {
        let _guard = guard;
        pending::<()>().await;
    });
    assert_eq!(panic_of(|| drop(future)), "in the drop");
    assert_eq!(here(), None);
}

#[test]
fn a_scope_is_not_entered_while_somebody_looks() {
    NUMBER.sync_scope(1, || {
        // Two may look at once.
        NUMBER.with(|outer| NUMBER.with(|inner| assert_eq!(outer, inner)));

        let text = NUMBER.with(|_| panic_of(|| NUMBER.sync_scope(2, || ())));
        assert!(text.contains("inside `LocalKey::with` of the same key"), "{text}");

        let mut future = Box::pin(NUMBER.scope(3, async { NUMBER.get() }));
        let text = NUMBER.with(|_| panic_of(|| poll_once(&mut future)));
        assert!(text.contains("inside `LocalKey::with` of the same key"), "{text}");
        assert_eq!(poll_once(&mut future), Poll::Ready(3), "the refusal changed nothing");

        // A drop cannot be refused: it finds the outer value.
        let (sees, (_polls, drops)) = Sees::new(Poll::Pending);
        let future = NUMBER.scope(4, sees);
        NUMBER.with(|_| drop(future));
        assert_eq!(drops.try_recv().ok(), Some(Some(1)));
        assert_eq!(NUMBER.get(), 1);
    });
}

#[test]
fn without_a_value() {
    assert!(NUMBER.try_with(|_| ()).is_err());
    let error = NUMBER.try_get().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the task-local `NUMBER` has no value here: give it one with `NUMBER.scope(..)`. A spawned task starts without, \
         unless the key is `inherited` and the task's future goes through `task::inherit`"
    );
    assert_eq!(format!("{error:?}"), r#"AccessError { key: "NUMBER" }"#);
    assert_eq!(panic_of(|| NUMBER.get()), format!("`LocalKey::get`: {error}"));
    assert_eq!(panic_of(|| NUMBER.with(|_| ())), format!("`LocalKey::with`: {error}"));
}

#[test]
fn polled_once_too_often() {
    let mut future = pin!(NUMBER.scope(1, async {}));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_ready());
    let text = panic_of(|| future.as_mut().poll(&mut cx));
    assert!(text.contains("polled after it was ready"), "{text}");
    assert_eq!(here(), None);
}

/// The place may be destroyed before a future that a thread-local holds.
#[test]
fn at_the_end_of_a_thread() {
    struct AtTheEnd(mpsc::Sender<bool>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let without = NUMBER.try_with(|_| ()).is_err();
            // Either the place is still there, or the refusal says why.
            let scoped = std::panic::catch_unwind(|| NUMBER.sync_scope(1, || NUMBER.get()));
            let fine = match scoped {
                Ok(number) => number == 1,
                Err(payload) => common::text(&*payload).contains("being destroyed"),
            };
            self.0.send(without && fine).expect("somebody listens");
        }
    }
    thread_local! {
        static LAST: std::cell::RefCell<Option<AtTheEnd>> = const { std::cell::RefCell::new(None) };
    }
    for number_first in [false, true] {
        let (send, receive) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            if number_first {
                NUMBER.sync_scope(1, || ());
            }
            LAST.with(|last| *last.borrow_mut() = Some(AtTheEnd(send)));
            NUMBER.sync_scope(1, || ());
        });
        thread.join().unwrap();
        assert!(receive.recv().unwrap());
    }
}
