//! A socket that neither listens nor is connected yet.

use super::{TcpListener, TcpStream};
use crate::net::options::{device_methods, option_methods};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// A TCP socket that is not used yet: for options that must be set before it is.
///
/// ```
/// use airmail::net::TcpSocket;
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let socket = TcpSocket::new_v4()?;
/// socket.set_reuseaddr(true)?;
/// socket.bind(([127, 0, 0, 1], 0).into())?;
/// let listener = socket.listen(128)?;
///
/// let socket = TcpSocket::new_v4()?;
/// socket.set_nodelay(true)?;
/// let stream = socket.connect(listener.local_addr()?).await?;
/// assert!(stream.nodelay()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpSocket {
    socket: Socket,
}

impl TcpSocket {
    /// For addresses of version 4.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn new_v4() -> io::Result<TcpSocket> {
        TcpSocket::new(Domain::IPV4)
    }

    /// For addresses of version 6.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn new_v6() -> io::Result<TcpSocket> {
        TcpSocket::new(Domain::IPV6)
    }

    pub(super) fn for_address(address: SocketAddr) -> io::Result<TcpSocket> {
        TcpSocket::new(Domain::for_address(address))
    }

    fn new(domain: Domain) -> io::Result<TcpSocket> {
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        Ok(TcpSocket { socket })
    }

    /// From a socket that another library has made, and neither connected nor made to listen, in spite of its type. It is
    /// made non-blocking if it can be.
    ///
    /// ```
    /// use airmail::net::TcpSocket;
    /// use socket2::{Domain, Socket, Type};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let theirs = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    /// let socket = TcpSocket::from_std_stream(theirs.into());
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std_stream(standard: std::net::TcpStream) -> TcpSocket {
        // One that cannot be made so is no socket, and the next operation says so.
        let _refused = standard.set_nonblocking(true);
        TcpSocket { socket: standard.into() }
    }

    /// Gives it an address of its own.
    ///
    /// # Errors
    /// Such as `AddrInUse`.
    pub fn bind(&self, addr: SocketAddr) -> io::Result<()> {
        self.socket.bind(&addr.into())
    }

    /// Connects it.
    ///
    /// # Errors
    /// Such as `ConnectionRefused`. If it is done outside of runtimes.
    ///
    /// # Cancel safety
    /// If the future is dropped, the attempt is given up, and the socket closed.
    pub async fn connect(self, addr: SocketAddr) -> io::Result<TcpStream> {
        match self.socket.connect(&addr.into()) {
            Err(error) if !has_begun(&error) => return Err(error),
            _ => {}
        }
        let stream = mio::net::TcpStream::from_std(self.socket.into());
        TcpStream::of(stream).connected().await
    }

    /// Lets it listen. At most `backlog` connections wait to be accepted.
    ///
    /// This can be done outside of runtimes.
    ///
    /// # Errors
    /// Such as `AddrInUse`.
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        self.socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        Ok(TcpListener::of(mio::net::TcpListener::from_std(self.socket.into())))
    }

    /// Its own address.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()?.as_socket().ok_or_else(|| {
            io::Error::other(
                "`TcpSocket::local_addr`: this is no socket of TCP; `from_std_stream` was given another kind",
            )
        })
    }

    /// Takes the error that the system keeps for this socket, if there is one (`SO_ERROR`).
    ///
    /// # Errors
    /// If the system cannot say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }

    option_methods! {
        /// Whether an idle connection is looked after (`SO_KEEPALIVE`).
        keepalive, set_keepalive: bool = keepalive, set_keepalive;
        /// Whether it can have an address whose last connections have not faded away (`SO_REUSEADDR`).
        reuseaddr, set_reuseaddr: bool = reuse_address, set_reuse_address;
        /// How long a close waits for what was not sent yet (`SO_LINGER`), as [`TcpStream::linger`].
        linger, set_linger: Option<Duration> = linger, set_linger;
        /// Whether small writes are sent at once, instead of waiting for more (`TCP_NODELAY`).
        nodelay, set_nodelay: bool = tcp_nodelay, set_tcp_nodelay;
        /// The type of service of its packets, in version 4 (`IP_TOS`).
        tos_v4, set_tos_v4: u32 = tos_v4, set_tos_v4;
    }

    #[cfg(unix)]
    option_methods! {
        /// Whether several sockets can have the same address, and share its connections (`SO_REUSEPORT`).
        reuseport, set_reuseport: bool = reuse_port, set_reuse_port;
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    option_methods! {
        /// The traffic class of its packets, in version 6 (`IPV6_TCLASS`).
        tclass_v6, set_tclass_v6: u32 = tclass_v6, set_tclass_v6;
    }

    device_methods!();

    /// [`set_linger`](Self::set_linger) of zero: a close throws away what was not sent, and never blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.set_linger(Some(Duration::ZERO))
    }

    /// How much may wait to be sent (`SO_SNDBUF`). The system may have more than was asked for.
    ///
    /// # Errors
    /// What the system says.
    pub fn send_buffer_size(&self) -> io::Result<u32> {
        self.socket.send_buffer_size().map(|size| u32::try_from(size).unwrap_or(u32::MAX))
    }

    /// Sets [`send_buffer_size`](Self::send_buffer_size).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_send_buffer_size(&self, size: u32) -> io::Result<()> {
        self.socket.set_send_buffer_size(size as usize)
    }

    /// How much may wait to be read (`SO_RCVBUF`). The system may have more than was asked for.
    ///
    /// # Errors
    /// What the system says.
    pub fn recv_buffer_size(&self) -> io::Result<u32> {
        self.socket.recv_buffer_size().map(|size| u32::try_from(size).unwrap_or(u32::MAX))
    }

    /// Sets [`recv_buffer_size`](Self::recv_buffer_size).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_recv_buffer_size(&self, size: u32) -> io::Result<()> {
        self.socket.set_recv_buffer_size(size as usize)
    }

    fn options(&self) -> SockRef<'_> {
        SockRef::from(&self.socket)
    }
}

/// A connect that does not block has begun, and says so by an error.
fn has_begun(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

#[cfg(unix)]
impl std::os::fd::AsRawFd for TcpSocket {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.socket.as_raw_fd()
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for TcpSocket {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
