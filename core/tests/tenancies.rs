//! Blocks serve one executor after another, but not for ever.

use airmail_core::{Exec, Options, Runnable, Schedule};
use std::sync::Arc;

struct Nowhere;

impl Schedule for Nowhere {
    fn schedule(&self, task: Runnable) {
        drop(task);
    }
}

/// An executor's life; its block and tenancy, as `Exec` prints them.
fn live() -> (Exec<()>, u32, u32) {
    let (exec, seat) = Exec::register(Options::default(), ());
    seat.install(Arc::new(Nowhere));
    exec.close();
    seat.retire().expect("no task");
    let text = format!("{exec:?}");
    let (block, tenancy) = text["Exec(".len()..text.len() - 1].split_once('.').expect("two parts");
    (exec, block.parse().expect("a number"), tenancy.parse().expect("a number"))
}

/// The number of a tenancy would come round and an old `Exec` would mean a new executor, whose data has another
/// type: the block retires instead. The one test of this program, since other executors would take the block.
#[test]
fn a_blocks_last_tenant() {
    let (exec, block, first) = live();
    let (_, again, second) = live();
    assert_eq!((again, second), (block, first + 2), "the block that is vacant is used again");
    exec.skip_tenancies();
    let (_, last, tenancy) = live();
    assert_eq!((last, tenancy), (block, u32::MAX - 2));
    let (_, other, tenancy) = live();
    assert_ne!(other, block, "its numbers are used up");
    assert_eq!(tenancy, 1);
}
