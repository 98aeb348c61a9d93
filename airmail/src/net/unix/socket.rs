//! A socket of which nobody knows yet what it will be.

use super::{UnixDatagram, UnixListener, UnixStream};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::path::Path;

/// A socket of Unix that is not used yet: to give it a path before it connects, or another backlog.
///
/// ```
/// use airmail::net::{UnixSocket, UnixStream};
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// # let path = std::env::temp_dir().join(format!("airmail-{}-unused", std::process::id()));
/// let socket = UnixSocket::new_stream()?;
/// socket.bind(&path)?;
/// let listener = socket.listen(16)?;
/// let stream = UnixSocket::new_stream()?.connect(&path).await?;
/// # drop(stream);
/// # drop(listener);
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnixSocket {
    socket: Socket,
}

impl UnixSocket {
    /// For datagrams.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn new_datagram() -> io::Result<UnixSocket> {
        UnixSocket::new(Type::DGRAM)
    }

    /// For streams.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn new_stream() -> io::Result<UnixSocket> {
        UnixSocket::new(Type::STREAM)
    }

    fn new(kind: Type) -> io::Result<UnixSocket> {
        let socket = Socket::new(Domain::UNIX, kind, None)?;
        socket.set_nonblocking(true)?;
        Ok(UnixSocket { socket })
    }

    fn must_be(&self, kind: Type, what: &str, remedy: &str) -> io::Result<()> {
        if self.socket.r#type()? == kind {
            return Ok(());
        }
        let text = format!("`UnixSocket::{what}`: the socket is of the other kind; make it by `{remedy}`");
        Err(io::Error::new(io::ErrorKind::InvalidInput, text))
    }

    /// Gives it a path, which must not exist.
    ///
    /// # Errors
    /// Such as `AddrInUse`, if the path exists.
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.socket.bind(&SockAddr::unix(path)?)
    }

    /// Lets it listen. At most `backlog` connections wait to be accepted.
    ///
    /// # Errors
    /// If it is for datagrams. What the system says.
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        self.must_be(Type::STREAM, "listen", "new_stream")?;
        self.socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        Ok(UnixListener::of(mio::net::UnixListener::from_std(self.socket.into())))
    }

    /// Connects it to the listener at a path.
    ///
    /// # Errors
    /// As [`UnixStream::connect`], and if it is for datagrams.
    ///
    /// # Cancel safety
    /// If the future is dropped, the attempt is given up, and the socket closed.
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream> {
        self.must_be(Type::STREAM, "connect", "new_stream")?;
        self.socket.connect(&SockAddr::unix(path)?)?;
        UnixStream::of(mio::net::UnixStream::from_std(self.socket.into())).connected().await
    }

    /// Lets it send and receive datagrams.
    ///
    /// # Errors
    /// If it is for streams.
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        self.must_be(Type::DGRAM, "datagram", "new_datagram")?;
        Ok(UnixDatagram::of(mio::net::UnixDatagram::from_std(self.socket.into())))
    }
}

impl std::os::fd::AsRawFd for UnixSocket {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.socket.as_raw_fd()
    }
}

impl std::os::fd::AsFd for UnixSocket {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
