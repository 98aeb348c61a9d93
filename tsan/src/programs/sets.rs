//! Join sets: their tasks end and are woken elsewhere, they go from thread to thread, and are dropped half done.

use super::{Driven, join};
use crate::flavour::Flavour;
use crate::gate::{Gate, Living, Yields, size};
use airmail::task::JoinSet;
use std::sync::Arc;
use std::thread;

pub(super) fn sets(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    let living = Living::default();
    for round in 0..60 * size() {
        let gates: Vec<_> = (0..24).map(|_| Arc::<Gate>::default()).collect();
        let mut set = JoinSet::new();
        for (number, gate) in gates.iter().enumerate() {
            let (wait, life) = (gate.wait(), living.one());
            let task = async move {
                if number % 2 == 0 {
                    wait.await;
                }
                Yields(1).await;
                life
            };
            let abort = set.spawn_on(task, runtime.handle());
            if number % 8 == 0 {
                abort.abort();
            }
        }
        let opener = thread::spawn(move || gates.iter().for_each(|gate| gate.open()));
        let handle = runtime.handle().clone();
        let joiner = thread::spawn(move || {
            handle.block_on(async {
                let (mut done, mut cancelled) = (0, 0);
                while let Some(outcome) = set.join_next().await {
                    *(if outcome.is_ok() { &mut done } else { &mut cancelled }) += 1;
                    match round % 4 {
                        0 if done == 4 => set.abort_all(),
                        1 if done == 4 => break,
                        2 if done == 4 => set.detach_all(),
                        _ => {}
                    }
                }
                (done, cancelled)
            })
        });
        join([opener]);
        let (done, cancelled) = join([joiner])[0];
        assert!(done + cancelled <= 24);
        assert!(round % 4 != 3 || done + cancelled == 24, "{done} and {cancelled}");
    }
    driven.stop();
    // Detached tasks end with the runtime.
    drop(runtime);
    assert_eq!(living.count(), 0);
}
