use super::airmail_sockets::Airmail;
use super::{Server, WORKERS};
use airmail::runtime::Builder;
use std::future::Future;

pub(super) struct MultiThread;

impl Server for MultiThread {
    const NAME: &'static str = "airmail multi-thread";
    const CRATE: &'static str = "airmail";
    type Sockets = Airmail;

    fn run(main: impl Future<Output = ()> + Send + 'static) {
        let runtime = Builder::new_multi_thread().worker_threads(WORKERS).build();
        let runtime = runtime.expect("the choices are valid");
        // On a worker: the thread that calls `block_on` is none.
        runtime.block_on(runtime.spawn(main)).expect("it does not panic");
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        drop(airmail::spawn(task));
    }
}
