//! UDP.

mod from;
mod options;
mod peek;

use crate::io::source::Source;
use crate::net::ToSocketAddrs;
use crate::net::datagram::datagram_methods;
use crate::net::methods::conversions;
use crate::net::resolve::first;
use std::future::ready;
use std::io;
use std::net::SocketAddr;

/// A UDP socket.
///
/// All methods take `&self`: any number of tasks may send and receive at once, over an `Arc`.
///
/// It can talk to anybody, by [`send_to`](Self::send_to) and [`recv_from`](Self::recv_from), or to one other side that it
/// is [connected](Self::connect) to, by [`send`](Self::send) and [`recv`](Self::recv).
///
/// ```
/// use airmail::net::UdpSocket;
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let here = UdpSocket::bind("127.0.0.1:0").await?;
/// let there = UdpSocket::bind("127.0.0.1:0").await?;
///
/// here.send_to(b"letter", there.local_addr()?).await?;
/// let mut buf = [0; 1500];
/// let (received, from) = there.recv_from(&mut buf).await?;
/// assert_eq!(&buf[..received], b"letter");
/// assert_eq!(from, here.local_addr()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UdpSocket {
    source: Source<mio::net::UdpSocket>,
}

conversions!(
    UdpSocket,
    mio::net::UdpSocket,
    std::net::UdpSocket,
    "let standard = std::net::UdpSocket::bind(\"127.0.0.1:0\")?;"
);

impl UdpSocket {
    datagram_methods!(
        mio::net::UdpSocket,
        SocketAddr,
        "# use airmail::net::UdpSocket;
# let one = UdpSocket::bind(\"127.0.0.1:0\").await?;
# let two = UdpSocket::bind(\"127.0.0.1:0\").await?;
# one.connect(two.local_addr()?).await?;
# two.connect(one.local_addr()?).await?;"
    );

    fn source(&self) -> &Source<mio::net::UdpSocket> {
        &self.source
    }

    /// Takes the first address that it can have. Port 0 lets the system choose.
    ///
    /// # Errors
    /// The last address's, such as `AddrInUse`. Those of [`lookup_host`](crate::net::lookup_host).
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no socket.
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<UdpSocket> {
        let attempt = |address| ready(mio::net::UdpSocket::bind(address).map(UdpSocket::of));
        first("`UdpSocket::bind`", addr, attempt).await
    }

    /// Connects it to the first address that the system takes: it then receives from there only, and
    /// [`send`](Self::send) sends there. Nothing is sent for this.
    ///
    /// # Errors
    /// The last address's. Those of [`lookup_host`](crate::net::lookup_host).
    ///
    /// # Cancel safety
    /// If the future is dropped, it is as it was.
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        first("`UdpSocket::connect`", addr, |address| ready(self.source.connect(address))).await
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
}
