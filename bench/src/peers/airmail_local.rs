use crate::peer::Peer;
use airmail::runtime::{self, Builder, LocalOptions};

pub(crate) struct LocalRuntime(runtime::LocalRuntime);

impl Peer for LocalRuntime {
    const NAME: &'static str = "airmail local";
    const CRATE: &'static str = "airmail";

    fn new() -> LocalRuntime {
        LocalRuntime(
            Builder::new_current_thread()
                .build_local(LocalOptions::default())
                .expect("the defaults are valid"),
        )
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
        let handle = airmail::task::spawn_local(future);
        async { handle.await.expect("no task panics") }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(airmail::task::spawn_local(future));
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        airmail::task::yield_now()
    }
}
