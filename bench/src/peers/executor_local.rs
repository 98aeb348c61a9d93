use crate::peer::Peer;
use futures_lite::future::block_on;
use std::cell::Cell;

thread_local! {
    static CURRENT: Cell<Option<&'static async_executor::LocalExecutor<'static>>> = const { Cell::new(None) };
}

fn current() -> &'static async_executor::LocalExecutor<'static> {
    CURRENT.get().expect("inside `block_on`")
}

pub(crate) struct LocalExecutor(&'static async_executor::LocalExecutor<'static>);

impl Peer for LocalExecutor {
    const NAME: &'static str = "async-executor LocalExecutor";
    const CRATE: &'static str = "async-executor";

    fn new() -> LocalExecutor {
        LocalExecutor(Box::leak(Box::new(async_executor::LocalExecutor::new())))
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        CURRENT.set(Some(self.0));
        block_on(self.0.run(future))
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        current().spawn(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        current().spawn(future).detach();
    }
}
