//! UDP, and datagrams of Unix.

use crate::{Place, each, kind, once};
use airmail::io::{Interest, ReadBuf};
use airmail::net::{UdpSocket, UnixDatagram, UnixSocket};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

async fn udp_pair() -> io::Result<(UdpSocket, UdpSocket)> {
    let (one, other) = (UdpSocket::bind("127.0.0.1:0").await?, UdpSocket::bind("127.0.0.1:0").await?);
    one.connect(other.local_addr()?).await?;
    other.connect(one.local_addr()?).await?;
    Ok((one, other))
}

#[test]
fn to_anybody() {
    each("to_anybody", async || {
        let (one, other) = (UdpSocket::bind("127.0.0.1:0").await?, UdpSocket::bind("localhost:0").await?);
        let one = if other.local_addr()?.is_ipv6() { UdpSocket::bind("[::1]:0").await? } else { one };
        assert_eq!(kind(other.try_recv_from(&mut [0; 8])), ErrorKind::WouldBlock);
        assert_eq!(one.try_send_to(b"first", other.local_addr()?)?, 5);
        assert_eq!(poll_fn(|cx| one.poll_send_to(cx, b"second", other.local_addr()?)).await?, 6);
        assert_eq!(one.send_to(b"third", other.local_addr()?.to_string()).await?, 5);

        assert_eq!(other.peek_sender().await?, one.local_addr()?);
        assert_eq!(other.try_peek_sender()?, one.local_addr()?);
        let mut block = [0; 16];
        assert_eq!(other.try_peek_from(&mut block)?, (5, one.local_addr()?));
        // What does not fit is lost, and nothing of the next one.
        assert_eq!(other.recv_from(&mut block[..2]).await?, (2, one.local_addr()?));
        let mut buf = ReadBuf::new(&mut block);
        assert_eq!(poll_fn(|cx| other.poll_peek_from(cx, &mut buf)).await?, one.local_addr()?);
        buf.clear();
        assert_eq!(poll_fn(|cx| other.poll_recv_from(cx, &mut buf)).await?, one.local_addr()?);
        assert_eq!(buf.filled(), b"second");
        assert_eq!(other.recv_from(&mut block).await?.0, 5);
        assert_eq!(kind(other.try_recv_from(&mut block)), ErrorKind::WouldBlock);
        Ok(())
    });
}

#[test]
fn to_one() {
    each("to_one", async || {
        let (one, other) = udp_pair().await?;
        assert_eq!(one.peer_addr()?, other.local_addr()?);
        one.send(b"first").await?;
        one.try_send(b"second")?;
        poll_fn(|cx| one.poll_send_ready(cx)).await?;
        poll_fn(|cx| one.poll_send(cx, b"third")).await?;
        // An empty datagram is one, too.
        one.send(b"").await?;

        let mut block = [0; 16];
        poll_fn(|cx| other.poll_recv_ready(cx)).await?;
        assert_eq!(other.peek(&mut block).await?, 5);
        assert_eq!(other.try_peek(&mut block)?, 5);
        assert_eq!(other.recv(&mut block).await?, 5);
        assert_eq!(other.try_recv(&mut block)?, 6);
        let mut buf = ReadBuf::new(&mut block);
        poll_fn(|cx| other.poll_peek(cx, &mut buf)).await?;
        buf.clear();
        poll_fn(|cx| other.poll_recv(cx, &mut buf)).await?;
        assert_eq!(buf.filled(), b"third");
        assert_eq!(other.recv(&mut block).await?, 0);
        Ok(())
    });
}

/// Nobody is there: the next receive says so, and the one after that waits as ever.
#[test]
fn nobody_there() {
    each("nobody_there", async || {
        let (one, other) = udp_pair().await?;
        let address = other.local_addr()?;
        drop(other);
        one.send(b"x").await?;
        assert_eq!(kind(one.recv(&mut [0; 8]).await), ErrorKind::ConnectionRefused);
        let other = UdpSocket::bind(address).await?;
        other.send_to(b"x", one.local_addr()?).await?;
        assert_eq!(one.recv(&mut [0; 8]).await?, 1);
        Ok(())
    });
}

/// After an error was told, who finds nothing really waits.
#[test]
fn an_error_is_over() {
    each("an_error_is_over", async || {
        let (one, other) = udp_pair().await?;
        drop(other);
        // Registered, so that the driver hears of the error.
        one.writable().await?;
        one.send(b"x").await?;
        one.ready(Interest::ERROR).await?;
        assert_eq!(kind(one.recv(&mut [0; 8]).await), ErrorKind::ConnectionRefused);
        for interest in [Interest::READABLE, Interest::WRITABLE] {
            let mut calls = 0;
            let mut nothing = || -> io::Result<()> {
                calls += 1;
                Err(ErrorKind::WouldBlock.into())
            };
            assert!(once(pin!(one.async_io(interest, &mut nothing))).await.is_pending());
            assert!(calls < 4, "{interest:?}: {calls} calls in one poll");
        }
        Ok(())
    });
}

/// A socket that is shut down counts as ready, and gives nothing: nobody is held up by that.
#[test]
fn shut_down_and_nothing_there() {
    each("shut_down_and_nothing_there", async || {
        let (one, other) = UnixDatagram::pair()?;
        other.writable().await?;
        other.shutdown(Shutdown::Read)?;
        while !other.ready(Interest::READABLE).await?.is_read_closed() {
            let _nothing = other.try_recv(&mut [0; 8]);
        }
        let (mut block, mut memory) = ([0; 8], [0; 8]);
        let mut buf = ReadBuf::new(&mut memory);
        assert!(poll_fn(|cx| Poll::Ready(other.poll_recv(cx, &mut buf))).await.is_pending());
        assert!(once(pin!(other.recv(&mut block))).await.is_pending());
        assert_eq!(kind(one.send(b"x").await), ErrorKind::BrokenPipe);
        Ok(())
    });
}

/// One task sends while others receive, over one socket.
#[test]
fn ping_pong() {
    each("ping_pong", async || {
        let (one, other) = udp_pair().await?;
        let echo = airmail::spawn(async move {
            let mut block = [0; 8];
            for _ in 0..500 {
                let received = other.recv(&mut block).await?;
                other.send(&block[..received]).await?;
            }
            io::Result::Ok(())
        });
        let one = Arc::new(one);
        for n in 0..500_u32 {
            one.send(&n.to_le_bytes()).await?;
            let mut block = [0; 8];
            assert_eq!(one.recv(&mut block).await?, 4);
            assert_eq!(block[..4], n.to_le_bytes());
        }
        echo.await.expect("no panic")
    });
}

#[test]
fn unix_pairs() {
    each("unix_pairs", async || {
        let (one, other) = UnixDatagram::pair()?;
        assert_eq!(kind(other.try_recv(&mut [0; 8])), ErrorKind::WouldBlock);
        one.send(b"first").await?;
        one.try_send(b"second")?;
        let mut block = [0; 16];
        assert_eq!(other.recv(&mut block).await?, 5);
        assert_eq!(other.try_recv(&mut block)?, 6);

        // The queue is full at some time; then a send waits until somebody receives.
        while one.try_send(b"more").is_ok() {}
        let sender = airmail::spawn(async move {
            one.send(b"last").await?;
            one.shutdown(Shutdown::Write)?;
            assert_eq!(kind(one.send(b"more").await), ErrorKind::BrokenPipe);
            io::Result::Ok(())
        });
        loop {
            let received = other.recv(&mut block).await?;
            if &block[..received] == b"last" {
                break;
            }
        }
        sender.await.expect("no panic")?;
        Ok(())
    });
}

#[test]
fn unix_paths() {
    each("unix_paths", async || {
        let (place, absent) = (Place::new(), Place::new());
        let there = UnixDatagram::bind(place.path())?;
        let here = UnixDatagram::unbound()?;
        assert_eq!(kind(here.connect(absent.path())), ErrorKind::NotFound);
        assert_eq!(kind(here.send_to(b"x", absent.path()).await), ErrorKind::NotFound);
        here.send_to(b"first", place.path()).await?;
        here.try_send_to(b"second", place.path())?;
        poll_fn(|cx| here.poll_send_to(cx, b"third", place.path())).await?;
        here.connect(place.path())?;
        assert_eq!(here.peer_addr()?.as_pathname(), Some(place.path()));
        here.send(b"fourth").await?;

        let mut block = [0; 16];
        let (received, from) = there.recv_from(&mut block).await?;
        assert!(received == 5 && from.is_unnamed());
        assert_eq!(there.try_recv_from(&mut block)?.0, 6);
        let mut buf = ReadBuf::new(&mut block);
        poll_fn(|cx| there.poll_recv_from(cx, &mut buf)).await?;
        assert_eq!(buf.filled(), b"third");
        assert_eq!(there.recv(&mut block).await?, 6);
        assert_eq!(there.local_addr()?.as_pathname(), Some(place.path()));
        assert!(here.take_error()?.is_none());
        Ok(())
    });
}

/// Buffers that grow take a datagram as far as they have room.
#[test]
fn buffers_that_grow() {
    each("buffers_that_grow", async || {
        let (one, other) = udp_pair().await?;
        one.send(b"first").await?;
        one.send(&crate::pattern(40_000)).await?;
        one.send(b"third").await?;
        one.send(b"fourth").await?;
        let mut buf = Vec::with_capacity(64 * 1024);
        assert_eq!(other.recv_buf(&mut buf).await?, 5);
        assert_eq!(other.recv_buf_from(&mut buf).await?, (40_000, one.local_addr()?));
        assert!(buf[..5] == *b"first" && buf[5..] == crate::pattern(40_000));
        let mut four = [0; 4];
        assert_eq!(other.recv_buf(&mut &mut four[..]).await?, 4);
        assert_eq!(&four, b"thir");
        other.readable().await?;
        assert_eq!(other.try_recv_buf_from(&mut buf)?, (6, one.local_addr()?));
        assert_eq!(kind(other.try_recv_buf(&mut buf)), ErrorKind::WouldBlock);

        let (one, other) = UnixDatagram::pair()?;
        one.send(b"letter").await?;
        buf.clear();
        assert_eq!(other.try_recv_buf(&mut buf)?, 6);
        one.send(b"letter").await?;
        assert!(other.recv_buf_from(&mut buf).await?.1.is_unnamed());
        assert_eq!(buf, b"letterletter");
        Ok(())
    });
}

#[test]
fn sockets_before_they_are_used() {
    each("sockets_before_they_are_used", async || {
        let (place, other) = (Place::new(), Place::new());
        let there = UnixSocket::new_datagram()?;
        there.bind(place.path())?;
        let there = there.datagram()?;
        UnixDatagram::unbound()?.send_to(b"letter", place.path()).await?;
        assert_eq!(there.recv(&mut [0; 8]).await?, 6);

        let listener = UnixSocket::new_stream()?;
        listener.bind(other.path())?;
        let listener = listener.listen(4)?;
        let here = UnixSocket::new_stream()?.connect(other.path()).await?;
        let (there, _) = listener.accept().await?;
        assert_eq!(here.try_write(b"letter")?, 6);
        there.readable().await?;
        assert_eq!(there.try_read(&mut [0; 8])?, 6);

        let error = UnixSocket::new_stream()?.datagram().expect_err("of streams");
        assert!(error.to_string().contains("new_datagram"), "{error}");
        assert_eq!(kind(UnixSocket::new_datagram()?.listen(4)), ErrorKind::InvalidInput);
        assert_eq!(kind(UnixSocket::new_datagram()?.connect(other.path()).await), ErrorKind::InvalidInput);
        Ok(())
    });
}
