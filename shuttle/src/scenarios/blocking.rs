//! Workers that block, and the spares that stand in for them.

use crate::futures::Stage;
use crate::machine::Machine;
use crate::sync::{self, Duration, thread};

/// More than a spare waits for.
const LONG: Duration = Duration::from_mins(1);

/// The only worker waits for tasks that it has in its own queues: a spare has to run them. The last one wakes another
/// one just when the spare is not needed any more.
pub(super) fn block() {
    let machine = Machine::start(1);
    let inner = machine.clone();
    let outer = machine.spawn(async move {
        let (stage, late) = (Stage::new(), Stage::new());
        let waits = inner.spawn(late.reached(2));
        for _ in 0..2 {
            let (stage, late) = (stage.clone(), late.clone());
            let task = async move {
                stage.advance();
                late.advance();
            };
            inner.spawn(task).detach();
        }
        inner.scheduler.block_in_place(|| stage.block(2));
        assert_eq!(waits.await, Some(()));
    });
    assert_eq!(machine.join(outer), Some(()));
    machine.end();
}

/// It blocks twice, while time passes: the spare waits still, or is just giving up, or is gone.
pub(super) fn block_timeout() {
    let machine = Machine::start(1);
    let inner = machine.clone();
    let outer = machine.spawn(async move {
        for _ in 0..2 {
            let stage = Stage::new();
            let waits = inner.spawn({
                let stage = stage.clone();
                async move { stage.advance() }
            });
            inner.scheduler.block_in_place(|| stage.block(1));
            assert_eq!(waits.await, Some(()));
        }
    });
    let clock = thread::spawn(|| {
        sync::pass(LONG);
        sync::pass(LONG);
    });
    assert_eq!(machine.join(outer), Some(()));
    clock.join().expect("no panic");
    machine.end();
}

/// Two workers block and come back, as spares begin, and it is closed at any moment.
pub(super) fn block_close() {
    let machine = Machine::start(2);
    let letters = [0, 1].map(|_| {
        let inner = machine.clone();
        machine.spawn(async move {
            let stage = Stage::new();
            {
                let stage = stage.clone();
                inner.spawn(async move { stage.advance() }).detach();
            }
            // For no longer than that: what it waits for may be cancelled.
            inner.scheduler.block_in_place(thread::yield_now);
            stage.reached(1).await;
        })
    });
    machine.scheduler.close();
    for letter in letters {
        let _ = machine.join(letter);
    }
    machine.wait_and_check();
}
