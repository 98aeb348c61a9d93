//! Everybody with several workers, in turns, in one process.

use super::cpu;
use super::peer::{Answer, Contestant};
use super::question::{self, Unit};
use crate::only::Only;
use crate::question::About;
use crate::race::{self, Better, Row, Turn};
use crate::section::{Measure, Section};
use crate::stats::Spread;

/// One run of what is left: so many workers, so many rounds after one that is not counted.
pub(super) struct Race<'a> {
    pub(super) only: &'a Only<Contestant>,
    pub(super) workers: usize,
    pub(super) rounds: u32,
}

impl Race<'_> {
    /// `progress` hears of each round before it begins: question, round.
    pub(super) fn run(&self, progress: &mut dyn FnMut(&str, u32)) -> Vec<Section> {
        let mut rows: Vec<(Measure, Row)> = Vec::new();
        let loads = question::about_loads().len();
        for (place, question) in &self.only.questions {
            if *place < loads {
                rows.extend(self.load(*place, question, progress));
            } else {
                rows.extend(self.probe(*place - loads, question, progress));
            }
        }
        Section::sorted(rows)
    }

    /// Time, and processor time. Runtimes live for all rounds, unless they spin.
    fn load(
        &self,
        place: usize,
        question: &About,
        progress: &mut dyn FnMut(&str, u32),
    ) -> [(Measure, Row); 2] {
        let mut answers = self.answers(question);
        let mut ask = |turn: Turn, round: u32| {
            if turn.is_first {
                progress(question.name, round);
            }
            let contestant = &self.only.contestants[turn.place];
            if !contestant.takes_part(question.name) {
                return None;
            }
            if let Some(answer) = &mut answers[turn.place] {
                return Some(measure(answer, place, question.round));
            }
            let mut answer = (contestant.make)(self.workers);
            // What the others had in the round that is not counted.
            answer(place, question.round);
            Some(measure(&mut answer, place, question.round))
        };
        let spreads = race::in_turns(self.only.contestants.len(), self.rounds, &mut ask);
        let row = |figure: usize| {
            let spreads = spreads.iter().map(|spreads| spreads.map(|spreads| spreads[figure]));
            self.row(question.name, question.what, spreads, Better::Less)
        };
        [(Measure::Time, row(0)), (Measure::ProcessorTime, row(1))]
    }

    /// A runtime for each who is asked this and does not spin.
    fn answers(&self, question: &About) -> Vec<Option<Answer>> {
        let answer = |one: &Contestant| {
            (one.takes_part(question.name) && !one.spins).then(|| (one.make)(self.workers))
        };
        self.only.contestants.iter().map(answer).collect()
    }

    fn probe(
        &self,
        place: usize,
        question: &About,
        progress: &mut dyn FnMut(&str, u32),
    ) -> Vec<(Measure, Row)> {
        /// The most that a probe has.
        const FIGURES: usize = 3;
        let about = question::figures(place);
        let spreads = race::in_turns(self.only.contestants.len(), self.rounds, |turn, round| {
            if turn.is_first {
                progress(question.name, round);
            }
            let contestant = &self.only.contestants[turn.place];
            if !contestant.takes_part(question.name) {
                return None;
            }
            let figures = (contestant.probe)(place, self.workers, question.round)?;
            Some(std::array::from_fn::<_, FIGURES, _>(|n| figures.get(n).copied().unwrap_or(f64::NAN)))
        });
        let row = |(place, about): (usize, &question::Figure)| {
            let spreads = spreads.iter().map(|spreads| spreads.map(|spreads| spreads[place]));
            (measure_of(about.unit), self.row(about.name, about.what, spreads, about.better))
        };
        about.iter().enumerate().map(row).collect()
    }

    fn row(
        &self,
        name: &str,
        what: &str,
        spreads: impl Iterator<Item = Option<Spread>>,
        better: Better,
    ) -> Row {
        let times = race::times(&self.only.contestants, spreads);
        Row { question: name.to_owned(), what: what.to_owned(), times, better }
    }
}

fn measure_of(unit: Unit) -> Measure {
    match unit {
        Unit::Nanoseconds => Measure::Time,
        Unit::Microseconds => Measure::Microseconds,
        Unit::Milliseconds => Measure::Milliseconds,
        Unit::Number => Measure::Number,
    }
}

/// Nanoseconds and processor nanoseconds per operation.
fn measure(answer: &mut Answer, place: usize, operations: u32) -> [f64; 2] {
    let before = cpu::time();
    let time = race::time(|| answer(place, operations), operations);
    let cpu = cpu::time().saturating_sub(before);
    [time, cpu.as_secs_f64() * 1e9 / f64::from(operations)]
}
