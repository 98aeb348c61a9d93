//! Futures that are dropped while they wait: what comes goes to whoever asks next.

use crate::{Place, each, once, pattern, tcp_pair};
use airmail::io::{AsyncReadExt, AsyncWriteExt, Interest};
use airmail::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use airmail::time::{Duration, timeout};
use std::io;
use std::pin::pin;

/// A read is begun and dropped before each byte comes. None is lost.
#[test]
fn reads() {
    each("cancelled reads", async || {
        let (mut here, mut there) = tcp_pair().await?;
        for byte in 0..100 {
            assert!(once(pin!(here.read(&mut [0; 8]))).await.is_pending());
            assert!(once(pin!(here.readable())).await.is_pending());
            assert!(once(pin!(here.peek(&mut [0; 8]))).await.is_pending());
            there.write_u8(byte).await?;
            assert_eq!(here.read_u8().await?, byte);
        }
        Ok(())
    });
}

/// A read is dropped at any moment, also one at which the byte is there and its task was woken.
#[test]
fn reads_at_any_moment() {
    each("reads at any moment", async || {
        const ALL: usize = 2000;
        let (mut here, mut there) = tcp_pair().await?;
        let writer = airmail::spawn(async move {
            for byte in pattern(ALL) {
                there.write_u8(byte).await?;
                airmail::task::yield_now().await;
            }
            io::Result::Ok(there)
        });
        let mut got = Vec::new();
        while got.len() < ALL {
            let mut block = [0; 3];
            // It is ready in time or it has taken nothing.
            if let Ok(read) = timeout(Duration::from_micros(30), here.read(&mut block)).await {
                got.extend_from_slice(&block[..read?]);
            }
        }
        assert_eq!(got, pattern(ALL));
        drop(writer.await.expect("no panic")?);
        Ok(())
    });
}

/// A write that waits for room is dropped: nothing of it was sent.
#[test]
fn writes() {
    each("cancelled writes", async || {
        let (here, mut there) = tcp_pair().await?;
        let (mut read, mut write) = here.into_split();
        let block = pattern(251 * 1000);
        let mut written = 0;
        loop {
            let mut more = pin!(write.write(&block[written % 251..]));
            match once(more.as_mut()).await {
                std::task::Poll::Ready(more) => written += more?,
                std::task::Poll::Pending => break,
            }
        }
        for _ in 0..10 {
            assert!(once(pin!(write.write(b"never sent"))).await.is_pending());
            assert!(once(pin!(write.writable())).await.is_pending());
        }
        let reader = airmail::spawn(async move {
            let mut all = Vec::new();
            there.read_to_end(&mut all).await?;
            there.write_all(b"done").await?;
            io::Result::Ok(all)
        });
        write.write_all(&[(written % 251) as u8]).await?;
        write.shutdown().await?;
        assert_eq!(reader.await.expect("no panic")?, pattern(written + 1));
        assert_eq!(read.read(&mut [0; 8]).await?, 4);
        Ok(())
    });
}

#[test]
fn accepts() {
    each("cancelled accepts", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let place = Place::new();
        let unix = UnixListener::bind(place.path())?;
        for _ in 0..20 {
            assert!(once(pin!(listener.accept())).await.is_pending());
            let stream = TcpStream::connect(listener.local_addr()?).await?;
            assert_eq!(listener.accept().await?.1, stream.local_addr()?);

            assert!(once(pin!(unix.accept())).await.is_pending());
            let mut stream = UnixStream::connect(place.path()).await?;
            stream.write_u8(7).await?;
            assert_eq!(unix.accept().await?.0.read_u8().await?, 7);
        }
        Ok(())
    });
}

/// A connect that is dropped leaves a connection that ends at once, or none.
#[test]
fn connects() {
    each("cancelled connects", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut given_up = 0;
        for _ in 0..20 {
            given_up += usize::from(once(pin!(TcpStream::connect(address))).await.is_pending());
        }
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"x").await?;
        // All that were given up end at once; the last one speaks.
        for _ in 0..=20 {
            let (mut accepted, from) = listener.accept().await?;
            let mut text = String::new();
            if from == stream.local_addr()? {
                assert_eq!(accepted.read_u8().await?, b'x');
                return Ok(());
            }
            let _end_or_reset = accepted.read_to_string(&mut text).await;
            assert_eq!(text, "");
        }
        panic!("the last of them, after {given_up} that were given up, was not accepted");
    });
}

#[test]
fn datagrams() {
    each("cancelled receives", async || {
        let (here, there) = (UdpSocket::bind("127.0.0.1:0").await?, UdpSocket::bind("127.0.0.1:0").await?);
        for byte in 0..50 {
            assert!(once(pin!(here.recv_from(&mut [0; 8]))).await.is_pending());
            assert!(once(pin!(here.ready(Interest::READABLE))).await.is_pending());
            there.send_to(&[byte], here.local_addr()?).await?;
            let mut block = [0; 8];
            assert_eq!(here.recv_from(&mut block).await?, (1, there.local_addr()?));
            assert_eq!(block[0], byte);
        }
        Ok(())
    });
}

/// Several wait; those that were woken and dropped pass it on.
#[test]
fn one_of_several() {
    each("one of several", async || {
        let (here, there) = UnixStream::pair()?;
        for _ in 0..50 {
            let (mut first, mut second) = (Box::pin(here.readable()), Box::pin(here.readable()));
            assert!(once(first.as_mut()).await.is_pending());
            assert!(once(second.as_mut()).await.is_pending());
            there.try_write(b"x")?;
            drop(first);
            second.await?;
            assert_eq!(here.try_read(&mut [0; 8])?, 1);
            assert!(here.try_read(&mut [0; 8]).is_err());
        }
        Ok(())
    });
}
