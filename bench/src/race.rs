//! Everybody answers the same question, in turns, in one process.

use crate::only::Only;
use crate::peer::{Contestant, Kind, Who};
use crate::stats::Spread;
use serde::{Deserialize, Serialize};
use std::thread;
use std::time::Instant;

/// One question, and what everybody needed for it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) question: String,
    pub(crate) what: String,
    pub(crate) times: Vec<Time>,
    #[serde(default)]
    pub(crate) better: Better,
}

/// Which figures are the better ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    #[default]
    Less,
    More,
}

impl Better {
    /// The same figure on a scale where less is better.
    pub(crate) fn loss(self, figure: f64) -> f64 {
        match self {
            Better::Less => figure,
            Better::More => figure.recip(),
        }
    }
}

/// What one runtime needed for one operation, in nanoseconds, unless its row is about something else.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Time {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    #[serde(flatten)]
    pub(crate) spread: Spread,
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
pub(crate) fn run(
    only: &Only<Contestant>,
    rounds: u32,
    mut progress: impl FnMut(&str, u32, u32),
) -> Vec<Row> {
    second_thread();
    let mut answers: Vec<_> = only.contestants.iter().map(|contestant| (contestant.make)()).collect();
    let mut rows = Vec::new();
    for &(place, question) in &only.questions {
        let samples = in_turns(answers.len(), rounds, |whose, round| {
            if whose.is_first {
                progress(question.name, round, rounds);
            }
            Some([time(|| answers[whose.place](place, question.round), question.round)])
        });
        let spreads = samples.into_iter().map(|samples| samples.map(|[spread]| spread));
        let times = times(&only.contestants, spreads);
        let (name, what) = (question.name.to_owned(), question.what.to_owned());
        rows.push(Row { question: name, what, times, better: Better::Less });
    }
    rows
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) place: usize,
    /// Nobody had a turn in this round before.
    pub(crate) is_first: bool,
}

/// Gives everybody a turn in each round, and after the round 0, which is not counted, collects their figures: `None`
/// for those who have none.
pub(crate) fn in_turns<const FIGURES: usize>(
    contestants: usize,
    rounds: u32,
    mut ask: impl FnMut(Turn, u32) -> Option<[f64; FIGURES]>,
) -> Vec<Option<[Spread; FIGURES]>> {
    let mut samples = vec![[const { Vec::new() }; FIGURES]; contestants];
    for round in 0..=rounds {
        for turn in 0..contestants {
            // Who begins changes, so that nobody always comes after the same one.
            let place = (turn + round as usize) % contestants;
            let figures = ask(Turn { place, is_first: turn == 0 }, round);
            if let (Some(figures), 1..) = (figures, round) {
                samples[place].iter_mut().zip(figures).for_each(|(samples, figure)| samples.push(figure));
            }
        }
    }
    let spread = |samples: Vec<f64>| Spread::of(&samples);
    let of_one = |samples: [Vec<f64>; FIGURES]| {
        let has_some = samples.iter().all(|samples| !samples.is_empty());
        has_some.then(|| samples.map(spread))
    };
    samples.into_iter().map(of_one).collect()
}

/// A line for each contestant that has figures.
pub(crate) fn times(contestants: &[impl Who], spreads: impl Iterator<Item = Option<Spread>>) -> Vec<Time> {
    let with_figures = contestants.iter().zip(spreads).filter_map(|(one, spread)| Some((one, spread?)));
    with_figures.map(|(one, spread)| Time { name: one.name().to_owned(), kind: one.kind(), spread }).collect()
}

/// Nanoseconds per operation of one round.
pub(crate) fn time(round: impl FnOnce(), operations: u32) -> f64 {
    let started = Instant::now();
    round();
    started.elapsed().as_secs_f64() * 1e9 / f64::from(operations)
}
