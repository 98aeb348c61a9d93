//! Tasks that are spawned, and run somewhere.

use crate::AbortHandle;
use crate::futures::{Stage, Yields};
use crate::machine::Machine;
use crate::sync::{self, Duration, thread};

/// Two threads spawn from outside and join.
pub(super) fn outside() {
    let machine = Machine::start(2);
    let other = {
        let machine = machine.clone();
        thread::spawn(move || {
            let letter = machine.spawn(Yields(1));
            assert_eq!(machine.join(letter), Some(()));
        })
    };
    let letters = [1, 2].map(|n| machine.spawn(async move { n }));
    let sum: i32 = letters.into_iter().filter_map(|letter| machine.join(letter)).sum();
    assert_eq!(sum, 3);
    other.join().expect("no panic");
    machine.end();
}

/// More tasks than a ring has room for, spawned by one of them, while another worker steals.
pub(super) fn overflow() {
    let machine = Machine::start(2);
    let inner = machine.clone();
    let all = machine.spawn(async move {
        let letters: Vec<_> = (0..7).map(|n| inner.spawn(async move { n })).collect();
        let mut sum = 0;
        for letter in letters {
            sum += letter.await.expect("not cancelled");
        }
        sum
    });
    assert_eq!(machine.join(all), Some(21));
    machine.end();
}

/// Two tasks from outside, one after the other, wait for each other in their polls: whoever finds the first one has to
/// see to it that somebody comes for the second.
pub(super) fn pair() {
    let machine = Machine::start(2);
    let stage = Stage::new();
    let letters = [(); 2].map(|()| {
        let stage = stage.clone();
        machine.spawn(async move {
            stage.advance();
            stage.block(2);
        })
    });
    for letter in letters {
        assert_eq!(machine.join(letter), Some(()));
    }
    machine.end();
}

/// The first two of many tasks wait for each other, each in its poll: both workers have to come.
pub(super) fn burst() {
    let machine = Machine::start(2);
    let stage = Stage::new();
    let futures = (0..5).map(|n| {
        let stage = stage.clone();
        async move {
            if n < 2 {
                stage.advance();
                stage.block(2);
            }
        }
    });
    for letter in machine.spawn_many(futures.collect()) {
        assert_eq!(machine.join(letter), Some(()));
    }
    machine.end();
}

/// A worker wakes a task and does not come to run it, since it waits for that task in its poll. The other worker looks
/// for work once more, and runs it.
pub(super) fn stuck_next() {
    let machine = Machine::start(2);
    let (woken, run) = (Stage::new(), Stage::new());
    let long = {
        let (machine, woken, run) = (machine.clone(), woken.clone(), run.clone());
        machine.clone().spawn(async move {
            let ran = run.clone();
            machine.spawn(async move { ran.advance() }).detach();
            woken.advance();
            run.block(1);
        })
    };
    woken.block(1);
    let other = machine.spawn(async {});
    assert_eq!(machine.join(other), Some(()));
    assert_eq!(machine.join(long), Some(()));
    machine.end();
}

/// A long poll waits for tasks that are behind it, and the other worker never has nothing of its own to do: it relieves that
/// one when it looks at events.
pub(super) fn relieved() {
    const STEP: Duration = Duration::from_micros(30);
    let machine = Machine::start(2);
    let event = machine.spawn(machine.sleep(Duration::from_secs(1_000)));
    let (both, run) = (Stage::new(), Stage::new());
    let busy = {
        let (both, run) = (both.clone(), run.clone());
        machine.spawn(async move {
            both.advance();
            both.block(2);
            while !run.has_reached(3) {
                sync::pass(STEP);
                thread::yield_now();
                Yields(1).await;
            }
        })
    };
    let long = {
        let machine = machine.clone();
        machine.clone().spawn(async move {
            both.advance();
            both.block(2);
            for _ in 0..3 {
                let run = run.clone();
                machine.spawn(async move { run.advance() }).detach();
            }
            run.block(3);
        })
    };
    assert_eq!(machine.join(long), Some(()));
    assert_eq!(machine.join(busy), Some(()));
    event.abort();
    assert_eq!(machine.join(event), None);
    machine.end();
}

/// Aborts race with polls, wake-ups, thefts and ends.
pub(super) fn abort() {
    let machine = Machine::start(2);
    let stage = Stage::new();
    let waits = machine.spawn(stage.reached(1));
    let yields = machine.spawn(Yields(2));
    let spawns = {
        let machine = machine.clone();
        machine.clone().spawn(async move { machine.spawn(Yields(1)).await })
    };
    let aborter = {
        let handles = [waits.abort_handle(), yields.abort_handle(), spawns.abort_handle()];
        thread::spawn(move || handles.iter().for_each(AbortHandle::abort))
    };
    stage.advance();
    yields.abort();
    let _ = machine.join(waits);
    let _ = machine.join(yields);
    let _ = machine.join(spawns);
    aborter.join().expect("no panic");
    machine.end();
}
