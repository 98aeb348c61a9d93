//! What more workers are good for: the question `CPU work` on one worker and on all. The figure is the time on one,
//! divided by the time on all.

use super::pieces::Pieces;
use crate::multi::peer::Workers;
use crate::multi::question::{Figure, Figures, Load, Probe, Unit};
use crate::race::{self, Better};

pub(crate) struct SpeedUp;

impl Probe for SpeedUp {
    const NAME: &'static str = "speed-up";
    const ROUND: u32 = <Pieces as Load>::ROUND;
    const FIGURES: &'static [Figure] = &[Figure {
        name: "speed-up",
        what: "the time that CPU work takes on one worker, divided by the time it takes on all",
        unit: Unit::Number,
        better: Better::More,
    }];

    fn ask<P: Workers>(workers: usize, operations: u32) -> Option<Figures> {
        let time = |workers| {
            let mut peer = P::with_workers(workers);
            <Pieces as Load>::run(&mut peer, operations / 10);
            race::time(|| <Pieces as Load>::run(&mut peer, operations), operations)
        };
        Some(vec![time(1) / time(workers)])
    }
}
