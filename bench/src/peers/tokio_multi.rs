use crate::peer::Peer;
use tokio::runtime::{Builder, Runtime};

pub(crate) struct MultiThread(Runtime);

impl Peer for MultiThread {
    const NAME: &'static str = "tokio multi-thread, 1 worker";
    const CRATE: &'static str = "tokio";

    fn new() -> MultiThread {
        MultiThread(Builder::new_multi_thread().worker_threads(1).build().expect("the defaults are valid"))
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // On the worker: the thread that calls `block_on` is none.
        self.0.block_on(self.0.spawn(future)).expect("no task panics")
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = tokio::spawn(future);
        async { handle.await.expect("no task panics") }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(tokio::spawn(future));
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }
}
