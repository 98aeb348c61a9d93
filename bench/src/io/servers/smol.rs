use super::{BUFFER, Server, Sockets, WORKERS};
use crate::io::server::hello;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::{Async, Executor};
use smol_hyper::rt::{FuturesIo, SmolTimer};
use std::future::{Future, pending};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;

static EXECUTOR: Executor<'static> = Executor::new();

pub(super) struct Smol;

impl Server for Smol {
    const NAME: &'static str = "smol";
    const CRATE: &'static str = "smol";
    type Sockets = Smol;

    fn run(main: impl Future<Output = ()> + Send + 'static) {
        for _ in 1..WORKERS {
            thread::spawn(|| smol::block_on(EXECUTOR.run(pending::<()>())));
        }
        smol::block_on(EXECUTOR.run(EXECUTOR.spawn(main)));
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        EXECUTOR.spawn(task).detach();
    }
}

impl Sockets for Smol {
    type Listener = Async<TcpListener>;
    type Stream = Async<TcpStream>;

    fn listener(listener: TcpListener) -> io::Result<Async<TcpListener>> {
        Async::new(listener)
    }

    async fn accept(listener: &Async<TcpListener>) -> io::Result<Async<TcpStream>> {
        let (stream, _) = listener.accept().await?;
        stream.get_ref().set_nodelay(true)?;
        Ok(stream)
    }

    async fn echo(mut stream: Async<TcpStream>) {
        let mut buffer = [0; BUFFER];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            if stream.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    }

    async fn http(stream: Async<TcpStream>) {
        let mut http = http1::Builder::new();
        http.timer(SmolTimer::new());
        // A connection that is reset ends with an error.
        let _ = http.serve_connection(FuturesIo::new(stream), service_fn(hello)).await;
    }
}
