//! Sockets, as the server needs them.

use airmail::net::{TcpListener, TcpStream};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

pub(super) use airmail::hyper::Timer;
pub(super) type Stream = TcpStream;

#[derive(Debug)]
pub(super) struct Listener(TcpListener);

pub(super) async fn bind(address: SocketAddr) -> io::Result<Listener> {
    TcpListener::bind(address).await.map(Listener)
}

impl Listener {
    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, SocketAddr)>> {
        let (stream, peer) = ready!(self.0.poll_accept(cx))?;
        // What is written is all that there is for now: it need not wait for more. If the client is gone already, the
        // first read says so.
        let _ = stream.set_nodelay(true);
        Poll::Ready(Ok((stream, peer)))
    }
}
