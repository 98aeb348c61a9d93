//! How an executor with nothing to do waits.

#[cfg(feature = "net")]
mod alarm;
#[cfg(feature = "net")]
mod events;
mod pace;
mod parker;
#[cfg_attr(not(feature = "net"), path = "no_reactor.rs")]
mod reactor;

pub(crate) use pace::Pace;
pub(crate) use parker::{Parker, ThreadDriver};
pub(crate) use reactor::{Reactor, standard};

use crate::sync::Instant;
use std::task::Waker;

/// Waits for the world: for a wake-up from another thread, a deadline, sockets, virtual time.
///
/// The default parks its thread, or, once a socket has to wait, waits for the system's events. Give another one to
/// [`Builder::driver`](crate::runtime::Builder::driver).
pub trait Driver: Send + 'static {
    /// Wakes the thread in [`park`](Driver::park), or makes the next `park` return at once. Works from any
    /// thread, also while nobody parks, and is remembered once.
    fn waker(&self) -> Waker;

    /// Waits until the waker was used, something happened, or `until` has come. May return early. A time
    /// that is past means: look, do not wait.
    fn park(&mut self, until: Option<Instant>);

    /// Takes note of what has happened, without waiting. Called while tasks are ready, after
    /// [`event_interval`](crate::runtime::Builder::event_interval) polls at the latest, and before a
    /// [paused](crate::time::pause) clock jumps, in place of a `park` with a deadline. By default
    /// [`park`](Driver::park) with a time that is past.
    fn look(&mut self) {
        self.park(Some(Instant::now()));
    }

    /// Whether [`look`](Driver::look) does anything. Asked once, when the runtime is built. By default `true`.
    fn looks(&self) -> bool {
        true
    }
}
