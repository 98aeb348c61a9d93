use crate::multi::peer::{Detach, Never, Workers};
use crate::peer::Peer;
use crate::peers::threads::Threads;
use futures_lite::future::block_on;

/// As smol has it: one for the program, run by some threads.
static EXECUTOR: async_executor::StaticExecutor = async_executor::StaticExecutor::new();

pub(crate) struct StaticExecutor {
    _threads: Threads,
}

impl Peer for StaticExecutor {
    const NAME: &'static str = "async-executor StaticExecutor, 1 thread";
    const CRATE: &'static str = "async-executor";

    fn new() -> StaticExecutor {
        StaticExecutor::with_workers(1)
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        block_on(EXECUTOR.spawn(future))
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

impl Workers for StaticExecutor {
    const TITLE: &'static str = "async-executor StaticExecutor";
    type Outside = Outside;
    type Ending = Never;

    fn with_workers(workers: usize) -> StaticExecutor {
        StaticExecutor { _threads: Threads::start(workers, |stopped| _ = block_on(EXECUTOR.run(stopped))) }
    }

    fn outside(&self) -> Outside {
        Outside
    }

    /// It is never dropped.
    fn ending(_: usize) -> Option<Never> {
        None
    }
}

#[derive(Clone)]
pub(crate) struct Outside;

impl Detach for Outside {
    fn detach<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        EXECUTOR.spawn(future).detach();
    }
}
