//! A connection.

use super::SocketAddr;
use crate::io::Interest;
use crate::io::source::Source;
use crate::net::methods::{conversions, stream_methods};
use crate::net::transfer;
use std::io;
use std::net::Shutdown;
use std::path::Path;

/// A connection over a socket of Unix.
///
/// It reads and writes as a [`TcpStream`](crate::net::TcpStream) does.
///
/// ```
/// use airmail::io::{AsyncReadExt, AsyncWriteExt};
/// use airmail::net::UnixStream;
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let (mut here, mut there) = UnixStream::pair()?;
/// here.write_all(b"letter").await?;
/// drop(here);
/// let mut letter = String::new();
/// there.read_to_string(&mut letter).await?;
/// assert_eq!(letter, "letter");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnixStream {
    source: Source<mio::net::UnixStream>,
}

conversions!(
    UnixStream,
    mio::net::UnixStream,
    std::os::unix::net::UnixStream,
    "let (standard, _other) = std::os::unix::net::UnixStream::pair()?;"
);

impl UnixStream {
    stream_methods!("# let (mut one, mut two) = airmail::net::UnixStream::pair()?;");

    pub(crate) fn source(&self) -> &Source<mio::net::UnixStream> {
        &self.source
    }

    pub(crate) fn shut(&mut self) -> io::Result<()> {
        transfer::ended(self.source.shutdown(Shutdown::Write))
    }

    /// Connects to the listener at a path. On Linux, a path that begins with a NUL names an abstract address.
    ///
    /// # Errors
    /// Such as `NotFound` and `ConnectionRefused`, and `WouldBlock` if as many connections wait to be accepted as the
    /// listener lets. If it is done outside of runtimes.
    ///
    /// # Cancel safety
    /// If the future is dropped, the attempt is given up. The other side may see a connection that ends at once.
    pub async fn connect<P: AsRef<Path>>(path: P) -> io::Result<UnixStream> {
        let address = super::address(path.as_ref())?;
        drop(path);
        UnixStream::connect_addr(&address).await
    }

    /// As [`connect`](Self::connect), to an address, which may be an abstract one.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Cancel safety
    /// As [`connect`](Self::connect).
    pub async fn connect_addr(socket_addr: &SocketAddr) -> io::Result<UnixStream> {
        let stream = mio::net::UnixStream::connect_addr(socket_addr);
        UnixStream::of(stream?).connected().await
    }

    /// Waits until an attempt has ended.
    pub(super) async fn connected(self) -> io::Result<UnixStream> {
        self.source.register()?;
        self.source.ready(Interest::WRITABLE).await?;
        match self.take_error()? {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Two that are connected. This can be done outside of runtimes.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, two) = mio::net::UnixStream::pair()?;
        Ok((UnixStream::of(one), UnixStream::of(two)))
    }

    /// This side's address, which mostly has no name.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.local_addr()
    }

    /// The other side's address.
    ///
    /// # Errors
    /// If there is no other side any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.peer_addr()
    }

    /// Takes the error that the system keeps for this socket, if there is one (`SO_ERROR`).
    ///
    /// # Errors
    /// If the system cannot say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.source.take_error()
    }
}
