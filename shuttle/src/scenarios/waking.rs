//! Wake-ups, between tasks, from outside, and by the clock.

use crate::driver::Parker;
use crate::futures::Stage;
use crate::machine::Machine;
use crate::sync::{self, Arc, Duration, thread};
use std::pin::pin;
use std::task::{Context, Waker};

/// How often a task of `ping_pong` waits for the other one.
const ROUNDS: u32 = 3;

/// Each waits for the other one by turns.
pub(super) fn ping_pong() {
    let machine = Machine::start(2);
    let (ping, pong) = (Stage::new(), Stage::new());
    let play = |first: bool, mine: Stage, other: Stage| async move {
        for round in 1..=ROUNDS {
            if first {
                mine.advance();
            }
            other.reached(round).await;
            if !first {
                mine.advance();
            }
        }
    };
    let letters =
        [machine.spawn(play(true, ping.clone(), pong.clone())), machine.spawn(play(false, pong, ping))];
    for letter in letters {
        assert_eq!(machine.join(letter), Some(()));
    }
    machine.end();
}

/// One task after the other from outside: each comes while the workers are about to sleep after the one before. The
/// last one is woken from outside, too.
pub(super) fn last_searcher() {
    let machine = Machine::start(2);
    let stage = Stage::new();
    let waits = machine.spawn(stage.reached(1));
    for _ in 0..2 {
        let letter = machine.spawn(async {});
        assert_eq!(machine.join(letter), Some(()));
    }
    stage.advance();
    assert_eq!(machine.join(waits), Some(()));
    machine.end();
}

/// A worker waits in the driver, without a deadline or for a later one, when another arms a timer. Time passes at some
/// moment, once for all of them.
pub(super) fn timer() {
    const SECOND: Duration = Duration::from_secs(1);
    let machine = Machine::start(2);
    let armed = Stage::new();
    let letters = [2, 1].map(|seconds| {
        let (sleep, armed) = (machine.sleep(seconds * SECOND), armed.clone());
        machine.spawn(async move {
            armed.advance();
            sleep.await;
        })
    });
    let clock = thread::spawn(move || {
        armed.block(1);
        sync::pass(SECOND);
        armed.block(2);
        sync::pass(SECOND);
    });
    for letter in letters {
        assert_eq!(machine.join(letter), Some(()));
    }
    clock.join().expect("no panic");
    machine.end();
}

/// The worker that waited in the driver runs a task that waits, with its thread, for the next timer.
pub(super) fn timer_long_poll() {
    const SECOND: Duration = Duration::from_secs(1);
    let machine = Machine::start(2);
    let (armed, later) = (Stage::new(), Stage::new());
    let (first, second) = (machine.sleep(SECOND), machine.sleep(2 * SECOND));
    let first = machine.spawn({
        let (armed, later) = (armed.clone(), later.clone());
        async move {
            armed.advance();
            first.await;
            later.block(1);
        }
    });
    let second = machine.spawn({
        let armed = armed.clone();
        async move {
            armed.advance();
            second.await;
            later.advance();
        }
    });
    let clock = thread::spawn(move || {
        armed.block(2);
        sync::pass(SECOND);
        sync::pass(SECOND);
    });
    assert_eq!(machine.join(first), Some(()));
    assert_eq!(machine.join(second), Some(()));
    clock.join().expect("no panic");
    machine.end();
}

/// The worker that waited in the driver runs a task that arms the first timer and waits for it with its thread. The
/// other one may have gone to bed as the driver was not free yet.
pub(super) fn timer_unattended() {
    const SECOND: Duration = Duration::from_secs(1);
    let machine = Machine::start(2);
    let armed = Stage::new();
    let sleep = machine.sleep(SECOND);
    let waits = machine.spawn({
        let armed = armed.clone();
        async move {
            let parker = Parker::new();
            let waker = Waker::from(Arc::clone(&parker));
            let mut sleep = pin!(sleep);
            while sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                armed.advance();
                parker.park(None);
            }
        }
    });
    let clock = thread::spawn(move || {
        armed.block(1);
        sync::pass(SECOND);
    });
    assert_eq!(machine.join(waits), Some(()));
    clock.join().expect("no panic");
    machine.end();
}

/// A spare that waits in the driver is not needed any more as a timer is armed.
pub(super) fn timer_spare() {
    const SECOND: Duration = Duration::from_secs(1);
    let machine = Machine::start(1);
    let blocks = machine.spawn({
        let machine = machine.clone();
        async move { machine.scheduler.block_in_place(thread::yield_now) }
    });
    assert_eq!(machine.join(blocks), Some(()));
    let armed = Stage::new();
    let clock = {
        let armed = armed.clone();
        thread::spawn(move || {
            armed.block(1);
            sync::pass(SECOND);
        })
    };
    let sleep = machine.sleep(SECOND);
    machine.block_on(async {
        armed.advance();
        sleep.await;
    });
    clock.join().expect("no panic");
    machine.end();
}
