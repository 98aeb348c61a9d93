//! `task::scope`: what is lent comes back, and what the tasks answer.

use super::common::{Drops, Gate, Guard, panic_of, poll_once};
use super::{Gone, Watchdog, each};
use airmail::runtime::Builder;
use airmail::task::{Scope, Scoped, scope, yield_now};
use airmail::time::Duration;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::sync::{Arc, Barrier};

/// The first ends last, and its output is the first all the same. The data is the same one, not a copy.
#[test]
fn outputs_come_in_the_order_of_the_spawns() {
    each("outputs_come_in_the_order_of_the_spawns", |runtime| {
        let letters = vec![String::from("a"), String::from("bb"), String::from("ccc")];
        let place = letters.as_ptr();
        let (letters, lengths) = runtime.block_on(async {
            let last = Gate::new();
            scope(letters, |scope| {
                let waits = last.clone();
                scope.spawn(move |letters| {
                    Box::pin(async move {
                        waits.wait().await;
                        letters[0].len()
                    })
                });
                scope.spawn(|letters| Box::pin(async move { letters[1].len() }));
                scope.spawn(move |letters| {
                    Box::pin(async move {
                        last.open();
                        letters[2].len()
                    })
                });
                assert_eq!(scope.data().len(), 3);
            })
            .await
        });
        assert_eq!((lengths, letters.as_ptr()), (vec![1, 2, 3], place));
    });
}

/// Each waits for the other.
#[test]
fn tasks_run_beside_each_other() {
    each("tasks_run_beside_each_other", |runtime| {
        let (gates, ()) = runtime.block_on(async {
            let (gates, outputs) = scope([Gate::new(), Gate::new()], |scope| {
                for i in 0..2 {
                    scope.spawn(move |gates| {
                        Box::pin(async move {
                            gates[i].open();
                            gates[1 - i].wait().await;
                        })
                    });
                }
            })
            .await;
            assert_eq!(outputs.len(), 2);
            (gates, ())
        });
        drop(gates);
    });
}

/// Each blocks its thread until the other is there.
#[test]
fn tasks_run_at_once() {
    let _watchdog = Watchdog::new("tasks_run_at_once", Duration::from_mins(2));
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("valid");
    runtime.block_on(async {
        let (_, leaders) = scope(Barrier::new(2), |scope| {
            for _ in 0..2 {
                scope.spawn(|both| Box::pin(async move { both.wait().is_leader() }));
            }
        })
        .await;
        assert_eq!(leaders.into_iter().filter(|leads| *leads).count(), 1);
    });
}

#[test]
fn a_scope_without_tasks_gives_the_data_at_once() {
    each("a_scope_without_tasks_gives_the_data_at_once", |runtime| {
        let empty = async {
            let (data, outputs) = scope(7, |_| {}).await;
            assert_eq!((data, outputs), (7, Vec::<()>::new()));
            let (data, outcomes) = scope(7, |_: &mut Scope<i32, ()>| {}).collect().await;
            assert_eq!((data, outcomes.len()), (7, 0));
            scope(7, |_| {}).try_join().await
        };
        assert_eq!(runtime.block_on(empty), (7, Ok::<Vec<()>, ()>(Vec::new())));
    });
}

/// A thousand tasks count in an atomic that they are lent.
#[test]
fn a_thousand_tasks_share_what_they_are_lent() {
    each("a_thousand_tasks_share_what_they_are_lent", |runtime| {
        let (sum, numbers) = runtime.block_on(async {
            scope(AtomicUsize::new(0), |scope| {
                for n in 0..1000 {
                    scope.spawn(move |sum: &AtomicUsize| {
                        Box::pin(async move {
                            yield_now().await;
                            sum.fetch_add(n, SeqCst);
                            n
                        })
                    });
                }
            })
            .await
        });
        assert!(numbers.into_iter().eq(0..1000));
        assert_eq!(sum.into_inner(), 499_500);
    });
}

/// A task of a scope has a scope of its own, which is inside it.
#[test]
fn scopes_nest() {
    each("scopes_nest", |runtime| {
        let sums = runtime.block_on(async {
            let (_, sums) = scope([10, 20], |outer| {
                for i in 0..2 {
                    outer.spawn(move |data| {
                        Box::pin(async move {
                            let (own, parts) = scope(data[i], |inner| {
                                inner.spawn(|own| Box::pin(async move { own + 1 }));
                                inner.spawn(|own| Box::pin(async move { own + 2 }));
                            })
                            .await;
                            own + parts.iter().sum::<i32>()
                        })
                    });
                }
            })
            .await;
            sums
        });
        assert_eq!(sums, [33, 63]);
    });
}

/// A scope that is dropped aborts its tasks. The last to go drops the data.
#[test]
fn a_dropped_scope_aborts_its_tasks() {
    each("a_dropped_scope_aborts_its_tasks", |runtime| {
        let drops = Drops::new();
        let (begun, begins) = mpsc::channel();
        let data = drops.guard();
        let tasks = runtime.block_on(async {
            let mut tasks = Vec::new();
            let dropped = scope(data, |scope| {
                for _ in 0..3 {
                    let begun = begun.clone();
                    let guard = drops.guard();
                    tasks.push(scope.spawn(move |_| {
                        Box::pin(async move {
                            let _guard = guard;
                            let _ = begun.send(());
                            pending::<()>().await;
                        })
                    }));
                }
            });
            for _ in 0..3 {
                while begins.try_recv().is_err() {
                    yield_now().await;
                }
            }
            drop(dropped);
            while tasks.iter().any(|task| !task.is_finished()) {
                yield_now().await;
            }
            tasks
        });
        assert_eq!(tasks.len(), 3);
        drop(runtime);
        drops.assert_each_once(4);
    });
}

/// So does one that is dropped half-way through its wait, in each of the three ways to wait.
#[test]
fn a_scope_that_is_dropped_as_it_is_awaited() {
    type Wait = fn(Scoped<Guard, Result<(), ()>>) -> Pin<Box<dyn Future<Output = ()>>>;
    let waits: [Wait; 3] = [
        |scope| Box::pin(async { drop(scope.await) }),
        |scope| Box::pin(async { drop(scope.collect().await) }),
        |scope| Box::pin(async { drop(scope.try_join().await) }),
    ];
    each("a_scope_that_is_dropped_as_it_is_awaited", |runtime| {
        for wait in waits {
            let drops = Drops::new();
            runtime.block_on(async {
                let mut tasks = Vec::new();
                let mut waiting = wait(scope(drops.guard(), |scope| {
                    tasks.push(scope.spawn(|_| Box::pin(async { Ok(()) })));
                    tasks.push(scope.spawn(|_| Box::pin(pending())));
                }));
                assert!(poll_once(&mut waiting).is_pending());
                drop(waiting);
                while tasks.iter().any(|task| !task.is_finished()) {
                    yield_now().await;
                }
            });
            drops.assert_each_once(1);
        }
    });
}

/// A scope that is forgotten leaves its tasks to themselves, and the data to them.
#[test]
fn a_forgotten_scope_leaves_the_data_to_its_tasks() {
    each("a_forgotten_scope_leaves_the_data_to_its_tasks", |runtime| {
        let (answer, answers) = mpsc::channel();
        let gate = Gate::new();
        runtime.block_on(async {
            let waits = gate.clone();
            std::mem::forget(scope(String::from("still here"), |scope| {
                scope.spawn(move |data: &String| {
                    Box::pin(async move {
                        waits.wait().await;
                        let _ = answer.send(data.clone());
                    })
                });
            }));
            while gate.polls() == 0 {
                yield_now().await;
            }
            gate.open();
            let text = loop {
                match answers.try_recv() {
                    Ok(text) => break text,
                    Err(_) => yield_now().await,
                }
            };
            assert_eq!(text, "still here");
        });
    });
}

/// The body panics: what it spawned is aborted.
#[test]
fn a_body_that_panics_leaves_no_task() {
    each("a_body_that_panics_leaves_no_task", |runtime| {
        let gone = Gone::default();
        let text = panic_of(|| {
            runtime.block_on(async {
                let held = gone.at_drop();
                let _never = scope((), |scope| {
                    scope.spawn(move |()| {
                        Box::pin(async move {
                            let _held = held;
                            pending::<()>().await;
                        })
                    });
                    panic!("no stamps");
                });
            });
        });
        assert_eq!(text, "no stamps");
        drop(runtime);
        assert!(gone.is_set());
    });
}

/// Outside of a runtime nothing can be spawned, and it says so.
#[test]
fn outside_of_a_runtime() {
    let text = panic_of(|| {
        let _never = scope((), |scope| {
            scope.spawn(|()| Box::pin(async {}));
        });
    });
    assert!(text.contains("no airmail runtime here"), "{text}");
}

/// In every order, with every legal fault: the data comes back, after the tasks are gone.
#[test]
fn under_simulation() {
    airmail::sim::explore(300, || async {
        let data = Arc::new(());
        let (lent, outcome) = scope(Arc::clone(&data), |scope| {
            scope.spawn(|_| {
                Box::pin(async {
                    yield_now().await;
                    Err::<(), _>("first")
                })
            });
            for _ in 0..2 {
                scope.spawn(|data| {
                    let own = Arc::clone(data);
                    Box::pin(async move {
                        yield_now().await;
                        drop(own);
                        pending().await
                    })
                });
            }
        })
        .try_join()
        .await;
        assert_eq!(outcome, Err("first"));
        assert_eq!(Arc::strong_count(&lent), 2);
    });
}
