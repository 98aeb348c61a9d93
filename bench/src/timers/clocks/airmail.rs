use super::{ANYWHERE, Clock, WORKERS, begin_to_wait, clock};
use airmail::runtime::{Builder, Runtime};
use std::future::Future;
use std::time::Duration;

pub(in crate::timers) struct MultiThread(Runtime);
pub(in crate::timers) struct CurrentThread(Runtime);

// Whoever is late is seen in the figures, and need not be told of.
impl MultiThread {
    fn build() -> Runtime {
        Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .on_stall(|_| {})
            .build()
            .expect("the choices are valid")
    }
}

impl CurrentThread {
    fn build() -> Runtime {
        Builder::new_current_thread().on_stall(|_| {}).build().expect("the defaults are valid")
    }
}

clock!(MultiThread, "airmail multi-thread", airmail);
clock!(CurrentThread, "airmail current-thread", airmail);
