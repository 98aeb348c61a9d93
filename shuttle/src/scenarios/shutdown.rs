//! How it ends.

use crate::futures::{Stage, Yields};
use crate::machine::Machine;
use crate::sync::{Instant, thread};

/// It is closed at any moment.
pub(super) fn close() {
    let machine = Machine::start(2);
    let stage = Stage::new();
    let letters = [machine.spawn(Yields(2)), machine.spawn(stage.reached(2)), {
        let (inner, stage) = (machine.clone(), stage.clone());
        machine.spawn(async move {
            for n in 0..2 {
                inner.spawn(stage.reached(n)).detach();
                stage.advance();
                Yields(1).await;
            }
        })
    }];
    let closer = {
        let machine = machine.clone();
        thread::spawn(move || machine.scheduler.close())
    };
    for letter in letters {
        let _ = machine.join(letter);
    }
    closer.join().expect("no panic");
    machine.wait_and_check();
}

/// Whoever waits is cancelled while the other worker is in a long poll; that one ends the rest.
pub(super) fn close_long_poll() {
    let machine = Machine::start(2);
    let (begun, over) = (Stage::new(), Stage::new());
    let long = {
        let (inner, begun, over) = (machine.clone(), begun.clone(), over.clone());
        machine.spawn(async move {
            begun.advance();
            over.block(1);
            // Too late, or just in time: it is cancelled either way.
            inner.spawn(async { unreachable!("it was closed before") }).detach();
        })
    };
    let waits = machine.spawn(Stage::new().reached(1));
    begun.block(1);
    machine.scheduler.close();
    assert!(!machine.scheduler.wait_for_end(Some(Instant::now())), "there is a poll still");
    assert_eq!(machine.join(waits), None);
    over.advance();
    assert_eq!(machine.join(long), Some(()));
    machine.wait_and_check();
}

/// Threads outside wake and abort tasks, and spawn, while the workers leave.
pub(super) fn close_stragglers() {
    let machine = Machine::start(2);
    let stage = Stage::new();
    let (woken, aborted) = (machine.spawn(stage.reached(1)), machine.spawn(Stage::new().reached(1)));
    let waker = thread::spawn(move || stage.advance());
    let aborter = {
        let (machine, handle) = (machine.clone(), aborted.abort_handle());
        thread::spawn(move || {
            handle.abort();
            machine.spawn(Stage::new().reached(1)).detach();
        })
    };
    machine.scheduler.close();
    let _ = machine.join(woken);
    assert_eq!(machine.join(aborted), None);
    waker.join().expect("no panic");
    aborter.join().expect("no panic");
    machine.wait_and_check();
}
