use super::Server;
use super::airmail_sockets::Airmail;
use airmail::runtime::Builder;
use std::future::Future;

pub(super) struct CurrentThread;

impl Server for CurrentThread {
    const NAME: &'static str = "airmail current-thread";
    const CRATE: &'static str = "airmail";
    type Sockets = Airmail;

    fn run(main: impl Future<Output = ()> + Send + 'static) {
        let runtime = Builder::new_current_thread().build().expect("the choices are valid");
        runtime.block_on(main);
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        drop(airmail::spawn(task));
    }
}
