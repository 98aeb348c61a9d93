//! What a failure prints repeats it: in this process, and through the environment in another one.

use crate::common::{child, panic_of};
use crate::{failure, panics, says, turns};
use airmail::sim::{Failure, Faults, Kind, Replay, Sim, Strategy};
use airmail::task::yield_now;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Two that read, wait, and write.
async fn loses_an_update() {
    let count = Arc::new(AtomicU32::new(0));
    let add = || {
        let count = Arc::clone(&count);
        async move {
            let before = count.load(Relaxed);
            if before == 0 {
                yield_now().await;
            }
            count.store(before + 1, Relaxed);
        }
    };
    // First in, first out, the others are done before these.
    let tasks = [airmail::spawn(add()), airmail::spawn(turns(1)), airmail::spawn(async {})];
    for task in tasks {
        task.await.unwrap();
    }
    let late = airmail::spawn(add());
    late.await.unwrap();
    assert_eq!(count.load(Relaxed), 2, "an update is lost");
}

/// Fails only if the second of two tasks is polled before the first.
async fn minds_the_order() {
    let last = Arc::new(AtomicU32::new(0));
    let write = |n| {
        let last = Arc::clone(&last);
        async move { last.store(n, Relaxed) }
    };
    let noise: Vec<_> = (0..5).map(|_| airmail::spawn(turns(4))).collect();
    let (one, other) = (airmail::spawn(write(1)), airmail::spawn(write(2)));
    one.await.unwrap();
    other.await.unwrap();
    for task in noise {
        task.await.unwrap();
    }
    assert_eq!(last.load(Relaxed), 2, "in the wrong order");
}

fn decisions(failure: &Failure) -> usize {
    let text = failure.replay().to_string();
    match text.split_once(':') {
        None => panic!("not made simpler: {text}"),
        Some((_, "-")) => 0,
        Some((_, list)) => list.split('-').count(),
    }
}

#[test]
fn a_correct_program_is_correct() {
    Sim::new().explore(loses_an_update);
}

/// The known bug needs one decision; the noise around it needs none.
#[test]
fn only_what_matters_is_left() {
    for strategy in [Strategy::Mixed, Strategy::Random, Strategy::Pct { depth: 2 }] {
        for faults in [Faults::none(), Faults::legal()] {
            for first in [0, 1000, 77_000] {
                let sim = Sim::new().strategy(strategy).faults(faults).first_seed(first);
                let found = failure(&sim, minds_the_order);
                assert_eq!(decisions(&found), 1, "{found}");
                repeats(&sim, &found, minds_the_order);
            }
        }
    }
}

/// Nothing random is needed for what always fails.
#[test]
fn what_always_fails_needs_no_decision() {
    let sim = Sim::new().first_seed(9).faults(Faults::legal());
    let found = failure(&sim, || async {
        turns(3).await;
        assert!(airmail::spawn(turns(3)).await.is_err(), "always");
    });
    assert_eq!(found.replay().to_string(), "9:-");
    assert_eq!(found.seed(), 9);
    assert_eq!(found.runs(), 1);
}

/// The same failure, by the short string and by the whole seed.
#[track_caller]
fn repeats<F: Future<Output = ()> + 'static>(sim: &Sim, found: &Failure, body: impl Fn() -> F) {
    let parsed: Replay = found.replay().to_string().parse().unwrap();
    assert_eq!(&parsed, found.replay());
    let again = *sim.replay(&parsed, &body).expect_err("it fails again");
    let whole = *sim.replay(&Replay::of_seed(found.seed()), &body).expect_err("it fails again");
    // What is repeated is not made simpler.
    assert_eq!((again.replay(), whole.replay()), (found.replay(), &Replay::of_seed(found.seed())));
    for again in [&again, &whole] {
        assert_eq!((again.kind(), again.seed(), again.runs()), (found.kind(), found.seed(), 1));
    }
    let story = |failure: &Failure| failure.to_string().split_once('\n').unwrap().1.to_owned();
    assert_eq!(story(&again), story(found));
}

#[test]
fn failures_of_every_kind_repeat() {
    let sim = Sim::new().faults(Faults::legal().drop_tasks(50)).max_polls(300);
    let bodies: [fn() -> futures::future::LocalBoxFuture<'static, ()>; 3] = [
        || {
            Box::pin(async {
                let waits: Vec<_> = (0..3).map(|n| airmail::spawn(turns(n))).collect();
                for task in waits {
                    // Who is dropped is waited for without end.
                    if task.await.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
            })
        },
        || {
            Box::pin(async {
                for n in 0..4 {
                    if airmail::spawn(turns(n)).await.is_err() {
                        airmail::spawn(std::future::pending::<()>());
                    }
                }
            })
        },
        || {
            Box::pin(async {
                for n in 0..4 {
                    if airmail::spawn(airmail::time::sleep(airmail::time::Duration::from_millis(n)))
                        .await
                        .is_err()
                    {
                        turns(u32::MAX).await;
                    }
                }
            })
        },
    ];
    let mut kinds = Vec::new();
    for body in bodies {
        let Err(found) = sim.try_explore(body) else { continue };
        assert_ne!(found.kind(), Kind::Nondeterminism, "{found}");
        kinds.push(found.kind());
        repeats(&sim, &found, body);
    }
    assert!(kinds.contains(&Kind::Endless) && kinds.len() >= 2, "{kinds:?}");
}

fn sim() -> Sim {
    Sim::new().name("replay::through_the_environment").faults(Faults::legal())
}

/// The line that is printed, typed.
#[test]
fn through_the_environment() {
    let test = "replay::through_the_environment";
    let found = failure(&sim(), minds_the_order);
    let line = format!("to repeat it: AIRMAIL_SEED={} cargo test {test}", found.replay());
    says(&found.to_string(), &[&line]);
    let rest = found.to_string().split_once('\n').unwrap().1.to_owned();
    let message = found.message().to_owned();
    for (seed, same) in [(found.replay().to_string(), rest), (found.seed().to_string(), message)] {
        let output = child::process_with(test, &[("AIRMAIL_SEED", &seed)], || {
            let again = failure(&sim(), minds_the_order);
            assert_eq!(again.runs(), 1);
            println!("<<{}>>", again.to_string().split_once('\n').unwrap().1);
        });
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&format!("<<{same}")), "{same}\nbut:\n{text}");
    }
}

/// The first word of a line `<<word>>`, or what the child panicked with.
fn answer(test: &str, environment: &[(&str, &str)], inside: impl FnOnce()) -> String {
    let output = child::process_with(test, environment, inside);
    let text = String::from_utf8(output.stdout).unwrap();
    match text.split_once("<<").and_then(|(_, rest)| rest.split_once(">>")) {
        Some((answer, _)) => answer.to_owned(),
        None => format!("{text}{}", String::from_utf8_lossy(&output.stderr)),
    }
}

#[test]
fn the_environment_chooses_the_seeds() {
    let run = |environment: &[(&str, &str)]| {
        answer("replay::the_environment_chooses_the_seeds", environment, || {
            let seeds = std::sync::Mutex::new(Vec::new());
            let explored = Sim::new().seeds(3).check_every(0).explore(|| {
                let seed = airmail::sim::Simulation::current().unwrap().seed();
                seeds.lock().unwrap().push(seed);
                async {}
            });
            println!("<<{} {:?}>>", explored.schedules(), seeds.lock().unwrap());
        })
    };
    assert_eq!(run(&[]), "3 [0, 1, 2]");
    assert_eq!(run(&[("AIRMAIL_SEEDS", "2")]), "2 [0, 1]");
    assert_eq!(run(&[("AIRMAIL_FIRST_SEED", " 7 ")]), "3 [7, 8, 9]");
    assert_eq!(
        run(&[("AIRMAIL_SEEDS", "1"), ("AIRMAIL_FIRST_SEED", "18446744073709551615")]),
        "1 [18446744073709551615]"
    );
    // Once more, to see whether it repeats.
    assert_eq!(run(&[("AIRMAIL_SEED", "41")]), "1 [41, 41]");
    let bad = |name, value| run(&[(name, value)]);
    says(
        &bad("AIRMAIL_SEEDS", "many"),
        &["the environment says AIRMAIL_SEEDS=\"many\"", "a number of schedules"],
    );
    says(&bad("AIRMAIL_SEEDS", "-1"), &["AIRMAIL_SEEDS=\"-1\""]);
    says(&bad("AIRMAIL_SEEDS", "0"), &["a simulation of 0 seeds would not run", "AIRMAIL_SEEDS"]);
    says(&bad("AIRMAIL_FIRST_SEED", ""), &["AIRMAIL_FIRST_SEED=\"\"", "a seed, such as"]);
    says(
        &bad("AIRMAIL_SEED", "41:5"),
        &["AIRMAIL_SEED=\"41:5\"", "\"41:5\" names no run of a simulation", "41:5.1-7.2"],
    );
    says(&bad("AIRMAIL_SEED", ""), &["AIRMAIL_SEED=\"\"", "names no run"]);
}

/// Decisions that the program does not have change nothing; a run that does not fail any more says so by its answer.
#[test]
fn a_replay_of_another_program() {
    let replay: Replay = "3:0.5-7.9-4000000000.3".parse().unwrap();
    let explored = Sim::new().replay(&replay, || turns(5)).expect("nothing is wrong");
    assert_eq!(explored.schedules(), 1);
    assert_eq!(replay.seed(), 3);
    let text = panic_of(|| "1:2".parse::<Replay>().unwrap());
    says(&text, &["BadReplay"]);
}

/// What could not be made simple is named by its seed, not by a page of decisions.
#[test]
fn a_long_replay_is_a_seed() {
    let sim = Sim::new().faults(Faults::none().late_wakes(1000)).max_polls(2000);
    let found = failure(&sim, || async {
        let start = airmail::time::Instant::now();
        while start.elapsed() < airmail::time::Duration::from_millis(700) {
            yield_now().await;
        }
        panics(0, "late").await;
    });
    assert_eq!(found.replay(), &Replay::of_seed(found.seed()), "{found}");
    assert!(found.to_string().len() < 3000, "{found}");
}
