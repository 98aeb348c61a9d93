use super::tokio_sockets::Tokio;
use super::{Server, WORKERS};
use std::future::Future;
use tokio::runtime::Builder;

pub(super) struct MultiThread;

impl Server for MultiThread {
    const NAME: &'static str = "tokio multi-thread";
    const CRATE: &'static str = "tokio";
    type Sockets = Tokio;

    fn run(main: impl Future<Output = ()> + Send + 'static) {
        let runtime = Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
        let runtime = runtime.expect("the choices are valid");
        // On a worker: the thread that calls `block_on` is none.
        runtime.block_on(runtime.spawn(main)).expect("it does not panic");
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        drop(tokio::spawn(task));
    }
}
