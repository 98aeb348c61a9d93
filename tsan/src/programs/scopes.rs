//! Scopes: tasks write to plain memory that they are lent, and the scope is all that orders it.

use super::Driven;
use crate::flavour::Flavour;
use crate::gate::{Yields, size};
use crate::plain::Plain;
use airmail::task;

/// What tasks wrote to the caller's stack, the caller reads: they are gone. One of them is aborted, or its handle awaited.
pub(super) fn stack(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    for round in 0..60 * size() {
        let places: [Plain; 8] = Default::default();
        let mut count = 0;
        let sum = runtime.block_on_scope(async |scope| {
            for place in &places[1..] {
                scope.spawn(async move {
                    place.set(1);
                    Yields(1).await;
                    place.set(place.get() + 1);
                });
            }
            let counted = scope.spawn(async {
                count = 5;
                Yields(2).await;
                &count
            });
            if round % 3 == 0 {
                counted.abort();
            }
            counted.await.map_or(5, |count| *count)
        });
        assert_eq!(sum, 5);
        assert!(places[1..].iter().all(|place| place.get() == 2));
        places.iter().for_each(|place| place.set(0));
    }
    driven.stop();
}

/// The data comes back when the tasks are gone, and so does what they wrote.
pub(super) fn lent(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    for round in 0..60 * size() {
        let places: [Plain; 8] = Default::default();
        let task = runtime.spawn(async move {
            task::scope(places, |scope| {
                for i in 0..8 {
                    let abort = scope.spawn(move |places| {
                        Box::pin(async move {
                            places[i].set(1);
                            Yields(1).await;
                            places[i].set(places[i].get() + 1);
                        })
                    });
                    if round % 3 == 0 && i == 0 {
                        abort.abort();
                    }
                }
            })
            .collect()
            .await
        });
        let (places, outcomes) = runtime.block_on(task).expect("no task panics");
        assert!(outcomes[1..].iter().all(Result::is_ok));
        assert!(places[1..].iter().all(|place| place.get() == 2));
        places[0].set(0);
    }
    driven.stop();
}
