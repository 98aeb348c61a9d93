use crate::peer::Peer;

pub(crate) struct Runtime(compio::runtime::Runtime);

impl Peer for Runtime {
    const NAME: &'static str = "compio";
    const CRATE: &'static str = "compio";

    fn new() -> Runtime {
        Runtime(compio::runtime::Runtime::new().expect("the system has io_uring or epoll"))
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
        let handle = compio::runtime::spawn(future);
        async { handle.await.expect("no task panics") }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        compio::runtime::spawn(future).detach();
    }
}
