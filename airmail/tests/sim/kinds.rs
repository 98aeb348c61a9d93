//! Each kind of failure is found and named, and nothing else is.

use crate::common::{PanicsInDrop, bad_drop};
use crate::{failure, panics, says, turns};
use airmail::sim::{Failure, Faults, Kind, Sim, Simulation};
use airmail::task::yield_now;
use airmail::time::{Duration, sleep};
use std::future::{pending, poll_fn, ready};
use std::panic::{panic_any, resume_unwind};
use std::task::Poll;

#[track_caller]
fn is(failure: &Failure, kind: Kind, parts: &[&str]) {
    let text = failure.to_string();
    assert_eq!(failure.kind(), kind, "{text}");
    says(&text, parts);
    says(&text, &["to repeat it: AIRMAIL_SEED="]);
}

#[test]
fn a_panic_of_the_body() {
    let found = failure(&Sim::new().name("mail"), || panics(1, "no stamp"));
    is(
        &found,
        Kind::Panic,
        &["panic: mail fails with seed 0, run 1 of 1000", "the body panicked at", "no stamp"],
    );
    says(found.message(), &["tests/sim/main.rs:", ": no stamp"]);
}

#[test]
fn a_panic_in_the_closure_that_makes_the_body() {
    let found = failure(&Sim::new(), || {
        assert!(Simulation::current().is_none(), "no body");
        ready(())
    });
    is(&found, Kind::Panic, &["the body panicked at", "no body"]);
}

/// The task's own panic is told, with its own line, though others panicked before.
#[test]
fn a_panic_of_a_task_that_nobody_awaits() {
    let line = line!() + 3;
    let found = failure(&Sim::new(), || async {
        assert!(airmail::spawn(async { panic!("seen") }).await.is_err());
        airmail::spawn(async { panic!("unseen") });
        sleep(Duration::from_millis(1)).await;
    });
    is(&found, Kind::Panic, &["panicked, and nobody awaited its handle: unseen", "task 3 (spawned at"]);
    let place = format!("kinds.rs:{line}:");
    assert!(found.message().contains(&place), "not at {place}: {}", found.message());
}

#[test]
fn a_panic_in_a_drop() {
    let found = failure(&Sim::new(), || async {
        let waits = airmail::spawn(bad_drop(Poll::Pending, "in the drop"));
        yield_now().await;
        waits.abort();
        assert!(waits.await.is_err());
    });
    is(&found, Kind::Panic, &["dropping its future panicked: in the drop"]);
    let found = failure(&Sim::new(), || async {
        drop(airmail::spawn(async { PanicsInDrop("of the output") }));
        sleep(Duration::from_millis(1)).await;
    });
    is(&found, Kind::Panic, &["dropping its output panicked: of the output"]);
    // The end of the run drops what is left.
    let found = failure(&Sim::new().leaks(true), || async {
        airmail::spawn(bad_drop(Poll::Pending, "at the end"));
        yield_now().await;
    });
    is(&found, Kind::Panic, &["dropping its future panicked: at the end"]);
}

/// The body's answer is formatted and dropped by the simulation, which survives that.
#[test]
fn a_panic_of_the_answer() {
    #[derive(Clone)]
    struct Mute;
    impl std::fmt::Debug for Mute {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("nothing to say")
        }
    }
    let found = failure(&Sim::new(), || async { Err::<(), _>(Mute) });
    is(&found, Kind::Panic, &["nothing to say"]);
    let found = failure(&Sim::new(), || async { Ok::<_, u32>(PanicsInDrop("of the answer")) });
    is(&found, Kind::Panic, &["of the answer"]);
}

#[test]
fn a_panic_without_a_text() {
    async fn of_a_number() {
        panic_any(7)
    }
    async fn silent() {
        resume_unwind(Box::new(7))
    }
    async fn in_turn() {
        panic_any(PanicsInDrop("of the payload"))
    }
    let found = failure(&Sim::new(), silent);
    is(&found, Kind::Panic, &["the body panicked: (a panic payload that is no text)"]);
    let found = failure(&Sim::new(), of_a_number);
    is(&found, Kind::Panic, &["the body panicked at", "(a panic payload that is no text)"]);
    let found = failure(&Sim::new(), || async {
        airmail::spawn(of_a_number());
        yield_now().await;
    });
    is(&found, Kind::Panic, &["(a panic payload that is no text) (at "]);
    // One whose drop panics too is no reason to lose the report.
    let found = failure(&Sim::new(), in_turn);
    is(&found, Kind::Panic, &["the body panicked at", "(a panic payload that is no text)"]);
}

#[test]
fn an_error() {
    let found = failure(&Sim::new(), || async {
        yield_now().await;
        let number: u32 = "seven".parse::<u32>()?;
        Ok::<_, std::num::ParseIntError>(number)
    });
    is(&found, Kind::Error, &["the body answered Err(ParseIntError { kind: InvalidDigit })"]);
}

/// Two tasks that await each other, and a third that awaits nothing of that.
#[test]
fn a_deadlock_of_two_that_await_each_other() {
    for faults in [Faults::none(), Faults::legal()] {
        let found = failure(&Sim::new().faults(faults), || async {
            let (give, take) = futures::channel::oneshot::channel::<airmail::task::JoinHandle<()>>();
            let one = airmail::spawn(async move { take.await.unwrap().await.unwrap() });
            let other = airmail::spawn(async move { one.await.unwrap() });
            give.send(other).unwrap();
            pending::<()>().await;
        });
        is(
            &found,
            Kind::Deadlock,
            &[
                "nothing is ready, no timer is set",
                "task 2 (spawned at",
                "awaits the end of task 3\n",
                "awaits the end of task 2\n",
            ],
        );
    }
}

/// It waits for a sender that is not dropped, and was polled more than once since it gave its waker.
#[test]
fn a_deadlock_names_who_keeps_the_waker() {
    for faults in [Faults::none(), Faults::none().reordered_wakes(true), Faults::none().spurious_polls(500)] {
        let found = failure(&Sim::new().faults(faults), || async {
            let (give, mut take) = futures::channel::oneshot::channel::<()>();
            let waits = airmail::spawn(async move {
                let mut also = airmail::spawn(async {
                    sleep(Duration::from_millis(1)).await;
                });
                futures::future::select(&mut take, &mut also).await;
                take.await
            });
            let answer = waits.await;
            drop(give);
            answer.unwrap().unwrap();
        });
        is(
            &found,
            Kind::Deadlock,
            &[
                "task 1 \"main\" (spawned at",
                "awaits the end of task 2",
                "task 2 (spawned at",
                "waits; wakers of it that are kept: 1",
                "kept by futures_channel::oneshot",
                "in sim::kinds::",
            ],
        );
    }
}

#[test]
fn a_forgotten_waker_is_told() {
    for faults in [Faults::none(), Faults::legal()] {
        let found = failure(&Sim::new().faults(faults), || async {
            airmail::spawn(poll_fn(|cx| {
                drop(cx.waker().clone());
                Poll::<()>::Pending
            }))
            .await
            .unwrap();
        });
        is(&found, Kind::Deadlock, &[": nobody has a waker of it, so nobody can wake it"]);
        assert!(
            !found
                .to_string()
                .contains("kept by sim::kinds::a_forgotten_waker_is_told at tests/sim/kinds.rs:1:")
        );
    }
}

#[test]
fn a_timer_is_no_deadlock() {
    Sim::new().seeds(20).explore(|| async {
        let waits = airmail::spawn(pending::<()>());
        sleep(Duration::from_hours(24 * 365)).await;
        waits.abort();
        assert!(waits.await.is_err());
    });
}

#[test]
fn a_leak() {
    let leaky = || async {
        airmail::spawn(pending::<()>());
        airmail::task::Builder::new().name("ticker").spawn(sleep(Duration::from_millis(1))).unwrap();
        yield_now().await;
    };
    let found = failure(&Sim::new(), leaky);
    is(
        &found,
        Kind::Leak,
        &["tasks left over: the body fails", "task 2 (spawned at", "task 3 \"ticker\" (spawned at"],
    );
    Sim::new().leaks(true).seeds(20).explore(leaky);
}

/// What can end by itself is no leak, and time stands still meanwhile.
#[test]
fn what_ends_by_itself_is_no_leak() {
    Sim::new().faults(Faults::legal()).seeds(200).explore(|| async {
        let (mut give, take) = futures::channel::mpsc::channel::<u32>(1);
        airmail::spawn(async move {
            use futures::{SinkExt, StreamExt};
            airmail::spawn(async move {
                for n in 0..5 {
                    give.send(n).await.unwrap();
                }
            });
            assert_eq!(take.count().await, 5);
        });
    });
    let found = failure(&Sim::new(), || async {
        let start = airmail::time::Instant::now();
        airmail::spawn(async move {
            turns(20).await;
            assert_eq!(start.elapsed(), Duration::ZERO);
            sleep(Duration::from_millis(1)).await;
            unreachable!("time stands still");
        });
    });
    is(&found, Kind::Leak, &["task 2 (spawned at"]);
}

#[test]
fn no_end() {
    let sim = Sim::new().max_polls(500).seeds(5);
    let found = failure(&sim, || turns(u32::MAX));
    is(&found, Kind::Endless, &["no end: the body fails", "after 500 polls", "task 1 \"main\"", "is ready"]);
    let found = failure(&sim, || async {
        for _ in 0..u32::MAX {
            sleep(Duration::from_millis(1)).await;
        }
    });
    is(&found, Kind::Endless, &["time jumps by 1ms"]);
    // After the body is done, too.
    let found = failure(&sim, || async {
        airmail::spawn(turns(u32::MAX));
    });
    is(&found, Kind::Endless, &["task 2 (spawned at"]);
    // One poll less is allowed.
    Sim::new().max_polls(500).seeds(3).explore(|| turns(499));
    failure(&Sim::new().max_polls(499).seeds(3), || turns(499));
}
