use crate::peer::Peer;
use nio::RuntimeBuilder;
use std::cell::{OnceCell, RefCell};

/// nio allows one runtime a thread: this file's peer and `nio_local` share it. It is never dropped, since its drop
/// panics when the thread's locals are gone.
pub(super) type Shared = &'static RefCell<nio::LocalRuntime>;

pub(super) fn shared() -> Shared {
    thread_local! {
        static SHARED: OnceCell<Shared> = const { OnceCell::new() };
    }
    let make = || RuntimeBuilder::new().worker_threads(1).build().expect("the defaults are valid");
    SHARED.with(|shared| *shared.get_or_init(|| Box::leak(Box::new(RefCell::new(make())))))
}

pub(crate) struct Runtime(Shared);

impl Peer for Runtime {
    const NAME: &'static str = "nio";
    const CRATE: &'static str = "nio";

    fn new() -> Runtime {
        Runtime(shared())
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.borrow_mut().block_on(future)
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
