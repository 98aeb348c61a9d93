//! The table of names when it is full. In a program of its own, since names are kept for the process.

mod common;

use airmail_core::Spawn;
use common::ByHand;

/// Once the table is full, new names become the overflow text, and those that were there are still found: the
/// table must neither grow without end nor mix names up.
#[test]
fn a_full_table_of_names() {
    const MORE_THAN_FIT: u32 = 65_536;
    let by_hand = ByHand::new(());
    let name_of = |text: &str| {
        let spawn = Spawn::here().named(text);
        let (task, handle) = by_hand.exec.spawn(async {}, spawn).expect("not closed");
        drop(task);
        handle.meta().name.expect("it has a name")
    };
    assert_eq!(name_of("first"), "first");
    for number in 0..MORE_THAN_FIT {
        let _ = Spawn::here().named(&number.to_string());
    }
    assert_eq!(name_of("one more"), "(too many names)");
    assert_eq!(name_of("first"), "first");
    assert_eq!(name_of("0"), "0");
    assert_eq!(name_of("64000"), "64000");
    assert_eq!(name_of(""), "(too many names)");
    by_hand.shut_down();
}
