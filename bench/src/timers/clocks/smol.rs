use super::{ANYWHERE, Clock, WORKERS, begin_to_wait};
use smol::future::or;
use smol::net::UdpSocket;
use smol::{Executor, Timer};
use std::future::{Future, pending};
use std::thread;
use std::time::Duration;

static EXECUTOR: Executor<'static> = Executor::new();

pub(in crate::timers) struct Smol;

impl Clock for Smol {
    const NAME: &'static str = "smol";
    const CRATE: &'static str = "smol";
    type Sleep = Timer;
    type Socket = UdpSocket;

    /// Its threads stay, as they do in a program: they sleep while others have their turn.
    fn new() -> Smol {
        for _ in 1..WORKERS {
            thread::spawn(|| smol::block_on(EXECUTOR.run(pending::<()>())));
        }
        Smol
    }

    fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        // This thread is one of the workers.
        smol::block_on(EXECUTOR.run(EXECUTOR.spawn(future)))
    }

    fn spawn<T: Send + 'static>(
        future: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T> + Send {
        EXECUTOR.spawn(future)
    }

    fn sleep(time: Duration) -> Timer {
        Timer::after(time)
    }

    async fn socket() -> UdpSocket {
        let socket = UdpSocket::bind(ANYWHERE).await.expect("there is a port");
        begin_to_wait(socket.recv(&mut [0])).await;
        socket
    }

    async fn timeout(time: Duration, future: impl Future + Send) -> bool {
        let in_time = async {
            future.await;
            true
        };
        let too_late = async {
            Timer::after(time).await;
            false
        };
        or(in_time, too_late).await
    }
}
