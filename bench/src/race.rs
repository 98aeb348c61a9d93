//! Everybody answers the same question, in turns, in one process.

use crate::only::Only;
use crate::peer::{Answer, Kind};
use crate::stats::Spread;
use serde::{Deserialize, Serialize};
use std::thread;
use std::time::Instant;

/// One question, and what everybody needed for it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) question: String,
    pub(crate) what: String,
    pub(crate) times: Vec<Time>,
}

/// What one runtime needed for one operation, in nanoseconds.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Time {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    #[serde(flatten)]
    pub(crate) nanoseconds: Spread,
}

/// The C library's allocator takes its locks once a second thread was started, and is slower then. Some contestants
/// start one, as most programs do; with this one it does not matter which contestants are picked.
pub(crate) fn second_thread() {
    thread::spawn(|| {
        loop {
            thread::park();
        }
    });
}

/// Asks each question `rounds` times after a first that is not counted. `progress` hears of each round before it
/// begins: question, round, rounds.
pub(crate) fn run(only: &Only, rounds: u32, mut progress: impl FnMut(&str, u32, u32)) -> Vec<Row> {
    second_thread();
    let mut answers: Vec<_> = only.contestants.iter().map(|contestant| (contestant.make)()).collect();
    let mut rows = Vec::new();
    for &(place, question) in &only.questions {
        let mut samples = vec![Vec::new(); answers.len()];
        for round in 0..=rounds {
            progress(question.name, round, rounds);
            for turn in 0..answers.len() {
                // Who begins changes, so that nobody always comes after the same one.
                let whose = (turn + round as usize) % answers.len();
                let time = time(&mut answers[whose], place, question.round);
                if round > 0 {
                    samples[whose].push(time);
                }
            }
        }
        let times = only.contestants.iter().zip(&samples).map(|(contestant, samples)| Time {
            name: contestant.name.to_owned(),
            kind: contestant.kind,
            nanoseconds: Spread::of(samples),
        });
        let (name, what) = (question.name.to_owned(), question.what.to_owned());
        rows.push(Row { question: name, what, times: times.collect() });
    }
    rows
}

/// Nanoseconds per operation of one round.
fn time(answer: &mut Answer, question: usize, operations: u32) -> f64 {
    let started = Instant::now();
    answer(question, operations);
    started.elapsed().as_secs_f64() * 1e9 / f64::from(operations)
}
