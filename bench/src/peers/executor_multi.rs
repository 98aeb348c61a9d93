use crate::multi::peer::{Detach, Workers};
use crate::peer::Peer;
use crate::peers::threads::Threads;
use futures_lite::future::block_on;
use std::sync::Arc;

/// As smol has it: one for the program, run by some threads.
static EXECUTOR: async_executor::Executor<'static> = async_executor::Executor::new();

pub(crate) struct Executor {
    _threads: Threads,
}

impl Peer for Executor {
    const NAME: &'static str = "async-executor Executor, 1 thread";
    const CRATE: &'static str = "async-executor";

    fn new() -> Executor {
        Executor::with_workers(1)
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

impl Workers for Executor {
    const TITLE: &'static str = "async-executor Executor";
    type Outside = Outside;
    type Ending = Ending;

    fn with_workers(workers: usize) -> Executor {
        Executor { _threads: Threads::start(workers, |stopped| _ = block_on(EXECUTOR.run(stopped))) }
    }

    fn outside(&self) -> Outside {
        Outside
    }

    fn ending(workers: usize) -> Option<Ending> {
        let executor = Arc::new(async_executor::Executor::new());
        let run = Arc::clone(&executor);
        let threads = Threads::start(workers, move |stopped| _ = block_on(run.run(stopped)));
        Some(Ending { _threads: threads, executor })
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

/// The threads stop first, then the executor is dropped, and its tasks with it.
pub(crate) struct Ending {
    _threads: Threads,
    executor: Arc<async_executor::Executor<'static>>,
}

impl Detach for Ending {
    fn detach<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.executor.spawn(future).detach();
    }
}
