//! Sockets: TCP, UDP, and those of Unix.
//!
//! * [`TcpListener`] and [`TcpStream`]; [`TcpSocket`] for options before a connection is made.
//! * [`UdpSocket`].
//! * On Unix: [`UnixListener`], [`UnixStream`], [`UnixDatagram`]; [`UnixSocket`] before it is one of them.
//! * [`lookup_host`], and [`ToSocketAddrs`] for whatever names an address.
//!
//! ```
//! use airmail::io::{AsyncReadExt, AsyncWriteExt};
//! use airmail::net::{TcpListener, TcpStream};
//!
//! #[airmail::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!     let echo = airmail::spawn(async move {
//!         let (mut stream, _) = listener.accept().await?;
//!         let (mut from, mut to) = stream.split();
//!         airmail::io::copy(&mut from, &mut to).await
//!     });
//!
//!     let mut stream = TcpStream::connect(address).await?;
//!     stream.write_all(b"letter").await?;
//!     stream.shutdown().await?;
//!     let mut back = String::new();
//!     stream.read_to_string(&mut back).await?;
//!     assert_eq!(back, "letter");
//!     assert_eq!(echo.await.unwrap()?, 6);
//!     Ok(())
//! }
//! ```
//!
//! # Which runtime
//! A socket can be made anywhere, also outside of runtimes. It belongs to the runtime in which it first had to wait, and
//! stays there. To wait outside of runtimes, or after that runtime has ended, is an error, not a panic.
//!
//! # Who waits
//! Methods that are `async` may be called by any number of tasks at once. Those whose names begin with `poll_`, and the
//! traits [`AsyncRead`](crate::io::AsyncRead) and [`AsyncWrite`](crate::io::AsyncWrite), keep one waker for each
//! direction: that of the last call.
//!
//! # Cancel safety
//! Each method says what happens if its future is dropped. In general: waiting loses nothing, and bytes that were read
//! are always given to somebody.

mod addr;
mod backoff;
mod datagram;
#[cfg(feature = "futures-io")]
mod futures_io;
mod halves;
#[cfg(feature = "hyper")]
mod hyper;
mod methods;
mod options;
mod resolve;
pub mod tcp;
mod traits;
mod transfer;
mod udp;
#[cfg(unix)]
pub mod unix;

pub use addr::ToSocketAddrs;
pub use resolve::lookup_host;
#[doc(inline)]
pub use tcp::{TcpListener, TcpSocket, TcpStream};
pub use udp::UdpSocket;
#[cfg(unix)]
#[doc(inline)]
pub use unix::{UnixDatagram, UnixListener, UnixSocket, UnixStream};
