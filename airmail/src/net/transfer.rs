//! Bytes in and out: what all streams and datagram sockets share.

use crate::io::ReadBuf;
use crate::io::source::{Direction, Source};
use std::io::{self, IoSlice, Read, Write};
use std::os::fd::AsRawFd;
use std::task::{Context, Poll, ready};

/// What memory that was never written is filled with zeros before a read, at most.
const FRESH: usize = 64 * 1024;

/// A connected stream of bytes.
pub(super) trait Stream: AsRawFd {
    /// A read that brought some bytes, and fewer than there was room for, has emptied it.
    ///
    /// Not so for streams of Unix: a read ends where descriptors were sent along, whatever is behind them. A read of TCP
    /// ends early at the mark of urgent data too; what is behind that mark is then read with what comes next.
    const SHORT_IS_LAST: bool;
}

impl Stream for mio::net::TcpStream {
    const SHORT_IS_LAST: bool = true;
}

#[cfg(unix)]
impl Stream for mio::net::UnixStream {
    const SHORT_IS_LAST: bool = false;
}

/// Does `read`, which fills up to `room` bytes, as soon as it need not wait.
pub(super) fn poll_read_with<S: Stream>(
    source: &Source<S>,
    cx: &mut Context<'_>,
    room: usize,
    read: impl FnMut(&S) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    if S::SHORT_IS_LAST {
        source.poll_stream(cx, Direction::Read, room, read)
    } else {
        source.poll_io(cx, Direction::Read, read)
    }
}

/// Reads into what is left of `buf`.
pub(super) fn poll_read<S>(
    source: &Source<S>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>>
where
    S: Stream,
    for<'a> &'a S: Read,
{
    // Nothing is written into memory that was never written but through a slice, so it is filled first: not megabytes of
    // it for a read that may bring ten bytes.
    let written = buf.initialized().len() - buf.filled().len();
    let room = buf.initialize_unfilled_to(buf.remaining().min(FRESH.max(written)));
    let done = ready!(poll_read_slice(source, cx, room))?;
    buf.advance(done);
    Poll::Ready(Ok(()))
}

pub(super) fn poll_read_slice<S>(
    source: &Source<S>,
    cx: &mut Context<'_>,
    buf: &mut [u8],
) -> Poll<io::Result<usize>>
where
    S: Stream,
    for<'a> &'a S: Read,
{
    if buf.is_empty() {
        return Poll::Ready(Ok(0));
    }
    poll_read_with(source, cx, buf.len(), |mut object| object.read(buf))
}

pub(super) fn poll_write<S>(source: &Source<S>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>>
where
    S: AsRawFd,
    for<'a> &'a S: Write,
{
    source.poll_stream(cx, Direction::Write, buf.len(), |mut object| object.write(buf))
}

pub(super) fn poll_write_vectored<S>(
    source: &Source<S>,
    cx: &mut Context<'_>,
    bufs: &[IoSlice<'_>],
) -> Poll<io::Result<usize>>
where
    S: AsRawFd,
    for<'a> &'a S: Write,
{
    // The system takes only so many buffers at once (`IOV_MAX`): that it took less than all of them says nothing of room.
    source.poll_io(cx, Direction::Write, |mut object| object.write_vectored(bufs))
}

/// Fills `buf` with a datagram, or the head of one, and gives what else `receive` found out.
pub(super) fn poll_receive<S, R>(
    source: &Source<S>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
    mut receive: impl FnMut(&S, &mut [u8]) -> io::Result<(usize, R)>,
) -> Poll<io::Result<R>>
where
    S: AsRawFd,
{
    let room = buf.initialize_unfilled();
    let (done, rest) = ready!(source.poll_io(cx, Direction::Read, |object| receive(object, room)))?;
    buf.advance(done);
    Poll::Ready(Ok(rest))
}

thread_local! {
    /// Where bytes wait for a moment that safe code cannot read into their place. Without a destructor, so it is there to
    /// the thread's end.
    #[cfg(any(feature = "hyper", feature = "io-util"))]
    static BLOCK: std::cell::RefCell<[u8; BLOCK_SIZE]> = const { std::cell::RefCell::new([0; BLOCK_SIZE]) };
}

#[cfg(any(feature = "hyper", feature = "io-util"))]
pub(super) const BLOCK_SIZE: usize = 16 * 1024;

/// Reads up to `room` bytes into a block of this thread and gives them to `take`: one copy, and nothing to be filled with
/// zeros. More than the block has are read into one that is made for them, and so are those of
/// whoever comes while the block is in use: `take` is the code of others.
#[cfg(any(feature = "hyper", feature = "io-util"))]
pub(super) fn read_copied<R>(
    room: usize,
    read: impl FnOnce(&mut [u8]) -> io::Result<(usize, R)>,
    take: impl FnOnce(&[u8]),
) -> io::Result<(usize, R)> {
    let into = |block: &mut [u8]| {
        let (done, rest) = read(block)?;
        take(&block[..done]);
        Ok((done, rest))
    };
    if room > BLOCK_SIZE {
        return into(&mut vec![0; room]);
    }
    BLOCK.with(|block| match block.try_borrow_mut() {
        Ok(mut block) => into(&mut block[..room]),
        Err(_) => into(&mut vec![0; room]),
    })
}

/// As much of a stream as there is, to the end of a buffer that grows.
#[cfg(feature = "io-util")]
pub(super) fn read_buf(
    buf: &mut impl bytes::BufMut,
    read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
) -> io::Result<usize> {
    let room = buf.chunk_mut().len().min(BLOCK_SIZE);
    let read = |block: &mut [u8]| Ok((read(block)?, ()));
    read_copied(room, read, |bytes| buf.put_slice(bytes)).map(|(done, ())| done)
}

/// A datagram, to the end of a buffer that grows. The longest that there are fit into 256 KiB.
#[cfg(feature = "io-util")]
pub(super) fn receive_buf<R>(
    buf: &mut impl bytes::BufMut,
    receive: impl FnOnce(&mut [u8]) -> io::Result<(usize, R)>,
) -> io::Result<(usize, R)> {
    let room = buf.chunk_mut().len().min(256 * 1024);
    read_copied(room, receive, |bytes| buf.put_slice(bytes))
}

/// Ends one way, or both, of a stream. One whose other side is gone has ended already.
pub(super) fn ended(answer: io::Result<()>) -> io::Result<()> {
    match answer {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        answer => answer,
    }
}
