use super::{Clock, WORKERS};
use std::future::Future;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Sleep, sleep, timeout};

pub(in crate::timers) struct MultiThread(Runtime);
pub(in crate::timers) struct CurrentThread(Runtime);

impl MultiThread {
    fn build() -> Runtime {
        Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_time()
            .build()
            .expect("the choices are valid")
    }
}

impl CurrentThread {
    fn build() -> Runtime {
        Builder::new_current_thread().enable_time().build().expect("the defaults are valid")
    }
}

macro_rules! clock {
    ($name:ty, $title:literal) => {
        impl Clock for $name {
            const NAME: &'static str = $title;
            const CRATE: &'static str = "tokio";
            type Sleep = Sleep;

            fn new() -> Self {
                Self(Self::build())
            }

            fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
                self.0.block_on(self.0.spawn(future)).expect("no task panics")
            }

            fn spawn<T: Send + 'static>(
                future: impl Future<Output = T> + Send + 'static,
            ) -> impl Future<Output = T> + Send {
                let handle = tokio::spawn(future);
                async { handle.await.expect("no task panics") }
            }

            fn sleep(time: Duration) -> Sleep {
                sleep(time)
            }

            async fn timeout(time: Duration, future: impl Future + Send) -> bool {
                timeout(time, future).await.is_ok()
            }
        }
    };
}

clock!(MultiThread, "tokio multi-thread");
clock!(CurrentThread, "tokio current-thread");
