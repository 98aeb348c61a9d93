use crate::multi::peer::{Detach, Never, Workers};
use crate::peer::Peer;
use futures_lite::future::block_on;
use spargio::RuntimeHandle;
use std::sync::RwLock;

/// How many tasks may wait for a worker. A spawn beyond that is refused; by default that is the 4,097th.
const CAPACITY: usize = 1 << 20;

/// Tasks spawn with a handle that they are given; here with that of the latest runtime.
static LATEST: RwLock<Option<RuntimeHandle>> = RwLock::new(None);

thread_local! {
    /// Of a worker, which has one runtime as long as it lives: it looks once.
    static HANDLE: RuntimeHandle = LATEST.read().expect("nobody panics").clone().expect("on a worker");
}

pub(crate) struct Runtime {
    handle: RuntimeHandle,
    /// Whose drop ends the workers.
    _runtime: spargio::Runtime,
}

impl Peer for Runtime {
    const NAME: &'static str = "spargio, 1 worker";
    const CRATE: &'static str = "spargio";

    fn new() -> Runtime {
        Runtime::with_workers(1)
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        block_on(self.handle.spawn_stealable(future).expect("it runs")).expect("no task panics")
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = HANDLE.with(|handle| handle.spawn_stealable(future)).expect("there is room");
        async { handle.await.expect("no task panics") }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(HANDLE.with(|handle| handle.spawn_stealable(future)).expect("there is room"));
    }
}

impl Workers for Runtime {
    const TITLE: &'static str = "spargio";
    const ONLY: Option<&'static [&'static str]> =
        Some(&["batch", "detached", "outside 1", "outside 2", "outside 8", "skynet"]);
    const SPINS: bool = true;
    type Outside = RuntimeHandle;
    type Ending = Never;

    fn with_workers(workers: usize) -> Runtime {
        let builder = spargio::Runtime::builder().shards(workers).stealable_queue_capacity(CAPACITY);
        let runtime = builder.build().expect("the kernel has io_uring");
        let handle = runtime.handle();
        *LATEST.write().expect("nobody panics") = Some(handle.clone());
        Runtime { handle, _runtime: runtime }
    }

    fn outside(&self) -> RuntimeHandle {
        self.handle.clone()
    }

    /// It is asked for no such thing.
    fn ending(_: usize) -> Option<Never> {
        None
    }
}

impl Detach for RuntimeHandle {
    fn detach<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(self.spawn_stealable(future).expect("there is room"));
    }
}
