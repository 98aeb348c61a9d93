use futures_lite::future::block_on;

static EXECUTOR: async_executor::StaticExecutor = async_executor::StaticExecutor::new();

use crate::peer::Peer;

pub(crate) struct StaticExecutor;

impl Peer for StaticExecutor {
    const NAME: &'static str = "async-executor StaticExecutor";
    const CRATE: &'static str = "async-executor";

    fn new() -> StaticExecutor {
        StaticExecutor
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        block_on(EXECUTOR.run(future))
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        EXECUTOR.spawn(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        EXECUTOR.spawn(future).detach();
    }
}
