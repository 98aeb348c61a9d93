//! hyper's own traits, behind the feature `hyper`.

use super::traits::writes;
use super::{tcp, transfer};
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

macro_rules! reads {
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
    )+};
}

reads!(tcp::TcpStream);
writes!(vectored Write, poll_shutdown: tcp::TcpStream);
#[cfg(unix)]
reads!(super::unix::UnixStream);
#[cfg(unix)]
writes!(vectored Write, poll_shutdown: super::unix::UnixStream);
