//! Sockets, signals and hyper's timer: all that is not the runtime's own business.
//!
//! Until airmail has them, tokio's reactor stands in, on a thread of its own.

use airmail::time::{Sleep, sleep, sleep_until};
use hyper::rt::{ReadBufCursor, Timer};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, EnterGuard, Handle};

fn enter() -> EnterGuard<'static> {
    static HANDLE: OnceLock<Handle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let runtime = Builder::new_current_thread().enable_io().build().expect("a reactor");
            let handle = runtime.handle().clone();
            std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
            handle
        })
        .enter()
}

#[derive(Debug)]
pub(super) struct Listener(tokio::net::TcpListener);

#[derive(Debug)]
pub(super) struct Stream(tokio::net::TcpStream);

pub(super) async fn bind(address: SocketAddr) -> io::Result<Listener> {
    let _guard = enter();
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener).map(Listener)
}

impl Listener {
    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, SocketAddr)>> {
        let _guard = enter();
        let (stream, peer) = ready!(self.0.poll_accept(cx))?;
        stream.set_nodelay(true)?;
        Poll::Ready(Ok((Stream(stream), peer)))
    }
}

/// Ready when the user, or the system, wants the program to end.
pub(super) async fn interrupted() -> io::Result<()> {
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    std::future::poll_fn(|cx| {
        let _guard = enter();
        interrupted.as_mut().poll(cx)
    })
    .await
}

impl hyper::rt::Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut block = [0; 8192];
        let room = buffer.remaining().min(block.len());
        let mut read = ReadBuf::new(&mut block[..room]);
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut read))?;
        buffer.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl hyper::rt::Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, parts)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// hyper's clock.
#[derive(Clone, Debug)]
pub(super) struct Clock;

struct Waits(Pin<Box<Sleep>>);

impl Future for Waits {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl hyper::rt::Sleep for Waits {}

impl Timer for Clock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Waits(Box::pin(sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Waits(Box::pin(sleep_until(airmail::time::Instant::from_std(deadline)))))
    }
}
