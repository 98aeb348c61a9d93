//! What goes wrong with sockets: rows I1, I4 and I5 of the catalogue, and the sockets' part of O2. Others of its rows are in `interrupts`, `limits`,
//! `cancel` and `cut`.

use crate::common::child;
use crate::{each, kind, once, pattern, tcp_pair};
use airmail::io::{AsyncReadExt, AsyncWriteExt};
use airmail::net::{TcpStream, UdpSocket, UnixStream};
use airmail::task::{JoinHandle, yield_now};
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream as Standard;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

/// `future`, whose polls are counted.
fn counted<F: Future>(polls: &Arc<AtomicUsize>, future: F) -> impl Future<Output = F::Output> + use<F> {
    let polls = Arc::clone(polls);
    async move {
        let mut future = pin!(future);
        poll_fn(|cx| {
            polls.fetch_add(1, Ordering::Relaxed);
            future.as_mut().poll(cx)
        })
        .await
    }
}

/// In the middle of a stream, the other side throws it away: who reads and who writes hears of it, both end, and nobody is
/// polled any more.
#[test]
fn i1_a_reset_in_the_middle() {
    each("i1_a_reset_in_the_middle", async || {
        let (here, mut there) = tcp_pair().await?;
        let (mut read, mut write) = here.into_split();
        let (reads, writes) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let reader = airmail::spawn(counted(&reads, async move {
            let mut all = Vec::new();
            read.read_to_end(&mut all).await.map_err(|error| error.kind())
        }));
        let writer = airmail::spawn(counted(&writes, async move {
            let block = pattern(1 << 16);
            loop {
                if let Err(error) = write.write_all(&block).await {
                    return error.kind();
                }
            }
        }));
        there.write_all(&pattern(1000)).await?;
        let mut block = vec![0; 1000];
        there.read_exact(&mut block).await?;
        assert_eq!(block, pattern(1000));
        there.set_zero_linger()?;
        drop(there);
        let (read, wrote) = (reader.await.expect("no panic"), writer.await.expect("no panic"));
        // One of the two takes the socket's error, the other finds a connection that is over.
        match (read, wrote) {
            (Err(ErrorKind::ConnectionReset), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
            | (Ok(0..=1000), ErrorKind::ConnectionReset) => {}
            heard => panic!("who reads and who writes heard {heard:?}"),
        }
        let polls = (reads.load(Ordering::Relaxed), writes.load(Ordering::Relaxed));
        assert!(polls.0 < 20, "polls of who reads and who writes: {polls:?}");
        Ok(())
    });
}

/// Nobody is reached: an error at once, each time, and the next address is tried.
#[test]
fn i1_unreachable() {
    each("i1_unreachable", async || {
        // No stream goes to a group.
        let group = ([224, 0, 0, 1], 9).into();
        for _ in 0..3 {
            assert_eq!(kind(TcpStream::connect(group).await), ErrorKind::NetworkUnreachable);
        }
        let listener = airmail::net::TcpListener::bind("127.0.0.1:0").await?;
        let stream = TcpStream::connect(&[group, listener.local_addr()?][..]).await?;
        assert_eq!(stream.peer_addr()?, listener.local_addr()?);
        Ok(())
    });
}

/// A datagram makes the socket ready, and somebody else takes it: who was woken finds nothing, and waits for the next one.
#[test]
fn i4_somebody_else_took_it() {
    each("i4_somebody_else_took_it", async || {
        let here = UdpSocket::bind("127.0.0.1:0").await?;
        let there = UdpSocket::bind("127.0.0.1:0").await?;
        let address = here.local_addr()?;
        let thief = std::net::UdpSocket::from(here.as_fd().try_clone_to_owned()?);
        for round in 0..200 {
            let mut waits = pin!(async {
                let mut block = [0; 8];
                io::Result::Ok((here.recv_from(&mut block).await?.0, block[0]))
            });
            assert!(once(waits.as_mut()).await.is_pending());
            there.send_to(b"stolen", address).await?;
            // The event is told before or after the theft.
            if round % 2 == 0 {
                yield_now().await;
            }
            while thief.recv(&mut [0; 8]).is_err() {}
            assert!(once(waits.as_mut()).await.is_pending());
            if round % 3 == 0 {
                yield_now().await;
            }
            there.send_to(&[round], address).await?;
            assert_eq!(waits.await?, (1, round));
        }
        Ok(())
    });
}

/// A stream of this side, and the other side, which writes without a runtime.
fn half_standard() -> io::Result<(UnixStream, Standard)> {
    let (here, there) = Standard::pair()?;
    Ok((UnixStream::from_std(here)?, there))
}

fn reads_one(mut here: UnixStream) -> JoinHandle<io::Result<u8>> {
    airmail::spawn(async move {
        let byte = here.read_u8().await?;
        // And nothing comes after it but the end.
        assert_eq!(here.read(&mut [0; 8]).await?, 0);
        Ok(byte)
    })
}

/// In one batch of events are some of sockets that are closed meanwhile, and whose numbers and places others have already.
#[test]
fn i5_numbers_that_are_used_again() {
    const SOCKETS: u8 = 16;
    each("i5_numbers_that_are_used_again", async || {
        for round in 0..100 {
            let (mut first, mut old, mut others) = (Vec::new(), Vec::new(), Vec::new());
            for number in 0..SOCKETS {
                let (here, there) = half_standard()?;
                if number % 2 == 0 {
                    first.push((reads_one(here), there, number));
                } else {
                    assert!(once(pin!(here.readable())).await.is_pending());
                    old.push((here, there));
                }
            }
            yield_now().await;
            for (_, there, number) in &mut first {
                there.write_all(&[*number])?;
            }
            for (here, mut there) in old {
                there.write_all(b"to nobody")?;
                drop(here);
                let (here, there) = half_standard()?;
                let number = 100 + others.len() as u8;
                others.push((reads_one(here), there, number));
            }
            if round % 2 == 0 {
                yield_now().await;
            }
            for (_, there, number) in &mut others {
                there.write_all(&[*number])?;
            }
            for (reader, there, number) in first.into_iter().chain(others) {
                drop(there);
                assert_eq!(reader.await.expect("no panic")?, number);
            }
        }
        Ok(())
    });
}

/// A duplicate outlives the socket: the system goes on telling of it, and nobody is meant.
#[test]
fn i5_a_duplicate_that_lives_on() {
    each("i5_a_duplicate_that_lives_on", async || {
        let mut kept = Vec::new();
        for _ in 0..20 {
            let (here, there) = half_standard()?;
            assert!(once(pin!(here.readable())).await.is_pending());
            kept.push((Standard::from(here.as_fd().try_clone_to_owned()?), there));
            drop(here);
        }
        for _ in 0..20 {
            for (_, there) in &mut kept {
                there.write_all(b"x")?;
            }
            let (here, mut there) = half_standard()?;
            let mut waits = pin!(here.readable());
            assert!(once(waits.as_mut()).await.is_pending());
            for _ in 0..5 {
                yield_now().await;
                assert!(once(waits.as_mut()).await.is_pending());
            }
            there.write_all(b"y")?;
            waits.await?;
        }
        for (mut duplicate, there) in kept {
            drop(there);
            duplicate.set_nonblocking(false)?;
            let mut all = Vec::new();
            duplicate.read_to_end(&mut all)?;
            assert_eq!(all, [b'x'; 20]);
        }
        Ok(())
    });
}

/// It even comes back under the number that the socket had. In a process of its own, where nobody else takes the number.
#[test]
fn i5_a_duplicate_that_comes_back() {
    child::must_succeed("faults::i5_a_duplicate_that_comes_back", || {
        each("i5_a_duplicate_that_comes_back", async || {
            let (here, mut there) = half_standard()?;
            assert!(once(pin!(here.readable())).await.is_pending());
            let number = here.as_raw_fd();
            let duplicate = here.as_fd().try_clone_to_owned()?;
            drop(here);
            let back = Standard::from(duplicate.try_clone()?);
            assert_eq!(back.as_raw_fd(), number);
            let mut back = UnixStream::from_std(back)?;
            for byte in 0..10 {
                assert!(once(pin!(back.read(&mut [0; 8]))).await.is_pending());
                there.write_all(&[byte])?;
                assert_eq!(back.read_u8().await?, byte);
            }
            Ok(())
        });
    });
}

/// Tasks that are always ready on every worker, and the future of the `block_on` too: sockets get their turns.
#[test]
fn o2_sockets_beside_tasks_that_are_always_ready() {
    each("o2_sockets_beside_tasks_that_are_always_ready", async || {
        let busy: Vec<_> = (0..4)
            .map(|_| {
                airmail::spawn(poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    Poll::<()>::Pending
                }))
            })
            .collect();
        let (mut here, mut there) = tcp_pair().await?;
        let echo = airmail::spawn(async move {
            for _ in 0..50 {
                let byte = there.read_u8().await?;
                there.write_u8(byte).await?;
            }
            io::Result::Ok(())
        });
        for byte in 0..50 {
            here.write_u8(byte).await?;
            let mut back = pin!(here.read_u8());
            // Busy as well.
            let back = loop {
                match once(back.as_mut()).await {
                    Poll::Ready(back) => break back?,
                    Poll::Pending => yield_now().await,
                }
            };
            assert_eq!(back, byte);
        }
        echo.await.expect("no panic")?;
        for busy in busy {
            busy.abort();
            assert!(busy.await.expect_err("aborted").is_cancelled());
        }
        Ok(())
    });
}
