//! hyper's own traits, behind the feature `hyper`.

use super::{tcp, transfer};
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io::{self, IoSlice, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

macro_rules! both_ways {
    ($($name:ty),+) => {$(
        impl Read for $name {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                mut buf: ReadBufCursor<'_>,
            ) -> Poll<io::Result<()>> {
                let (source, room) = (self.source(), buf.remaining());
                if room == 0 {
                    return Poll::Ready(Ok(()));
                }
                // To read into hyper's own memory is unsafe (`ReadBufCursor::advance`), so the bytes are copied.
                let room = room.min(transfer::BLOCK_SIZE);
                let read = transfer::poll_read_with(source, cx, room, |mut object| {
                    let read = |block: &mut [u8]| Ok((object.read(block)?, ()));
                    transfer::read_copied(room, read, |bytes| buf.put_slice(bytes)).map(|(done, ())| done)
                });
                read.map_ok(drop)
            }
        }

        impl Write for $name {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                transfer::poll_write(self.source(), cx, buf)
            }

            fn is_write_vectored(&self) -> bool {
                true
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
            fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(self.shut())
            }
        }
    )+};
}

both_ways!(tcp::TcpStream);
#[cfg(unix)]
both_ways!(super::unix::UnixStream);
