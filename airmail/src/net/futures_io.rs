//! The traits of the futures crates, behind the feature `futures-io`.

#[cfg(unix)]
use super::unix;
use super::{tcp, transfer};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

macro_rules! reads {
    ($($name:ty),+) => {$(
        impl futures_io::AsyncRead for $name {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                transfer::poll_read_slice(self.source(), cx, buf)
            }
        }
    )+};
}

macro_rules! writes {
    ($($name:ty),+) => {$(
        impl futures_io::AsyncWrite for $name {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                transfer::poll_write(self.source(), cx, buf)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                transfer::poll_write_vectored(self.source(), cx, bufs)
            }

            /// What is written is the system's already.
            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            /// Ends the writing, so that the other side reads the end. Reading goes on.
            fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(self.shut())
            }
        }
    )+};
}

reads!(tcp::TcpStream, tcp::ReadHalf<'_>, tcp::OwnedReadHalf);
writes!(tcp::TcpStream, tcp::WriteHalf<'_>, tcp::OwnedWriteHalf);

#[cfg(unix)]
reads!(unix::UnixStream, unix::ReadHalf<'_>, unix::OwnedReadHalf);
#[cfg(unix)]
writes!(unix::UnixStream, unix::WriteHalf<'_>, unix::OwnedWriteHalf);
