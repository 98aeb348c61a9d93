//! The traits of the futures crates, behind the feature `futures-io`.

use super::traits::writes;
#[cfg(unix)]
use super::unix;
use super::{tcp, transfer};
use std::io;
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

reads!(tcp::TcpStream, tcp::ReadHalf<'_>, tcp::OwnedReadHalf);
writes!(futures_io::AsyncWrite, poll_close: tcp::TcpStream, tcp::WriteHalf<'_>, tcp::OwnedWriteHalf);

#[cfg(unix)]
reads!(unix::UnixStream, unix::ReadHalf<'_>, unix::OwnedReadHalf);
#[cfg(unix)]
writes!(futures_io::AsyncWrite, poll_close: unix::UnixStream, unix::WriteHalf<'_>, unix::OwnedWriteHalf);
