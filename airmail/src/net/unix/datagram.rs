//! Datagrams.

use super::SocketAddr;
use crate::io::source::{Direction, Source};
use crate::io::{Interest, ReadBuf};
use crate::net::datagram::datagram_methods;
use crate::net::methods::conversions;
use crate::net::transfer;
use std::io;
use std::net::Shutdown;
use std::path::Path;
use std::task::{Context, Poll};

/// A socket of Unix that sends and receives whole datagrams.
///
/// All methods take `&self`: any number of tasks may send and receive at once, over an `Arc`.
///
/// ```
/// use airmail::net::UnixDatagram;
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let (here, there) = UnixDatagram::pair()?;
/// here.send(b"letter").await?;
/// let mut buf = [0; 16];
/// assert_eq!(there.recv(&mut buf).await?, 6);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnixDatagram {
    source: Source<mio::net::UnixDatagram>,
}

conversions!(
    UnixDatagram,
    mio::net::UnixDatagram,
    std::os::unix::net::UnixDatagram,
    "let standard = std::os::unix::net::UnixDatagram::unbound()?;"
);

impl UnixDatagram {
    datagram_methods!(
        mio::net::UnixDatagram,
        SocketAddr,
        "# let (one, two) = airmail::net::UnixDatagram::pair()?;"
    );

    fn source(&self) -> &Source<mio::net::UnixDatagram> {
        &self.source
    }

    /// One with a path, which must not exist, and stays when it is dropped.
    ///
    /// # Errors
    /// Such as `AddrInUse`, if the path exists.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<UnixDatagram> {
        mio::net::UnixDatagram::bind(path).map(UnixDatagram::of)
    }

    /// Two that are connected.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (one, two) = mio::net::UnixDatagram::pair()?;
        Ok((UnixDatagram::of(one), UnixDatagram::of(two)))
    }

    /// One without an address: it can send, and nobody can answer it.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn unbound() -> io::Result<UnixDatagram> {
        mio::net::UnixDatagram::unbound().map(UnixDatagram::of)
    }

    /// Connects it to a path: it then receives from there only, and [`send`](Self::send) sends there.
    ///
    /// # Errors
    /// Such as `NotFound`.
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.source.connect(path)
    }

    /// Sends a datagram to a path, and says how many bytes went.
    ///
    /// # Errors
    /// Such as `NotFound`. As [`ready`](Self::ready), if it has to wait.
    ///
    /// # Cancel safety
    /// If the future is dropped, nothing was sent.
    ///
    /// ```
    /// use airmail::net::UnixDatagram;
    ///
    /// # #[airmail::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("airmail-{}-letters", std::process::id()));
    /// let there = UnixDatagram::bind(&path)?;
    /// UnixDatagram::unbound()?.send_to(b"letter", &path).await?;
    /// let mut buf = [0; 16];
    /// let (received, from) = there.recv_from(&mut buf).await?;
    /// assert_eq!(&buf[..received], b"letter");
    /// assert!(from.is_unnamed());
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        self.source.io(Interest::WRITABLE, |socket| socket.send_to(buf, target.as_ref())).await
    }

    /// As [`send_to`](Self::send_to). Of several tasks that poll for sending, the last one is woken.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to).
    pub fn poll_send_to<P: AsRef<Path>>(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: P,
    ) -> Poll<io::Result<usize>> {
        self.source.poll_io(cx, Direction::Write, |socket| socket.send_to(buf, target.as_ref()))
    }

    /// As [`send_to`](Self::send_to), if that needs no waiting.
    ///
    /// # Errors
    /// `WouldBlock` if it does. Others as [`send_to`](Self::send_to).
    pub fn try_send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        self.source.try_io(Interest::WRITABLE, |socket| socket.send_to(buf, target.as_ref()))
    }

    /// Receives a datagram, and says how many bytes it has and who sent it. What does not fit into `buf` is lost.
    ///
    /// # Errors
    /// What the system says. As [`ready`](Self::ready), if it has to wait.
    ///
    /// # Cancel safety
    /// If the future is dropped, nothing was received: the datagram is the next call's.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.source.io(Interest::READABLE, |socket| socket.recv_from(buf)).await
    }

    /// As [`recv_from`](Self::recv_from). Of several tasks that poll for receiving, the last one is woken.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        transfer::poll_receive(&self.source, cx, buf, mio::net::UnixDatagram::recv_from)
    }

    /// As [`recv_from`](Self::recv_from), if there is a datagram.
    ///
    /// # Errors
    /// `WouldBlock` if there is none. Others as [`recv_from`](Self::recv_from).
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.source.try_io(Interest::READABLE, |socket| socket.recv_from(buf))
    }

    /// Its own address.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.local_addr()
    }

    /// The address that it is connected to.
    ///
    /// # Errors
    /// If it is not connected.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.peer_addr()
    }

    /// Ends receiving, sending or both. A send is an error then, and so is one by the other side of a pair if this side
    /// receives no more. A receive that finds nothing is not ended by it: drop its future.
    ///
    /// # Errors
    /// What the system says.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.source.shutdown(how)
    }
}
