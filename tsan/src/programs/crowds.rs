//! Everything at once, by chance: spawn, wake, abort, join, detach.

use super::{Driven, join};
use crate::crowd::{Crowd, Tally};
use crate::flavour::Flavour;
use crate::gate::{Living, Yields, size};
use std::thread;

const THREADS: usize = 3;

pub(super) fn crowd(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let living = Living::default();
    let driven = Driven::new(&runtime, flavour);
    let steps = 1_500 * size();
    let crowd: Vec<_> = (0..THREADS)
        .map(|number| {
            let mut crowd = Crowd::new(number, runtime.handle().clone(), living.clone());
            thread::spawn(move || {
                crowd.act(steps);
                crowd.finish()
            })
        })
        .collect();
    join(crowd).into_iter().sum::<Tally>().check(THREADS * steps);
    driven.stop();
    runtime.block_on(Yields(1));
    drop(runtime);
    assert_eq!(living.count(), 0, "futures and outputs that nobody dropped");
}
