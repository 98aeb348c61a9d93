use crate::peer::Peer;
use futures::executor;
use futures::task::LocalSpawnExt;
use std::cell::RefCell;

thread_local! {
    /// The docs pass the spawner along; a thread-local stands for that here.
    static CURRENT: RefCell<Option<executor::LocalSpawner>> = const { RefCell::new(None) };
}

fn current<R>(f: impl FnOnce(&executor::LocalSpawner) -> R) -> R {
    CURRENT.with(|spawner| f(spawner.borrow().as_ref().expect("inside `block_on`")))
}

pub(crate) struct LocalPool(executor::LocalPool);

impl Peer for LocalPool {
    const NAME: &'static str = "futures LocalPool";
    const CRATE: &'static str = "futures";

    fn new() -> LocalPool {
        LocalPool(executor::LocalPool::new())
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        CURRENT.set(Some(self.0.spawner()));
        self.0.run_until(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        current(|spawner| spawner.spawn_local_with_handle(future)).expect("the pool is there")
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        current(|spawner| spawner.spawn_local(future)).expect("the pool is there");
    }
}
