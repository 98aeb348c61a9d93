//! A task of a `task::scope` that does not end well.

use super::common::{PanicsInDrop, panic_of};
use super::{Gone, each};
use airmail::runtime::Builder;
use airmail::task::{JoinError, Scope, scope};
use std::future::pending;
use std::sync::Mutex;

/// A task that never ends, and sets `gone` when it is dropped.
fn waits_for_ever<D: Send + Sync + 'static, T: Send + 'static>(scope: &mut Scope<D, T>, gone: &Gone) {
    let held = gone.at_drop();
    scope.spawn(move |_| {
        Box::pin(async move {
            let _held = held;
            pending().await
        })
    });
}

/// The others are aborted, and gone before the panic goes on.
#[test]
fn a_panic_ends_the_scope() {
    each("a_panic_ends_the_scope", |runtime| {
        let gone = [Gone::default(), Gone::default()];
        let text = panic_of(|| {
            runtime.block_on(async {
                scope((), |scope| {
                    waits_for_ever(scope, &gone[0]);
                    scope.spawn(|()| Box::pin(async { panic!("no stamps") }));
                    waits_for_ever(scope, &gone[1]);
                })
                .await
            })
        });
        assert_eq!(text, "no stamps");
        assert!(gone.iter().all(Gone::is_set));
    });
}

/// An error ends it too, and the data comes back.
#[test]
fn an_error_ends_the_scope() {
    each("an_error_ends_the_scope", |runtime| {
        let gone = Gone::default();
        let (data, answer) = runtime.block_on(async {
            scope(String::from("stamps"), |scope| {
                waits_for_ever(scope, &gone);
                scope.spawn(|data: &String| Box::pin(async move { Err::<u8, String>(format!("no {data}")) }));
            })
            .try_join()
            .await
        });
        assert_eq!((&*data, answer), ("stamps", Err("no stamps".to_owned())));
        assert!(gone.is_set());
    });
}

/// A panic is not an error: it goes on, after the others are gone.
#[test]
fn a_panic_among_tasks_that_answer_results() {
    each("a_panic_among_tasks_that_answer_results", |runtime| {
        let gone = Gone::default();
        let text = panic_of(|| {
            runtime.block_on(async {
                scope((), |scope| {
                    waits_for_ever(scope, &gone);
                    scope.spawn(|()| Box::pin(async { Ok::<u8, u8>(1) }));
                    scope.spawn(|()| Box::pin(async { panic!("no stamps") }));
                })
                .try_join()
                .await
            })
        });
        assert_eq!((&*text, gone.is_set()), ("no stamps", true));
    });
}

/// Every outcome in its place, and none ends the scope.
#[test]
fn collect_takes_panics_and_cancels_as_they_are() {
    each("collect_takes_panics_and_cancels_as_they_are", |runtime| {
        let (data, outcomes) = runtime.block_on(async {
            scope(5, |scope| {
                scope.spawn(|data| Box::pin(async move { data + 1 }));
                scope.spawn(|_| Box::pin(async { panic!("no stamps") }));
                scope.spawn_named("clerk", |_| Box::pin(pending())).abort();
                scope.spawn(|data| {
                    Box::pin(async move {
                        airmail::task::yield_now().await;
                        data + 2
                    })
                });
            })
            .collect()
            .await
        });
        assert_eq!(data, 5);
        let is_cancelled =
            |outcome: &Result<i32, JoinError>| outcome.as_ref().is_err_and(JoinError::is_cancelled);
        assert_eq!((outcomes[0].as_ref().ok(), outcomes[3].as_ref().ok()), (Some(&6), Some(&7)));
        assert!(outcomes[1].as_ref().is_err_and(JoinError::is_panic));
        assert!(is_cancelled(&outcomes[2]));
        assert_eq!(outcomes[2].as_ref().unwrap_err().name(), Some("clerk"));
    });
}

/// Whoever aborts a task of a scope that needs its output hears of it, by the task's name.
#[test]
fn a_task_that_somebody_aborts_ends_the_scope() {
    each("a_task_that_somebody_aborts_ends_the_scope", |runtime| {
        let gone = Gone::default();
        let text = panic_of(|| {
            runtime.block_on(async {
                scope((), |scope| {
                    scope.spawn_named("clerk", |()| Box::pin(pending())).abort();
                    waits_for_ever::<(), u8>(scope, &gone);
                })
                .await
            })
        });
        assert!(text.contains("\"clerk\"") && text.contains("cancelled"), "{text}");
        assert!(text.contains("Scoped::collect"), "{text}");
        assert!(gone.is_set());
    });
}

/// Also among those that answer results.
#[test]
fn try_join_of_a_task_that_somebody_aborts() {
    each("try_join_of_a_task_that_somebody_aborts", |runtime| {
        let text = panic_of(|| {
            runtime.block_on(async {
                scope((), |scope| {
                    scope.spawn_named("clerk", |()| Box::pin(pending())).abort();
                    scope.spawn(|()| Box::pin(async { Ok::<u8, u8>(1) }));
                })
                .try_join()
                .await
            })
        });
        assert!(text.contains("\"clerk\"") && text.contains("Scoped::collect"), "{text}");
    });
}

/// Once is enough: it has nothing more to give.
#[test]
fn a_scope_that_is_awaited_twice() {
    each("a_scope_that_is_awaited_twice", |runtime| {
        let text = panic_of(|| {
            runtime.block_on(async {
                let mut tasks = scope(5, |scope| {
                    scope.spawn(|data| Box::pin(async move { data + 1 }));
                });
                assert_eq!((&mut tasks).await, (5, vec![6]));
                tasks.await
            })
        });
        assert!(text.contains("await it once"), "{text}");
    });
}

/// An output, or data, whose drop panics, when a panic has ended the scope: the process goes on.
#[test]
fn drops_that_panic_amid_a_panic() {
    each("drops_that_panic_amid_a_panic", |runtime| {
        for bad_data in [false, true] {
            let text = panic_of(|| {
                runtime.block_on(async {
                    let data = bad_data.then(|| Mutex::new(PanicsInDrop("the data, on purpose")));
                    scope(data, |scope| {
                        let bad = (!bad_data).then(|| PanicsInDrop("an output, on purpose"));
                        let first = scope.spawn(|_| Box::pin(async { bad }));
                        scope.spawn(move |_| {
                            Box::pin(async move {
                                while !first.is_finished() {
                                    airmail::task::yield_now().await;
                                }
                                panic!("no stamps")
                            })
                        });
                    })
                    .await
                })
            });
            assert!(text.contains("on purpose"), "{text}");
        }
    });
}

/// Drops that panic, of aborted futures: the data comes back all the same.
#[test]
fn drops_that_panic_do_not_keep_the_data() {
    each("drops_that_panic_do_not_keep_the_data", |runtime| {
        let (data, outcomes) = runtime.block_on(async {
            scope(5, |scope| {
                for _ in 0..3 {
                    let task = scope.spawn(|_| {
                        Box::pin(async {
                            let _bad = PanicsInDrop("in a drop, on purpose");
                            pending::<()>().await;
                        })
                    });
                    task.abort();
                }
            })
            .collect()
            .await
        });
        assert_eq!(data, 5);
        assert!(outcomes.iter().all(Result::is_err));
    });
}

/// The runtime of the tasks ends while another one waits for them.
#[test]
fn the_runtime_of_the_tasks_ends() {
    each("the_runtime_of_the_tasks_ends", |runtime| {
        let other = Builder::new_current_thread().build().expect("valid");
        let tasks = {
            let _entered = runtime.enter();
            scope(5, |scope| {
                scope.spawn(|_| Box::pin(pending::<()>()));
                scope.spawn(|_| Box::pin(pending::<()>()));
            })
        };
        drop(runtime);
        let (data, outcomes) = other.block_on(tasks.collect());
        assert_eq!((data, outcomes.len()), (5, 2));
        assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(JoinError::is_cancelled)));
    });
}
