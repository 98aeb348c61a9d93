//! To look at bytes and leave them to be read.

use super::{OwnedReadHalf, ReadHalf, TcpStream};
use crate::io::{Interest, ReadBuf};
use crate::net::transfer;
use std::io;
use std::task::{Context, Poll};

impl TcpStream {
    /// Waits for bytes and copies them into `buf`, but leaves them to be read. None is the end.
    ///
    /// # Errors
    /// Those of a read.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    ///
    /// ```
    /// # use airmail::{io::AsyncReadExt, net::{TcpListener, TcpStream}};
    /// # #[airmail::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let there = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (mut stream, _) = listener.accept().await?;
    /// # there.try_write(b"letter")?;
    /// let mut first = [0; 1];
    /// stream.peek(&mut first).await?;
    /// assert_eq!(stream.read_u8().await?, first[0]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.source().io(Interest::READABLE, |stream| stream.peek(buf)).await
    }

    /// As [`peek`](Self::peek). Of several tasks that poll for reading, the last one is woken.
    ///
    /// # Errors
    /// As [`peek`](Self::peek).
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        transfer::poll_receive(self.source(), cx, buf, |stream, room| {
            let done = stream.peek(room)?;
            Ok((done, done))
        })
    }
}

macro_rules! of_half {
    ($($half:ty),+) => {$(
        impl $half {
            /// As [`TcpStream::peek`].
            ///
            /// # Errors
            /// Those of a read.
            ///
            /// # Cancel safety
            /// Nothing is lost if the future is dropped.
            pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                self.stream().peek(buf).await
            }

            /// As [`TcpStream::poll_peek`].
            ///
            /// # Errors
            /// Those of a read.
            pub fn poll_peek(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
                self.stream().poll_peek(cx, buf)
            }
        }
    )+};
}

of_half!(ReadHalf<'_>, OwnedReadHalf);

impl ReadHalf<'_> {
    fn stream(&self) -> &TcpStream {
        self.0
    }
}

impl OwnedReadHalf {
    fn stream(&self) -> &TcpStream {
        self.as_ref()
    }
}
