//! Operations that never wait, and waiting without an operation.

use crate::{each, kind, pattern, tcp_pair};
use airmail::io::Interest;
use airmail::net::{TcpStream, UnixStream};
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};

/// Writes the pattern from `start` on, until there is no room; gives where it came to.
fn fill(stream: &TcpStream, start: usize) -> io::Result<usize> {
    let block = pattern(64 * 251);
    let mut at = start;
    loop {
        match stream.try_write(&block[at % 251..]) {
            Ok(more) => at += more,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(at),
            Err(error) => return Err(error),
        }
    }
}

/// Reads the pattern from `at` to `end`.
async fn take(stream: &TcpStream, mut at: usize, end: usize) -> io::Result<()> {
    let mut block = vec![0; 16 * 1024];
    while at < end {
        stream.readable().await?;
        let room = (end - at).min(block.len());
        match stream.try_read(&mut block[..room]) {
            Ok(0) => panic!("the end, with {} bytes missing", end - at),
            Ok(read) => {
                let right = |(n, byte): (usize, &u8)| *byte == ((at + n) % 251) as u8;
                assert!(block[..read].iter().enumerate().all(right), "at {at}");
                at += read;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A send buffer that is full takes no more; when the other side has read, it is writable again.
#[test]
fn short_writes() {
    each("short_writes", async || {
        let (here, there) = tcp_pair().await?;
        let mut at = 0;
        for _ in 0..3 {
            poll_fn(|cx| here.poll_write_ready(cx)).await?;
            let end = fill(&here, at)?;
            assert!(end > at);
            assert_eq!(kind(here.try_write_vectored(&[IoSlice::new(b"more")])), ErrorKind::WouldBlock);
            take(&there, at, end).await?;
            at = end;
        }
        Ok(())
    });
}

#[test]
fn nothing_to_read() {
    each("nothing_to_read", async || {
        let (here, there) = UnixStream::pair()?;
        // Before and after it is registered.
        assert_eq!(kind(here.try_read(&mut [0; 8])), ErrorKind::WouldBlock);
        here.writable().await?;
        assert_eq!(kind(here.try_read(&mut [0; 8])), ErrorKind::WouldBlock);
        assert_eq!(there.try_write(b"letter")?, 6);
        poll_fn(|cx| here.poll_read_ready(cx)).await?;
        let (mut first, mut rest) = ([0; 2], [0; 8]);
        let mut parts = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut rest)];
        assert_eq!(here.try_read_vectored(&mut parts)?, 6);
        assert_eq!((&first, &rest[..4]), (b"le", &b"tter"[..]));
        assert_eq!(kind(here.try_read(&mut [0; 8])), ErrorKind::WouldBlock);
        drop(there);
        here.readable().await?;
        assert_eq!(here.try_read(&mut [0; 8])?, 0);
        Ok(())
    });
}

#[test]
fn a_buffer_that_grows() {
    each("a_buffer_that_grows", async || {
        let (here, there) = UnixStream::pair()?;
        there.try_write(b"letter")?;
        there.try_write(b" and more")?;
        let mut buf = Vec::with_capacity(64);
        buf.extend_from_slice(b"a ");
        here.readable().await?;
        assert_eq!(here.try_read_buf(&mut buf)?, 15);
        assert_eq!(buf, b"a letter and more");
        let (read, _write) = here.into_split();
        assert_eq!(kind(read.try_read_buf(&mut buf)), ErrorKind::WouldBlock);
        Ok(())
    });
}

#[test]
fn what_it_is_ready_for() {
    each("what_it_is_ready_for", async || {
        let (here, there) = tcp_pair().await?;
        let both = Interest::READABLE | Interest::WRITABLE;
        let ready = here.ready(both).await?;
        assert!(ready.is_writable() && !ready.is_readable(), "{ready:?}");
        there.try_write(b"x")?;
        assert!(here.ready(Interest::READABLE).await?.is_readable());
        let ready = here.ready(both).await?;
        assert!(ready.is_writable() && ready.is_readable() && !ready.is_read_closed(), "{ready:?}");
        drop(there);
        while !here.ready(Interest::READABLE).await?.is_read_closed() {
            // A byte, or nothing yet, or the end before the driver has told of it.
            let _whatever = here.try_read(&mut [0]);
        }
        Ok(())
    });
}

/// Operations of another library, here of `rustix`-like kind: the standard library's, on the same descriptor.
#[test]
fn operations_of_others() {
    each("operations_of_others", async || {
        let (here, there) = tcp_pair().await?;
        let theirs = socket2::SockRef::from(&here);
        let mut calls = 0;
        let refused = here.try_io(Interest::READABLE, || {
            calls += 1;
            theirs.peek(&mut [std::mem::MaybeUninit::uninit(); 4])
        });
        assert_eq!(kind(refused), ErrorKind::WouldBlock);
        let reader = async {
            let mut block = [std::mem::MaybeUninit::uninit(); 16];
            here.async_io(Interest::READABLE, || theirs.recv(&mut block)).await
        };
        let writer = async { there.async_io(Interest::WRITABLE, || there.try_write(b"letter")).await };
        let (read, written) = futures::join!(reader, writer);
        assert_eq!((read?, written?), (6, 6));
        assert!(calls <= 1);
        Ok(())
    });
}
