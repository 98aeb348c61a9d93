use crate::multi::peer::{Detach, Workers};
use crate::peer::Peer;
use airmail::runtime::{Builder, Handle, Runtime};
use std::time::Duration;

pub(crate) struct MultiThread(Runtime);

impl Peer for MultiThread {
    const NAME: &'static str = "airmail multi-thread, 1 worker";
    const CRATE: &'static str = "airmail";

    fn new() -> MultiThread {
        MultiThread::with_workers(1)
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // On the worker: the thread that calls `block_on` is none.
        self.0.block_on(self.0.spawn(future)).expect("no task panics")
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = airmail::spawn(future);
        async { handle.await.expect("no task panics") }
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(airmail::spawn(future));
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        airmail::task::yield_now()
    }
}

impl Workers for MultiThread {
    const TITLE: &'static str = "airmail multi-thread";
    type Outside = Handle;
    type Ending = MultiThread;

    fn with_workers(workers: usize) -> MultiThread {
        let mut builder = Builder::new_multi_thread();
        if crate::count::is_stepped() {
            // Every poll is late there.
            builder.rescue_after(Duration::MAX).report_stalls_after(Duration::MAX);
        }
        MultiThread(builder.worker_threads(workers).build().expect("the choices are valid"))
    }

    fn outside(&self) -> Handle {
        self.0.handle().clone()
    }

    fn ending(workers: usize) -> Option<MultiThread> {
        Some(MultiThread::with_workers(workers))
    }
}

impl Detach for Handle {
    fn detach<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(self.spawn(future));
    }
}

impl Detach for MultiThread {
    fn detach<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(self.0.spawn(future));
    }
}
