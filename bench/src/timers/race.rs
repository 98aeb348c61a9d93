//! Everybody's timers, in turns, in this process.

use super::Awaited;
use super::clocks::{Answer, Contestant};
use super::questions::{QUESTIONS, Question};
use crate::only::Only;
use crate::race::{self, Better, Row};
use crate::section::{Measure, Section};

pub(super) struct Race<'a> {
    pub(super) only: &'a Only<Contestant>,
    /// After one that is not counted.
    pub(super) rounds: u32,
    /// Where a million are armed.
    pub(super) million_rounds: u32,
}

/// What the figures of a question are, and how their rows are called.
fn figures(question: Question) -> &'static [(Measure, &'static str)] {
    use Measure::{Longest, P50, P99, ProcessorTime, Time};
    match question {
        Question::ArmCancel => &[(Time, "arm+cancel")],
        Question::Timeout => &[(Time, "timeout")],
        Question::Million => &[(Time, "arm 1M"), (Time, "cancel 1M"), (ProcessorTime, "1M")],
        Question::Late => &[(P50, "late"), (P99, "late"), (Longest, "late")],
        Question::Burst => &[(P50, "burst"), (P99, "burst"), (Longest, "burst")],
        Question::LateEvents => &[(P50, "late net"), (P99, "late net"), (Longest, "late net")],
    }
}

/// What a row is, if that is not what its question is.
fn what<'a>(row: &str, question: &'a str) -> &'a str {
    match row {
        "arm 1M" => "a million sleeps of a second to an hour are polled once each, in a task",
        "cancel 1M" => "nine of ten of them are dropped, by another thread",
        _ => question,
    }
}

impl Race<'_> {
    /// `progress` hears of each round before it begins: question, round, rounds.
    pub(super) fn run(&self, progress: &mut dyn FnMut(&str, u32, u32)) -> (Vec<Section>, Vec<Awaited>) {
        race::second_thread();
        let contestants = &self.only.contestants;
        let mut answers: Vec<Answer> = contestants.iter().map(|contestant| (contestant.make)()).collect();
        let early =
            |one: &Contestant| Awaited { name: one.name.to_owned(), kind: one.kind, sleeps: 0, early: 0 };
        let mut early: Vec<_> = contestants.iter().map(early).collect();
        let mut rows = Vec::new();
        for (place, about) in &self.only.questions {
            let question = QUESTIONS[*place];
            let rounds = if question == Question::Million { self.million_rounds } else { self.rounds };
            let spreads = race::in_turns(contestants.len(), rounds, |turn, round| {
                if turn.is_first {
                    progress(about.name, round, rounds);
                }
                let figures = answers[turn.place](*place);
                early[turn.place].sleeps += figures.sleeps;
                early[turn.place].early += figures.early;
                Some(figures.all)
            });
            for (figure, (measure, name)) in figures(question).iter().enumerate() {
                let spreads = spreads.iter().map(|spreads| spreads.map(|spreads| spreads[figure]));
                let times = race::times(contestants, spreads);
                let (question, what) = ((*name).to_owned(), what(name, about.what).to_owned());
                rows.push((*measure, Row { question, what, times, better: Better::Less }));
            }
        }
        (Section::sorted(rows), early)
    }
}
