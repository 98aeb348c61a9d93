//! Reading and writing without blocking.
//!
//! The traits are tokio's own, taken from its crate without its runtime, so whatever is written for them works with
//! airmail's [streams](crate::net), and a stream of airmail goes wherever they are asked for.
//!
//! * [`AsyncRead`], [`AsyncWrite`], [`AsyncBufRead`], [`AsyncSeek`], and [`ReadBuf`], the buffer that remembers how much
//!   of it is filled.
//! * With the feature `net`: [`Interest`] and [`Ready`], what to wait for and what there is; on Unix
//!   [`unix::AsyncFd`], which waits for any file descriptor that can be waited for.
//! * With the feature `io-util`, what works with every reader and writer:
//!   * methods: [`AsyncReadExt`], [`AsyncWriteExt`], [`AsyncBufReadExt`], [`AsyncSeekExt`];
//!   * buffers: [`BufReader`], [`BufWriter`], [`BufStream`], [`Lines`], [`Split`];
//!   * parts: [`Take`], [`Chain`], [`split`] into [`ReadHalf`] and [`WriteHalf`], [`join`](fn@join) to a [`Join`];
//!   * from one to the other: [`copy`], [`copy_buf`], [`copy_bidirectional`], [`copy_bidirectional_with_sizes`];
//!   * in memory: [`duplex`] and [`DuplexStream`], [`simplex`] and [`SimplexStream`], [`empty`], [`repeat`], [`sink`].
//! * From the standard library: [`Error`], [`ErrorKind`], [`Result`], [`SeekFrom`].
//!
//! ```
//! use airmail::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
//!
//! # #[airmail::main]
//! # async fn main() -> std::io::Result<()> {
//! let (mut here, there) = airmail::io::duplex(64);
//! airmail::spawn(async move { here.write_all(b"two\nlines\n").await });
//! let mut lines = BufReader::new(there).lines();
//! assert_eq!(lines.next_line().await?.as_deref(), Some("two"));
//! assert_eq!(lines.next_line().await?.as_deref(), Some("lines"));
//! assert_eq!(lines.next_line().await?, None);
//! # Ok(())
//! # }
//! ```

#[cfg(all(feature = "net", unix))]
mod async_fd;
#[cfg(feature = "net")]
mod interest;
#[cfg(feature = "net")]
mod ready;
#[cfg(feature = "net")]
pub(crate) mod source;
#[cfg(all(feature = "net", unix))]
pub mod unix;

#[cfg(feature = "net")]
pub use interest::Interest;
#[cfg(feature = "net")]
pub use ready::Ready;

#[doc(no_inline)]
pub use std::io::{Error, ErrorKind, Result, SeekFrom};
#[doc(no_inline)]
pub use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
#[cfg(feature = "io-util")]
#[doc(no_inline)]
pub use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, BufStream, BufWriter, Chain,
    DuplexStream, Empty, Join, Lines, ReadHalf, Repeat, SimplexStream, Sink, Split, Take, WriteHalf, copy,
    copy_bidirectional, copy_bidirectional_with_sizes, copy_buf, duplex, empty, join, repeat, simplex, sink,
    split,
};
