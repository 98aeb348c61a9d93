//! The product test: what a task does x how it panics x what becomes of its handle x who awaits it x who aborts
//! it and when x when its runtime goes, each combination once on each executor.
//!
//! [`case`] says which combinations there are and which make no sense, [`expect`] what a combination must come
//! to, [`letter`] is the task under test, [`stage`] plays one case and compares. `AIRMAIL_PRODUCT=7` plays every
//! seventh case only, for tools under which all of them take minutes.

#[path = "product/case.rs"]
mod case;
#[path = "product/expect.rs"]
mod expect;
#[path = "common/held.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod held;
#[path = "product/letter.rs"]
mod letter;
#[path = "product/stage.rs"]
mod stage;
#[path = "product/subject.rs"]
mod subject;
#[path = "stress/watchdog.rs"]
mod watchdog;

use case::{Case, ON_ONE_THREAD, On};
use stage::Outsider;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use watchdog::Watchdog;

/// What tokio's `task_combinations.rs` comes to.
const AT_LEAST: usize = 5_976;

/// A case takes microseconds, also under valgrind.
const LIMIT: Duration = Duration::from_mins(1);

/// How many failing cases are described in full.
const SHOWN: usize = 40;

#[test]
fn every_combination() {
    let cases = cases(&ON_ONE_THREAD);
    assert!(cases.len() >= AT_LEAST, "only {} cases", cases.len());
    check(&cases);
}

/// A case takes a hundred times as long, so each number of workers plays some: the steps have no divisor in common with
/// the product's axes, so that all choices meet.
#[test]
fn combinations_on_workers() {
    for (workers, step) in [(1, 7), (2, 11), (8, 71)] {
        check(&cases(&[On::Workers(workers)]).into_iter().step_by(step).collect::<Vec<_>>());
    }
}

/// The combinations that make sense.
fn cases(on: &[On]) -> Vec<Case> {
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    let mut cases = Vec::new();
    case::for_each(on, |case| match case.nonsense() {
        Some(why) => *skipped.entry(why).or_default() += 1,
        None => cases.push(case),
    });
    for (why, count) in &skipped {
        println!("{count:7} skipped: {why}");
    }
    println!("{:7} cases on {on:?}", cases.len());
    cases
}

/// Plays the cases, and describes those that are wrong.
fn check(cases: &[Case]) {
    let step = std::env::var("AIRMAIL_PRODUCT").ok();
    let step = step.map_or(1, |step| step.parse().expect("`AIRMAIL_PRODUCT` is a number"));
    let cases: Vec<_> = cases.iter().copied().step_by(step).collect();
    let start = std::time::Instant::now();
    let wrong = play_all(&cases);
    println!("{:7} cases played in {:.1?}", cases.len(), start.elapsed());
    if !wrong.is_empty() {
        let mut text = format!("{} of {} cases are wrong:\n", wrong.len(), cases.len());
        for (case, what) in wrong.iter().take(SHOWN) {
            let _ = writeln!(text, "{case:?}\n    {what}");
        }
        for (case, _) in wrong.iter().skip(SHOWN) {
            let _ = writeln!(text, "{case:?}");
        }
        panic!("{text}");
    }
}

/// Plays every case; each wrong one with what was wrong.
fn play_all(cases: &[Case]) -> Vec<(Case, String)> {
    /// The panic hook is the process's.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let outsider = Outsider::start();
    let watchdog = Watchdog::new("the product test", LIMIT);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut wrong = Vec::new();
    for &case in cases {
        watchdog.doing(case);
        let played = catch_unwind(AssertUnwindSafe(|| stage::play(case, &outsider)));
        match played {
            Ok(complaints) if complaints.is_empty() => {}
            Ok(complaints) => wrong.push((case, complaints.join("\n    "))),
            Err(payload) => {
                wrong.push((case, format!("the case panicked: {}", letter::text_of(&*payload))));
                // Its drop may panic.
                std::mem::forget(payload);
            }
        }
    }
    std::panic::set_hook(hook);
    wrong
}
