//! A connection.

use crate::io::Interest;
use crate::io::source::Source;
use crate::net::methods::{conversions, stream_methods};
use crate::net::options::option_methods;
use crate::net::resolve::first;
use crate::net::{ToSocketAddrs, transfer};
use socket2::SockRef;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

/// A TCP connection.
///
/// It reads and writes by [`AsyncRead`](crate::io::AsyncRead) and [`AsyncWrite`](crate::io::AsyncWrite), most easily with
/// [`AsyncReadExt`](tokio::io::AsyncReadExt) and [`AsyncWriteExt`](tokio::io::AsyncWriteExt) (feature `io-util`). A read of no
/// bytes into a buffer that has room is the end: the other side writes no more. `shutdown` tells the other side so.
///
/// For two tasks, or two futures of one, [`split`](Self::split) and [`into_split`](Self::into_split) make halves.
///
/// ```
/// use airmail::io::{AsyncReadExt, AsyncWriteExt};
/// use airmail::net::{TcpListener, TcpStream};
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut here = TcpStream::connect(listener.local_addr()?).await?;
/// let (mut there, _) = listener.accept().await?;
///
/// here.write_all(b"letter").await?;
/// let mut letter = [0; 6];
/// there.read_exact(&mut letter).await?;
/// assert_eq!(&letter, b"letter");
///
/// drop(here);
/// assert_eq!(there.read(&mut letter).await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpStream {
    source: Source<mio::net::TcpStream>,
}

conversions!(
    TcpStream,
    mio::net::TcpStream,
    std::net::TcpStream,
    "let listener = std::net::TcpListener::bind(\"127.0.0.1:0\")?;
let standard = std::net::TcpStream::connect(listener.local_addr()?)?;"
);

impl TcpStream {
    stream_methods!(
        "# use airmail::net::{TcpListener, TcpStream};
# let listener = TcpListener::bind(\"127.0.0.1:0\").await?;
# let mut one = TcpStream::connect(listener.local_addr()?).await?;
# let (mut two, _) = listener.accept().await?;"
    );

    pub(crate) fn source(&self) -> &Source<mio::net::TcpStream> {
        &self.source
    }

    pub(crate) fn shut(&mut self) -> io::Result<()> {
        transfer::ended(self.source.shutdown(Shutdown::Write))
    }

    /// Connects to the first address that answers. Each is tried for as long as the system does;
    /// [`timeout`](crate::time::timeout) is for less.
    ///
    /// # Errors
    /// The last address's, such as `ConnectionRefused`. Those of [`lookup_host`](crate::net::lookup_host). If it is done
    /// outside of runtimes.
    ///
    /// # Cancel safety
    /// If the future is dropped, the attempt is given up. The other side may see a connection that ends at once.
    pub async fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<TcpStream> {
        let attempt =
            |address| async move { TcpStream::of(mio::net::TcpStream::connect(address)?).connected().await };
        first("`TcpStream::connect`", addr, attempt).await
    }

    /// Waits until an attempt has ended.
    pub(super) async fn connected(self) -> io::Result<TcpStream> {
        self.source.register()?;
        // Writable may be told too early; that there is another side tells for certain.
        let outcome = |stream: &mio::net::TcpStream| match (stream.take_error()?, stream.peer_addr()) {
            (Some(error), _) => Err(error),
            (None, Err(error)) if error.kind() == io::ErrorKind::NotConnected => {
                Err(io::ErrorKind::WouldBlock.into())
            }
            (None, answer) => answer.map(drop),
        };
        self.source.io(Interest::WRITABLE, outcome).await?;
        Ok(self)
    }

    /// This side's address.
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

    option_methods! {
        /// Whether small writes are sent at once, instead of waiting for more (`TCP_NODELAY`).
        nodelay, set_nodelay: bool = tcp_nodelay, set_tcp_nodelay;
        /// How long a close waits for what was not sent yet (`SO_LINGER`). `None`: the system sends it on its own. Zero: it is
        /// thrown away, and the other side sees `ConnectionReset`.
        ///
        /// A duration other than zero may block the thread that drops the stream.
        linger, set_linger: Option<Duration> = linger, set_linger;
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    option_methods! {
        /// Whether what arrives is acknowledged at once (`TCP_QUICKACK`). The system may change it back at any time.
        quickack, set_quickack: bool = tcp_quickack, set_tcp_quickack;
    }

    /// [`set_linger`](Self::set_linger) of zero: a close throws away what was not sent, and never blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.set_linger(Some(Duration::ZERO))
    }

    /// How many hops its packets may take (`IP_TTL`).
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

    fn options(&self) -> SockRef<'_> {
        SockRef::from(&*self.source)
    }
}
