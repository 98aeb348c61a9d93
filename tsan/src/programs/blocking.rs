//! Functions that block, on threads of their own: answered, aborted, and left behind by their runtime.

use super::Driven;
use crate::flavour::Flavour;
use crate::gate::{Living, Yields, size};
use crate::plain::Plain;
use std::sync::Arc;

pub(super) fn blocking(flavour: &Flavour) {
    let living = Living::default();
    for round in 0..20 * size() {
        let runtime = flavour.runtime();
        let driven = Driven::new(&runtime, flavour);
        let letters: Vec<_> = (0..6).map(|_| Arc::<Plain>::default()).collect();
        let handles: Vec<_> = letters
            .iter()
            .map(|letter| {
                let (writes, life) = (Arc::clone(letter), living.one());
                runtime.spawn_blocking(move || {
                    writes.set(1);
                    let inner = airmail::spawn(Yields(1));
                    (life, inner)
                })
            })
            .collect();
        handles[0].abort();
        for (number, (handle, letter)) in handles.into_iter().zip(&letters).enumerate() {
            if number == 5 && round % 2 == 0 {
                drop(handle);
                continue;
            }
            match runtime.block_on(handle) {
                Ok((_life, inner)) => {
                    assert_eq!(letter.get(), 1);
                    runtime.block_on(inner).expect("done");
                }
                Err(error) => assert!(number == 0 && error.is_cancelled(), "{error}"),
            }
        }
        driven.stop();
    }
    // A function that nobody waits for may still be running.
    while living.count() > 0 {
        std::thread::yield_now();
    }
}
