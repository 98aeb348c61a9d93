use crate::multi::peer::{Detach, Never, Workers};
use crate::peer::Peer;
use futures_lite::future::block_on;
use nio::{RuntimeBuilder, RuntimeContext};
use std::sync::{Arc, Mutex};

/// The workers of a runtime never end, so there is one for each number of workers. They sleep when they have nothing
/// to do.
static RUNTIMES: Mutex<Vec<(usize, Arc<RuntimeContext>)>> = Mutex::new(Vec::new());

pub(crate) struct Runtime(Arc<RuntimeContext>);

impl Peer for Runtime {
    const NAME: &'static str = "nio multi-thread, 1 worker";
    const CRATE: &'static str = "nio";

    fn new() -> Runtime {
        Runtime::with_workers(1)
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // Not the runtime's own `block_on`, whose task stays on the first worker.
        block_on(self.0.spawn(future)).expect("no task panics")
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = nio::spawn(future);
        async { handle.await.expect("no task panics") }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(nio::spawn(future));
    }
}

impl Workers for Runtime {
    const TITLE: &'static str = "nio multi-thread";
    type Outside = Arc<RuntimeContext>;
    type Ending = Never;

    fn with_workers(workers: usize) -> Runtime {
        let mut runtimes = RUNTIMES.lock().expect("nobody panics");
        if let Some((_, known)) = runtimes.iter().find(|(number, _)| *number == workers) {
            return Runtime(Arc::clone(known));
        }
        let number = workers.try_into().expect("at most 255 workers");
        let runtime = RuntimeBuilder::new().worker_threads(number).rt().expect("the defaults are valid");
        runtimes.push((workers, runtime.context()));
        Runtime(runtime.context())
    }

    fn outside(&self) -> Arc<RuntimeContext> {
        Arc::clone(&self.0)
    }

    /// A dropped one goes on.
    fn ending(_: usize) -> Option<Never> {
        None
    }
}

impl Detach for Arc<RuntimeContext> {
    fn detach<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(self.spawn(future));
    }
}
