use crate::peer::Peer;
use tokio::runtime::{Builder, Runtime};

pub(crate) struct CurrentThread(Runtime);

impl Peer for CurrentThread {
    const NAME: &'static str = "tokio current_thread";
    const CRATE: &'static str = "tokio";

    fn new() -> CurrentThread {
        CurrentThread(Builder::new_current_thread().build().expect("the defaults are valid"))
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
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
