//! UDP, and datagrams of Unix.

use crate::{Place, each, kind};
use airmail::io::ReadBuf;
use airmail::net::{UdpSocket, UnixDatagram};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::sync::Arc;

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
