//! Reading and writing of TCP and Unix streams.

use crate::{each, kind, pattern, tcp_pair};
use airmail::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use airmail::net::{TcpListener, TcpStream, UnixStream};
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;

/// Far more than the system keeps for a stream.
const MUCH: usize = 3 << 20;

async fn echoes<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(here: S, mut there: S) -> io::Result<()> {
    let echo = airmail::spawn(async move {
        let mut block = [0; 1024];
        loop {
            match there.read(&mut block).await? {
                0 => return there.shutdown().await,
                read => there.write_all(&block[..read]).await?,
            }
        }
    });
    let (mut reader, mut writer) = airmail::io::split(here);
    let writing = airmail::spawn(async move {
        writer.write_all(&pattern(MUCH)).await?;
        writer.shutdown().await
    });
    let mut back = Vec::new();
    reader.read_to_end(&mut back).await?;
    assert_eq!(back, pattern(MUCH));
    writing.await.expect("no panic")?;
    echo.await.expect("no panic")
}

#[test]
fn an_echo_gives_back_everything() {
    each("tcp", async || {
        let (here, there) = tcp_pair().await?;
        echoes(here, there).await
    });
    each("unix", async || {
        let (here, there) = UnixStream::pair()?;
        echoes(here, there).await
    });
}

/// Zero bytes are the end only for a buffer that has room.
#[test]
fn half_close() {
    each("half_close", async || {
        let (mut here, mut there) = tcp_pair().await?;
        assert_eq!(here.read(&mut []).await?, 0);
        there.write_all(b"last words").await?;
        there.shutdown().await?;
        assert_eq!(here.read(&mut []).await?, 0);

        let mut words = String::new();
        here.read_to_string(&mut words).await?;
        assert_eq!(words, "last words");
        assert_eq!(here.read(&mut [0; 8]).await?, 0);
        assert_eq!(here.read(&mut [0; 8]).await?, 0);

        // The other way still works.
        here.write_all(b"answer").await?;
        drop(here);
        words.clear();
        there.read_to_string(&mut words).await?;
        assert_eq!(words, "answer");
        assert_eq!(kind(there.write_all(b"x").await), ErrorKind::BrokenPipe);
        Ok(())
    });
}

/// A read that waits hears of the end.
#[test]
fn the_end_wakes() {
    each("the_end_wakes", async || {
        let (mut here, there) = tcp_pair().await?;
        let reader = airmail::spawn(async move { here.read(&mut [0; 8]).await });
        airmail::task::yield_now().await;
        drop(there);
        assert_eq!(reader.await.expect("no panic")?, 0);
        Ok(())
    });
}

#[test]
fn byte_by_byte() {
    each("byte_by_byte", async || {
        let (mut here, mut there) = tcp_pair().await?;
        let all = pattern(3000);
        let writer = airmail::spawn(async move {
            for byte in pattern(3000) {
                there.write_u8(byte).await?;
            }
            io::Result::Ok(there)
        });
        for byte in all {
            assert_eq!(here.read_u8().await?, byte);
        }
        drop(writer.await.expect("no panic")?);
        assert_eq!(here.read(&mut [0]).await?, 0);
        Ok(())
    });
}

/// Reads of fewer bytes than there are leave the rest to be read, without another event.
#[test]
fn what_is_left_is_read_next() {
    each("what_is_left_is_read_next", async || {
        let (mut here, mut there) = UnixStream::pair()?;
        // The first read waits, so that the stream is registered.
        let first = airmail::spawn(async move {
            let byte = here.read_u8().await?;
            io::Result::Ok((here, byte))
        });
        airmail::task::yield_now().await;
        there.write_all(b"abcdef").await?;
        let (mut here, byte) = first.await.expect("no panic")?;
        assert_eq!(byte, b'a');
        let mut two = [0; 2];
        here.read_exact(&mut two).await?;
        let mut rest = [0; 16];
        assert_eq!(here.read(&mut rest).await?, 3);
        assert_eq!((&two, &rest[..3]), (b"bc", &b"def"[..]));
        Ok(())
    });
}

/// A buffer that was never written is filled only as far as there were bytes.
#[test]
fn buffers_of_their_own() {
    each("buffers_of_their_own", async || {
        let (mut here, mut there) = tcp_pair().await?;
        there.write_all(b"letter").await?;
        let mut memory = vec![std::mem::MaybeUninit::uninit(); 1 << 20];
        let mut buf = ReadBuf::uninit(&mut memory);
        poll_fn(|cx| Pin::new(&mut here).poll_read(cx, &mut buf)).await?;
        assert_eq!(buf.filled(), b"letter");
        assert!(buf.initialized().len() < 1 << 18, "a megabyte was filled for six bytes");

        there.write_all(b" and more").await?;
        poll_fn(|cx| Pin::new(&mut here).poll_read(cx, &mut buf)).await?;
        assert_eq!(buf.filled(), b"letter and more");
        Ok(())
    });
}

#[test]
fn several_buffers_at_once() {
    each("several_buffers_at_once", async || {
        let (mut here, mut there) = tcp_pair().await?;
        assert!(here.is_write_vectored());
        let parts = [IoSlice::new(b"one "), IoSlice::new(b"two "), IoSlice::new(b"three")];
        assert_eq!(here.write_vectored(&parts).await?, 13);
        let mut all = [0; 13];
        there.read_exact(&mut all).await?;
        assert_eq!(&all, b"one two three");
        Ok(())
    });
}

#[test]
fn a_look_leaves_the_bytes() {
    each("a_look_leaves_the_bytes", async || {
        let (mut here, mut there) = tcp_pair().await?;
        let looker = airmail::spawn(async move {
            let mut look = [0; 3];
            assert_eq!(here.peek(&mut look).await?, 3);
            assert_eq!(&look, b"let");
            let mut look = [0; 16];
            let mut buf = ReadBuf::new(&mut look);
            assert_eq!(poll_fn(|cx| here.poll_peek(cx, &mut buf)).await?, 6);
            assert_eq!(buf.filled(), b"letter");
            let (mut read, _write) = here.split();
            assert_eq!(read.peek(&mut look).await?, 6);
            let (mut read, write) = here.into_split();
            assert_eq!(read.peek(&mut look).await?, 6);
            let mut buf = ReadBuf::new(&mut look);
            assert_eq!(poll_fn(|cx| read.poll_peek(cx, &mut buf)).await?, 6);
            let mut here = read.reunite(write).expect("of one stream");
            let mut letter = String::new();
            here.read_to_string(&mut letter).await?;
            io::Result::Ok((letter, here.peek(&mut look).await?))
        });
        airmail::task::yield_now().await;
        there.write_all(b"letter").await?;
        drop(there);
        assert_eq!(looker.await.expect("no panic")?, ("letter".to_owned(), 0));
        Ok(())
    });
}

/// The other side throws the connection away: who reads hears of it once, and then of the end.
#[test]
fn a_reset_is_told_once() {
    each("a_reset_is_told_once", async || {
        let (mut here, mut there) = tcp_pair().await?;
        here.write_all(b"x").await?;
        let reader = airmail::spawn(async move {
            let first = here.read(&mut [0; 8]).await;
            (first, here.read(&mut [0; 8]).await, here.write(b"x").await, here.shutdown().await)
        });
        let mut byte = [0];
        there.read_exact(&mut byte).await?;
        there.set_zero_linger()?;
        drop(there);
        let (first, second, write, shutdown) = reader.await.expect("no panic");
        assert_eq!(kind(first), ErrorKind::ConnectionReset);
        assert_eq!(second?, 0);
        assert_eq!(kind(write), ErrorKind::BrokenPipe);
        shutdown?;
        Ok(())
    });
}

#[test]
fn nobody_there() {
    each("nobody_there", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        drop(listener);
        assert_eq!(kind(TcpStream::connect(address).await), ErrorKind::ConnectionRefused);
        let absent = crate::Place::new();
        assert_eq!(kind(UnixStream::connect(absent.path()).await), ErrorKind::NotFound);
        Ok(())
    });
}

/// The first address is refused, the second one answers.
#[test]
fn every_address_is_tried() {
    each("every_address_is_tried", async || {
        let gone = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let there = listener.local_addr()?;
        let stream = TcpStream::connect(&[gone, there][..]).await?;
        assert_eq!(stream.peer_addr()?, there);
        assert!(stream.take_error()?.is_none());
        let error = TcpStream::connect(&[][..]).await.expect_err("no address");
        assert!(error.to_string().starts_with("`TcpStream::connect`"), "{error}");
        Ok(())
    });
}

/// More buffers than the system takes at once: that it took fewer does not mean that it has no room.
#[test]
fn more_buffers_than_go_at_once() {
    each("more_buffers", async || {
        let (mut here, mut there) = tcp_pair().await?;
        // The stream has waited, so that it is registered.
        let answer = airmail::spawn(async move {
            there.write_all(b"x").await?;
            let mut all = Vec::new();
            there.read_to_end(&mut all).await?;
            io::Result::Ok(all)
        });
        here.readable().await?;
        assert_eq!(here.read(&mut [0; 8]).await?, 1);

        let bytes = pattern(2000);
        let mut sent = 0;
        while sent < bytes.len() {
            let buffers: Vec<_> = bytes[sent..].chunks(1).map(IoSlice::new).collect();
            sent += poll_fn(|cx| Pin::new(&mut here).poll_write_vectored(cx, &buffers)).await?;
        }
        here.write_all(b"end").await?;
        here.shutdown().await?;
        let all = answer.await.expect("no panic")?;
        assert!(all[..2000] == bytes && &all[2000..] == b"end");
        Ok(())
    });
}

/// A read of a Unix stream ends behind bytes that came with a descriptor; those behind them are not waited for.
#[test]
fn bytes_behind_a_descriptor() {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;
    each("behind_a_descriptor", async || {
        let (mut here, there) = UnixStream::pair()?;
        let writer = airmail::spawn(async move {
            let descriptors = [there.as_fd()];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut with = SendAncillaryBuffer::new(&mut space);
            assert!(with.push(SendAncillaryMessage::ScmRights(&descriptors)));
            sendmsg(&there, &[IoSlice::new(b"with")], &mut with, SendFlags::empty())?;
            there.try_write(b"behind")?;
            io::Result::Ok(there)
        });
        let (mut all, mut block) = (Vec::new(), [0; 64]);
        while all.len() < 10 {
            let read = here.read(&mut block).await?;
            all.extend_from_slice(&block[..read]);
        }
        assert_eq!(&all, b"withbehind");
        drop(writer.await.expect("no panic")?);
        Ok(())
    });
}
