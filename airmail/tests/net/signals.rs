//! Signals. Each test has one of its own, since the process has them together.

use crate::common::child;
use crate::{each, once, runtimes};
use airmail::signal::ctrl_c;
use airmail::signal::unix::{SignalKind, signal};
use signal_hook::low_level::raise;
use std::io::ErrorKind;
use std::pin::pin;

/// Each listener hears it; what comes before somebody asks is heard as one, and then there is nothing.
#[test]
fn several_listeners() {
    each("several_listeners", async || {
        let (mut one, mut other) =
            (signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined1())?);
        assert!(once(pin!(one.recv())).await.is_pending());
        for _ in 0..500 {
            raise(SignalKind::user_defined1().as_raw_value())?;
        }
        for listener in [&mut one, &mut other] {
            assert_eq!(listener.recv().await, Some(()));
            assert!(once(pin!(listener.recv())).await.is_pending());
        }
        // One that is dropped hears no more, and the other one goes on.
        drop(one);
        raise(SignalKind::user_defined1().as_raw_value())?;
        assert_eq!(other.recv().await, Some(()));
        Ok(())
    });
}

/// A task that waits is woken.
#[test]
fn who_waits_is_woken() {
    each("who_waits_is_woken", async || {
        let mut changes = signal(SignalKind::window_change())?;
        let waits = airmail::spawn(async move { changes.recv().await });
        airmail::task::yield_now().await;
        raise(SignalKind::window_change().as_raw_value())?;
        assert_eq!(waits.await.expect("no panic"), Some(()));
        Ok(())
    });
}

/// A wait is dropped, then the signal comes: the next wait hears it.
#[test]
fn a_dropped_wait_loses_nothing() {
    each("a_dropped_wait", async || {
        let mut alarms = signal(SignalKind::alarm())?;
        for _ in 0..10 {
            assert!(once(pin!(alarms.recv())).await.is_pending());
            raise(SignalKind::alarm().as_raw_value())?;
            assert_eq!(alarms.recv().await, Some(()));
        }
        Ok(())
    });
}

/// A listener can be made outside of runtimes; it hears what came before it waits, and outlives no runtime.
#[test]
fn without_a_runtime() {
    let mut hangups = signal(SignalKind::hangup()).expect("a listener");
    raise(SignalKind::hangup().as_raw_value()).expect("raised");
    let [(_, first), (_, second)] = runtimes();
    first.block_on(async {
        assert_eq!(hangups.recv().await, Some(()));
        assert!(once(pin!(hangups.recv())).await.is_pending());
    });
    drop(first);
    assert_eq!(second.block_on(hangups.recv()), None);
}

#[test]
fn what_nobody_can_hear() {
    for number in [9, 19, 4, 8, 11, 0, -1, 4000] {
        let error = signal(SignalKind::from_raw(number)).expect_err("forbidden");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&format!("signal {number}")), "{error}");
    }
}

/// Ctrl-C ends nothing but the waits, each time, on each kind of runtime.
#[test]
fn ctrl_c_is_heard() {
    child::must_succeed("signals::ctrl_c_is_heard", || {
        for (_, runtime) in runtimes() {
            runtime.block_on(async {
                for _ in 0..3 {
                    let waits = airmail::spawn(ctrl_c());
                    let mut own = pin!(ctrl_c());
                    assert!(once(own.as_mut()).await.is_pending());
                    // The other one listens from its first poll on: it may hear the first or the second.
                    while !waits.is_finished() {
                        raise(SignalKind::interrupt().as_raw_value()).expect("raised");
                        airmail::task::yield_now().await;
                    }
                    own.await.expect("heard");
                    waits.await.expect("no panic").expect("heard");
                }
            });
        }
    });
}
