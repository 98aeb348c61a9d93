use super::Server;
use super::tokio_sockets::Tokio;
use std::future::Future;
use tokio::runtime::Builder;

pub(super) struct CurrentThread;

impl Server for CurrentThread {
    const NAME: &'static str = "tokio current-thread";
    const CRATE: &'static str = "tokio";
    type Sockets = Tokio;

    fn run(main: impl Future<Output = ()> + Send + 'static) {
        let runtime = Builder::new_current_thread().enable_all().build().expect("the choices are valid");
        runtime.block_on(main);
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        drop(tokio::spawn(task));
    }
}
