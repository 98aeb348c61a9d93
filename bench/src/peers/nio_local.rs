use super::nio::{Shared, shared};
use crate::peer::Peer;

pub(crate) struct LocalRuntime(Shared);

impl Peer for LocalRuntime {
    const NAME: &'static str = "nio local";
    const CRATE: &'static str = "nio";

    fn new() -> LocalRuntime {
        LocalRuntime(shared())
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
        let handle = nio::spawn_local(future);
        async { handle.await.expect("no task panics") }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(nio::spawn_local(future));
    }
}
