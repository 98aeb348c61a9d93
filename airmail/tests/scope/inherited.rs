//! Values that tasks inherit, and those that they do not.

use super::common::{panic_of, poll_once};
use super::each;
use airmail::task::{inherit, scope};
use airmail::time::{Duration, Instant, deadline, with_deadline};
use std::future::pending;
use std::pin::pin;
use std::sync::mpsc;
use std::thread;

airmail::task_local! {
    /// Attributes and visibility as for any other key.
    #[allow(dead_code, reason = "a key without values")]
    pub(crate) inherited static EMPTY: String;
    inherited static REQUEST: u32;
    static OWN: u32;
    inherited static NAME: String
}

type Seen = (Option<u32>, Option<u32>, Option<String>);

fn here() -> Seen {
    (REQUEST.try_get().ok(), OWN.try_get().ok(), NAME.try_get().ok())
}

fn some(request: u32, name: &str) -> Seen {
    (Some(request), None, Some(name.to_owned()))
}

/// What is here at the call goes along, on whatever thread; later and inner values do not.
#[test]
fn the_values_of_the_call_go_along() {
    each("the_values_of_the_call_go_along", |runtime| {
        runtime.block_on(NAME.scope(
            "Ada".into(),
            OWN.scope(
                1,
                REQUEST.scope(7, async {
                    assert_eq!(airmail::spawn(async { here() }).await.unwrap(), (None, None, None));
                    let child = inherit(async {
                        let inner = REQUEST.scope(8, async { here() }).await;
                        (here(), inner)
                    });
                    let child = REQUEST.sync_scope(9, || airmail::spawn(child));
                    assert_eq!(child.await.unwrap(), (some(7, "Ada"), some(8, "Ada")));
                    assert_eq!(here(), (Some(7), Some(1), Some("Ada".into())));
                }),
            ),
        ));
        assert_eq!(here(), (None, None, None));
    });
}

/// Children of children, by a scope.
#[test]
fn scopes_pass_values_on() {
    each("scopes_pass_values_on", |runtime| {
        let seen = runtime.block_on(REQUEST.scope(7, async {
            let ((), seen) = scope((), |outer| {
                outer.spawn(|()| Box::pin(async { here().0 }));
                outer.inherit();
                outer.spawn(|()| {
                    Box::pin(async {
                        let ((), seen) = scope((), |inner| {
                            inner.inherit();
                            inner.spawn(|()| Box::pin(async { here().0 }));
                        })
                        .await;
                        seen[0]
                    })
                });
            })
            .await;
            seen
        }));
        assert_eq!(seen, [None, Some(7)]);
    });
}

/// As the values of `LocalKey::scope`.
#[test]
fn a_drop_finds_the_values() {
    struct Sees(mpsc::Sender<Seen>);
    impl Drop for Sees {
        fn drop(&mut self) {
            let _ = self.0.send(here());
        }
    }
    let (sees, seen) = mpsc::channel();
    let make = || {
        let sees = Sees(sees.clone());
        REQUEST.sync_scope(7, || {
            NAME.sync_scope("Ada".into(), || {
                inherit(async move {
                    let _sees = sees;
                    pending::<()>().await;
                })
            })
        })
    };
    // Never polled; polled; dropped on another thread.
    drop(make());
    let mut polled = Box::pin(make());
    assert!(poll_once(&mut polled).is_pending());
    drop(polled);
    let elsewhere = make();
    thread::spawn(move || drop(elsewhere)).join().expect("no panic");
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), vec![some(7, "Ada"); 3]);
}

/// A place that is looked at cannot be filled; those that were filled are emptied again.
#[test]
fn polled_inside_a_look_at_one_of_the_values() {
    let make = || REQUEST.sync_scope(7, || NAME.sync_scope("Ada".into(), || inherit(async { here() })));
    NAME.sync_scope("Bob".into(), || {
        let text = panic_of(|| NAME.with(|_| poll_once(&mut pin!(make()))));
        assert!(text.contains("inside `LocalKey::with` of the same key"), "{text}");
        assert_eq!(here(), (None, None, Some("Bob".into())));
    });
}

/// Keys that get their first value on many threads at once are found by each of them.
#[test]
fn first_values_on_many_threads() {
    airmail::task_local! { inherited static FRESH: usize; }
    let barrier = std::sync::Barrier::new(8);
    thread::scope(|threads| {
        for n in 0..8 {
            let barrier = &barrier;
            threads.spawn(move || {
                barrier.wait();
                let mut child = FRESH.sync_scope(n, || Box::pin(inherit(async { FRESH.get() })));
                assert_eq!(poll_once(&mut child), std::task::Poll::Ready(n));
            });
        }
    });
}

/// Deadlines only shrink, also in a task that inherits one.
#[test]
fn deadlines_shrink() {
    let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build().expect("valid");
    runtime.block_on(async {
        let second = Duration::from_secs(1);
        let start = Instant::now();
        assert_eq!(deadline(), None);
        let outer = with_deadline(start + 2 * second, async {
            let child = inherit(async move {
                let longer = with_deadline(start + 3 * second, async { deadline() }).await;
                let shorter = with_deadline(start + second, async { deadline() }).await;
                (longer, shorter)
            });
            let told = airmail::spawn(child).await.expect("no panic");
            assert_eq!(told, (Ok(Some(start + 2 * second)), Ok(Some(start + second))));
            assert_eq!(airmail::spawn(async { deadline() }).await.expect("no panic"), None);
            with_deadline(start + second, pending::<()>()).await
        });
        assert!(outer.await.expect("the inner one ends first").is_err());
        assert_eq!((start.elapsed(), deadline()), (second, None));
    });
}

/// A scope at its deadline: its tasks are aborted.
#[test]
fn a_deadline_ends_a_scope() {
    let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build().expect("valid");
    runtime.block_on(async {
        let at = Instant::now() + Duration::from_secs(1);
        let mut task = None;
        let answer = with_deadline(at, async {
            scope((), |scope| {
                scope.inherit();
                task = Some(scope.spawn(move |()| {
                    Box::pin(async move {
                        assert_eq!(deadline(), Some(at));
                        pending::<()>().await;
                    })
                }));
            })
            .await
        });
        assert!(answer.await.is_err());
        let task = task.expect("it was spawned");
        while !task.is_finished() {
            airmail::task::yield_now().await;
        }
        assert_eq!(Instant::now(), at);
    });
}
