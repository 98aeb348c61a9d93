use crate::peer::Peer;
use airmail::runtime::{Builder, Runtime};
use airmail::task;

pub(crate) struct LocalSet(Runtime, task::LocalSet);

impl Peer for LocalSet {
    const NAME: &'static str = "airmail LocalSet";
    const CRATE: &'static str = "airmail";

    fn new() -> LocalSet {
        LocalSet(
            Builder::new_current_thread().build().expect("the defaults are valid"),
            task::LocalSet::new(),
        )
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.1.block_on(&self.0, future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = task::spawn_local(future);
        async { handle.await.expect("no task panics") }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(task::spawn_local(future));
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        task::yield_now()
    }
}
