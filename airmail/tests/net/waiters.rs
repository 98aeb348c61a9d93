//! Many tasks that wait for the same socket.

use crate::{Place, each};
use airmail::io::{AsyncReadExt, AsyncWriteExt, Interest};
use airmail::net::{UdpSocket, UnixListener, UnixStream};
use std::io;
use std::sync::Arc;

const MANY: usize = 40;

/// Each datagram goes to one of them, and none is left waiting while there is one.
#[test]
fn on_a_udp_socket() {
    each("many on a UDP socket", async || {
        let here = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
        let receivers: Vec<_> = (0..MANY)
            .map(|_| {
                let here = Arc::clone(&here);
                airmail::spawn(async move {
                    let mut byte = [0; 1];
                    here.recv_from(&mut byte).await?;
                    io::Result::Ok(byte[0])
                })
            })
            .collect();
        airmail::task::yield_now().await;
        let there = UdpSocket::bind("127.0.0.1:0").await?;
        for byte in 0..MANY {
            there.send_to(&[byte as u8], here.local_addr()?).await?;
        }
        let mut all = Vec::new();
        for receiver in receivers {
            all.push(usize::from(receiver.await.expect("no panic")?));
        }
        all.sort_unstable();
        assert_eq!(all, (0..MANY).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn on_a_unix_listener() {
    each("many on a Unix listener", async || {
        let place = Place::new();
        let listener = Arc::new(UnixListener::bind(place.path())?);
        let acceptors: Vec<_> = (0..MANY)
            .map(|_| {
                let listener = Arc::clone(&listener);
                airmail::spawn(async move {
                    let (mut stream, _) = listener.accept().await?;
                    stream.write_all(b"welcome").await
                })
            })
            .collect();
        airmail::task::yield_now().await;
        for _ in 0..MANY {
            let mut stream = UnixStream::connect(place.path()).await?;
            let mut text = String::new();
            stream.read_to_string(&mut text).await?;
            assert_eq!(text, "welcome");
        }
        for acceptor in acceptors {
            acceptor.await.expect("no panic")?;
        }
        Ok(())
    });
}

/// One event wakes all who wait for it, and also who reads by the trait.
#[test]
fn on_a_stream() {
    each("many on a stream", async || {
        let (here, there) = UnixStream::pair()?;
        let here = Arc::new(here);
        let waiters: Vec<_> = (0..MANY)
            .map(|n| {
                let here = Arc::clone(&here);
                airmail::spawn(async move {
                    match n % 2 {
                        0 => here.readable().await,
                        _ => here.ready(Interest::READABLE).await.map(|ready| assert!(ready.is_readable())),
                    }
                })
            })
            .collect();
        airmail::task::yield_now().await;
        there.try_write(b"x")?;
        for waiter in waiters {
            waiter.await.expect("no panic")?;
        }
        Ok(())
    });
}
