//! The exploration itself.

use crate::common::{child, panic_of};
use crate::{failure, says, turns};
use airmail::sim::{Explored, Faults, Kind, Sim, Simulation, explore};
use airmail::time::{Duration, sleep};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

#[test]
fn a_failure_is_a_panic_with_the_whole_report() {
    let body = || async { assert!(airmail::spawn(turns(1)).await.is_err(), "on purpose") };
    let text = panic_of(|| Sim::new().name("mail").seeds(5).explore(body));
    let found = failure(&Sim::new().name("mail").seeds(5), body);
    // But for the line that spawned the body, which is the line that explores.
    says(&text, &["panic: mail fails with seed 0, run 1 of 5\nthe body panicked at", found.message()]);
    let text = panic_of(|| explore(3, body));
    says(
        &text,
        &["panic: the body fails with seed 0, run 1 of 3\n", "to repeat it: AIRMAIL_SEED=0 cargo test"],
    );
    // The test is what its thread is called, unless it is known better.
    let here = std::thread::Builder::new().name("mail::arrives".to_owned());
    let text = here.spawn(move || panic_of(|| explore(3, body))).unwrap().join().unwrap();
    says(&text, &["AIRMAIL_SEED=0 cargo test mail::arrives\n"]);
    let text = panic_of(|| Sim::for_test("post::office", "opens", "/nowhere").keep_in(None).explore(body));
    says(&text, &["panic: office::opens fails", "AIRMAIL_SEED=0 cargo test office::opens\n"]);
}

/// The body's task is spawned where somebody explores.
#[test]
fn the_body_is_a_task_of_the_exploring_line() {
    let (sim, line) = (Sim::new(), line!());
    sim.seeds(1).explore(|| async move {
        let handle = airmail::runtime::Handle::current();
        let own = handle.tasks().into_iter().find(|task| task.meta.id == airmail::task::id()).unwrap();
        assert_eq!((own.meta.name, own.meta.location.line()), (Some("main"), line));
        assert!(own.meta.location.file().ends_with("explore.rs"));
    });
}

#[test]
fn no_seeds_is_an_error() {
    let text = panic_of(|| Sim::new().seeds(0).try_explore(|| async {}));
    says(&text, &["a simulation of 0 seeds would not run"]);
}

/// Seeds wrap around, and each is run once.
#[test]
fn the_last_seed_is_followed_by_the_first() {
    let seeds = RefCell::new(Vec::new());
    let explored = Sim::new().first_seed(u64::MAX - 1).seeds(4).check_every(0).explore(|| {
        seeds.borrow_mut().push(Simulation::current().unwrap().seed());
        turns(1)
    });
    assert_eq!(seeds.into_inner(), [u64::MAX - 1, u64::MAX, 0, 1]);
    assert_eq!((explored.schedules(), explored.polls()), (4, 8));
}

/// Every so many seeds a run is repeated, the first one always.
#[test]
fn checks_are_runs_besides() {
    for (every, more) in [(0, 0), (1, 10), (3, 4), (64, 1)] {
        let runs = Cell::new(0);
        let explored = Sim::new().seeds(10).check_every(every).explore(|| {
            runs.set(runs.get() + 1);
            turns(2)
        });
        assert_eq!((explored.schedules(), explored.polls(), runs.get()), (10, 30, 10 + more));
    }
}

/// A body may borrow what is around, in the closure; its future may not.
#[test]
fn a_body_may_borrow() {
    let (text, counts) = (String::from("letter"), Cell::new(0));
    let explored = Sim::new().seeds(10).explore(|| {
        counts.set(counts.get() + 1);
        let own = text.clone();
        async move { assert_eq!(own, "letter") }
    });
    assert!(counts.get() > 10);
    says(&explored.to_string(), &["10 schedules, 10 polls in ", " a second"]);
    assert!(explored.per_second() > 0.0 && explored.elapsed() > Duration::ZERO);
}

/// With `?`.
#[test]
fn a_body_may_answer_a_result() {
    Sim::new().seeds(10).explore(|| async {
        let number: i32 = "7".parse()?;
        airmail::spawn(async move { assert_eq!(number, 7) }).await?;
        Ok::<_, Box<dyn std::error::Error>>(())
    });
    let found = failure(&Sim::new().faults(Faults::none().drop_tasks(300)), || async {
        airmail::spawn(sleep(Duration::from_millis(1))).await?;
        Ok::<_, airmail::task::JoinError>(())
    });
    assert_eq!(found.kind(), Kind::Error);
    says(found.message(), &["the body answered Err(JoinError(task 2 (spawned at ", "was cancelled"]);
}

/// The answers of all seeds together do not depend on how they are cut into explorations.
#[test]
fn the_same_seeds_make_the_same_number() {
    let run = |first: u64, seeds: u64| {
        let sim = Sim::new().first_seed(first).seeds(seeds).faults(Faults::legal());
        sim.explore(|| async {
            let tasks: Vec<_> = (0..4).map(|n| airmail::spawn(turns(n))).collect();
            for task in tasks {
                task.await.unwrap();
            }
        })
    };
    assert_eq!(run(0, 30).hash(), run(0, 30).hash());
    let hashes: BTreeSet<_> = (0..10).map(|first| run(first, 5)).map(|run: Explored| run.hash()).collect();
    assert_eq!(hashes.len(), 10);
}

/// Whoever waits for long hears how far it is, and others do not.
#[test]
fn a_short_exploration_says_little() {
    let output = child::process("explore::a_short_exploration_says_little", || {
        Sim::new().name("short").seeds(300).explore(|| turns(1));
    });
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("short: 300 schedules, 600 polls in "), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
