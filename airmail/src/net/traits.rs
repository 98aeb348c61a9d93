//! [`AsyncRead`] and [`AsyncWrite`]; and how those of other crates are written, which are the same.

#[cfg(unix)]
use super::unix;
use super::{tcp, transfer};
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A crate's trait for whatever is written to: its name, how it calls the end, and for whom.
macro_rules! writes {
    // One that can be asked whether several buffers at once are worth while.
    (vectored $write:path, $end:ident: $($name:ty),+) => {$(
        writes!($write, $end: $name {
            fn is_write_vectored(&self) -> bool {
                true
            }
        });
    )+};
    ($write:path, $end:ident: $($name:ty),+) => {$(
        writes!($write, $end: $name {});
    )+};
    ($write:path, $end:ident: $name:ty { $($more:tt)* }) => {
        impl $write for $name {
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
                bufs: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                transfer::poll_write_vectored(self.source(), cx, bufs)
            }

            /// What is written is the system's already.
            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            /// Ends the writing, so that the other side reads the end. Reading goes on.
            fn $end(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(self.shut())
            }

            $($more)*
        }
    };
}

#[cfg(any(feature = "futures-io", feature = "hyper"))]
pub(super) use writes;

macro_rules! reads {
    ($($name:ty),+) => {$(
        impl AsyncRead for $name {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                transfer::poll_read(self.source(), cx, buf)
            }
        }
    )+};
}

reads!(tcp::TcpStream, tcp::ReadHalf<'_>, tcp::OwnedReadHalf);
writes!(vectored AsyncWrite, poll_shutdown: tcp::TcpStream, tcp::WriteHalf<'_>, tcp::OwnedWriteHalf);

#[cfg(unix)]
reads!(unix::UnixStream, unix::ReadHalf<'_>, unix::OwnedReadHalf);
#[cfg(unix)]
writes!(vectored AsyncWrite, poll_shutdown: unix::UnixStream, unix::WriteHalf<'_>, unix::OwnedWriteHalf);
