//! A runtime that comes and goes. One operation is a runtime that is built, with its workers, and dropped, without
//! a task.

use crate::multi::peer::Workers;
use crate::multi::question::{Figure, Figures, Probe, Unit};
use crate::race::{self, Better};

pub(crate) struct Built;

impl Probe for Built {
    const NAME: &'static str = "built";
    const ROUND: u32 = 50;
    const FIGURES: &'static [Figure] = &[Figure {
        name: "built",
        what: "a runtime is built and dropped",
        unit: Unit::Microseconds,
        better: Better::Less,
    }];

    fn ask<P: Workers>(workers: usize, operations: u32) -> Option<Figures> {
        P::ending(workers)?;
        let all = || (0..operations).for_each(|_| drop(P::ending(workers)));
        Some(vec![race::time(all, operations) / 1e3])
    }
}
