use super::{ANYWHERE, Clock, WORKERS, begin_to_wait, clock};
use std::future::Future;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

pub(in crate::timers) struct MultiThread(Runtime);
pub(in crate::timers) struct CurrentThread(Runtime);

impl MultiThread {
    fn build() -> Runtime {
        Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_all()
            .build()
            .expect("the choices are valid")
    }
}

impl CurrentThread {
    fn build() -> Runtime {
        Builder::new_current_thread().enable_all().build().expect("the defaults are valid")
    }
}

clock!(MultiThread, "tokio multi-thread", tokio);
clock!(CurrentThread, "tokio current-thread", tokio);
