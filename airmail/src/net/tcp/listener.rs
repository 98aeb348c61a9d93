//! What accepts connections.

use super::{TcpSocket, TcpStream};
use crate::io::Interest;
use crate::io::source::{Direction, Source};
use crate::net::ToSocketAddrs;
use crate::net::backoff::Backoff;
use crate::net::methods::conversions;
use crate::net::resolve::first;
use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

/// How many connections wait to be accepted, at most, as [`TcpListener::bind`] has it.
const BACKLOG: u32 = 1024;

/// A TCP socket that listens.
///
/// ```
/// use airmail::io::AsyncWriteExt;
/// use airmail::net::TcpListener;
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let address = listener.local_addr()?;
/// # let guest = airmail::spawn(airmail::net::TcpStream::connect(address));
/// // In a server, a loop.
/// let (mut stream, from) = listener.accept().await?;
/// airmail::spawn(async move { stream.write_all(format!("hello {from}").as_bytes()).await });
/// # guest.await.unwrap()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpListener {
    source: Source<mio::net::TcpListener>,
    backoff: Backoff,
}

conversions!(
    TcpListener { backoff },
    mio::net::TcpListener,
    std::net::TcpListener,
    "let standard = std::net::TcpListener::bind(\"127.0.0.1:0\")?;"
);

impl TcpListener {
    /// Listens at the first address that it can have.
    ///
    /// Port 0 lets the system choose; [`local_addr`](Self::local_addr) says what it chose. At most 1024 connections wait
    /// to be accepted. Except on Windows, an address whose last connections have not faded away can be had
    /// (`SO_REUSEADDR`). [`TcpSocket`] is for other choices.
    ///
    /// # Errors
    /// The last address's, such as `AddrInUse`. Those of [`lookup_host`](crate::net::lookup_host).
    ///
    /// # Cancel safety
    /// If the future is dropped, nobody listens.
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<TcpListener> {
        first("`TcpListener::bind`", addr, |address| ready(TcpListener::listen(address))).await
    }

    fn listen(address: SocketAddr) -> io::Result<TcpListener> {
        let socket = TcpSocket::for_address(address)?;
        if cfg!(not(windows)) {
            socket.set_reuseaddr(true)?;
        }
        socket.bind(address)?;
        socket.listen(BACKLOG)
    }

    /// Waits for a connection, and gives it and where it comes from.
    ///
    /// # Errors
    /// If it is waited for outside of runtimes, or its runtime is gone. Those of the system. If it has no room (too
    /// many open files, no memory), the connection stays where it is, and the next call first waits for 100 ms: a loop that
    /// goes on after errors does not spin.
    ///
    /// # Cancel safety
    /// If the future is dropped, no connection was accepted: the next call does.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.backoff.rest().await;
        let accepted = self.source.io(Interest::READABLE, mio::net::TcpListener::accept).await;
        self.backoff.note(&accepted);
        let (stream, address) = accepted?;
        Ok((TcpStream::of(stream), address))
    }

    /// As [`accept`](Self::accept). Of several tasks that poll, the last one is woken.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accept =
            |cx: &mut Context<'_>| self.source.poll_io(cx, Direction::Read, mio::net::TcpListener::accept);
        let accepted = self.backoff.poll(cx, accept);
        accepted.map_ok(|(stream, address)| (TcpStream::of(stream), address))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.local_addr()
    }

    /// How many hops packets of accepted connections may take (`IP_TTL`).
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.source.ttl()
    }

    /// Sets [`ttl`](Self::ttl).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.source.set_ttl(ttl)
    }
}
