//! The pool's bookkeeping by itself.

use super::Size;
use super::shelf::Shelf;
use crate::task::{FIRST_EXEC, Slot};
use std::collections::BTreeSet;

/// Against a set: whatever the order, the lowest free slot is the next one, and none is there twice or lost.
#[test]
fn the_lowest_goes_first() {
    let mut shelf = Shelf::default();
    let size = Size::of_bytes(1);
    let mut used: Vec<Slot> = (0..3_000).map(|_| shelf.take(FIRST_EXEC, size)).collect();
    assert_eq!(shelf.slots().count(), 3_000);
    assert!(shelf.lowest_free().is_none(), "none is free");
    let (mut free, mut random) = (BTreeSet::new(), 1_u64);
    for _ in 0..100_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (random >> 33) as usize;
        if random >> 63 == 0 && !used.is_empty() {
            let slot = used.swap_remove(at % used.len());
            assert!(free.insert(slot.header().index()));
            shelf.put(slot);
        } else {
            let slot = shelf.lowest_free();
            assert_eq!(slot.map(|slot| slot.header().index()), free.pop_first());
            used.extend(slot);
        }
    }
    assert_eq!(used.len() + free.len(), 3_000);
}
