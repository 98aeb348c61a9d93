use super::{BUFFER, Sockets};
use crate::io::server::hello;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(super) struct Tokio;

impl Sockets for Tokio {
    type Listener = TcpListener;
    type Stream = TcpStream;

    fn listener(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        TcpListener::from_std(listener)
    }

    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn echo(mut stream: TcpStream) {
        let mut buffer = [0; BUFFER];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            if stream.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    }

    async fn http(stream: TcpStream) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new());
        // A connection that is reset ends with an error.
        let _ = http.serve_connection(TokioIo::new(stream), service_fn(hello)).await;
    }
}
