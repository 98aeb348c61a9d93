//! The runtimes, each used as its own documentation shows.

use std::future::Future;

/// A single-threaded runtime whose tasks are `Send`.
pub(crate) trait Peer {
    fn new() -> Self;

    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// Spawns onto the current runtime. The answer panics if the task did.
    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;
}

pub(crate) struct Airmail(airmail::runtime::Runtime);

impl Peer for Airmail {
    fn new() -> Airmail {
        Airmail(airmail::runtime::Builder::new_current_thread().build().expect("defaults are valid"))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = airmail::spawn(future);
        async { handle.await.expect("no task panics") }
    }
}

pub(crate) struct Tokio(tokio::runtime::Runtime);

impl Peer for Tokio {
    fn new() -> Tokio {
        Tokio(tokio::runtime::Builder::new_current_thread().build().expect("defaults are valid"))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = tokio::spawn(future);
        async { handle.await.expect("no task panics") }
    }
}
