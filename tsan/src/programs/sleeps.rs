//! Timers: armed and cancelled on many threads, fired on whichever drives.

use super::{Driven, join};
use crate::flavour::Flavour;
use crate::gate::{Chance, size};
use airmail::time::{Duration, Instant, sleep, timeout};
use std::thread;

pub(super) fn sleeps(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    let threads: Vec<_> = (0..3)
        .map(|number| {
            let handle = runtime.handle().clone();
            thread::spawn(move || {
                let mut chance = Chance::new(number + 7);
                for _ in 0..25 * size() {
                    let micros: Vec<_> = (0..6).map(|_| chance.below(1500) as u64).collect();
                    let sleepers = micros.iter().map(|&micros| {
                        handle.spawn(async move {
                            let start = Instant::now();
                            sleep(Duration::from_micros(micros)).await;
                            start.elapsed() >= Duration::from_micros(micros)
                        })
                    });
                    let sleepers: Vec<_> = sleepers.collect();
                    sleepers[0].abort();
                    handle.block_on(async {
                        let short = timeout(Duration::from_micros(300), sleep(Duration::from_hours(1)));
                        assert!(short.await.is_err());
                        for (number, sleeper) in sleepers.into_iter().enumerate() {
                            let outcome = sleeper.await;
                            assert!(outcome.map_or(number == 0, |slept| slept));
                        }
                    });
                }
            })
        })
        .collect();
    join(threads);
    driven.stop();
}
