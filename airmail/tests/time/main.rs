//! `time`: never early, in order, whoever waits and wherever; the clock stands, jumps and runs.

mod across;
mod clock;
#[path = "../common/mod.rs"]
mod common;
mod intervals;
mod order;
mod runtimes;
mod sleeps;
mod timeouts;
mod under_load;

use airmail::runtime::{Builder, Runtime};
use airmail::time::{Duration, Instant};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A runtime whose clock stands still.
pub(crate) fn paused() -> Runtime {
    Builder::new_current_thread().start_paused(true).build().expect("valid")
}

/// Runs `body` with a clock that stands still; no task may be left, and no trouble reported, such as a sleeping task
/// that nobody can wake.
#[track_caller]
pub(crate) fn in_virtual_time<F: Future>(body: F) -> F::Output {
    let troubles = common::Troubles::default();
    let runtime = troubles.builder(true).start_paused(true).build().expect("valid");
    let output = runtime.block_on(body);
    common::end(runtime);
    assert_eq!(troubles.all(), []);
    output
}

/// Counts its wakes.
#[derive(Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wakes {
    pub(crate) fn new() -> (Arc<Wakes>, Waker) {
        let wakes = Arc::new(Wakes::default());
        (Arc::clone(&wakes), Waker::from(wakes))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

pub(crate) fn poll_with<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// How much time passes on the runtime's clock until `future` is ready.
pub(crate) async fn takes(future: impl Future) -> Duration {
    let start = Instant::now();
    future.await;
    start.elapsed()
}
