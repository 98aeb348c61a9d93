//! Every operation is dropped at every one of its waits: after 0, 1, 2, ... polls that found it waiting, and also just as it
//! was woken. Then somebody goes on with what it left. Row I7 of the catalogue.

use crate::{Place, each, pattern, tcp_pair};
use airmail::io::{AsyncReadExt, AsyncWriteExt};
use airmail::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};
use airmail::runtime::Handle;
use airmail::task::yield_now;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::Poll;

/// Where an operation is dropped.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// After so many polls that found it waiting, at least one.
    waits: usize,
    /// When it is woken next, and not at once.
    woken: bool,
}

impl Cut {
    /// `None`: it was dropped. Otherwise it had fewer waits.
    async fn of<F: Future>(self, operation: F) -> Option<F::Output> {
        let mut operation = pin!(operation);
        let mut left = self.waits;
        poll_fn(|cx| {
            if self.woken && left == 0 {
                return Poll::Ready(None);
            }
            match operation.as_mut().poll(cx) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending if !self.woken && left == 1 => Poll::Ready(None),
                Poll::Pending => {
                    left -= 1;
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// `test` says whether its operation came to its end; it is called with later and later cuts until it does.
async fn at_every_wait(mut test: impl AsyncFnMut(Cut) -> io::Result<bool>) -> io::Result<()> {
    for woken in [false, true] {
        let mut waits = 1;
        while !test(Cut { waits, woken }).await? {
            waits += 1;
            assert!(waits < 100_000, "it never comes to its end");
        }
        assert!(waits > 1 || has_helpers(), "it did not wait at all");
    }
    Ok(())
}

/// Another worker may do its part so fast that there is nothing to wait for.
fn has_helpers() -> bool {
    Handle::current().metrics().num_workers() > 1
}

/// Sends the pattern in blocks of this size, with other tasks' turns in between, and closes.
async fn trickle(mut there: UnixStream, length: usize, block: usize) -> io::Result<()> {
    for block in pattern(length).chunks(block) {
        there.write_all(block).await?;
        yield_now().await;
        yield_now().await;
    }
    there.shutdown().await
}

/// A `read_exact` that is dropped has what it read in its buffer, and everything else is there still.
#[test]
fn i7_read_exact() {
    const ALL: usize = 60;
    each("i7_read_exact", async || {
        at_every_wait(async |cut| {
            let (mut here, there) = UnixStream::pair()?;
            let writer = airmail::spawn(trickle(there, ALL, 3));
            let mut exact = [255; ALL - 10];
            let came = cut.of(here.read_exact(&mut exact)).await.transpose()?;
            let mut rest = Vec::new();
            here.read_to_end(&mut rest).await?;
            let taken = ALL - rest.len();
            assert_eq!(exact[..taken], pattern(ALL)[..taken], "{cut:?}");
            assert!(exact[taken..].iter().all(|&byte| byte == 255), "{cut:?}");
            assert_eq!(rest, pattern(ALL)[taken..], "{cut:?}");
            writer.await.expect("no panic")?;
            Ok(came.is_some())
        })
        .await
    });
}

/// Single reads are dropped, again and again: each byte goes to the one that answers.
#[test]
fn i7_reads() {
    const ALL: usize = 90;
    each("i7_reads", async || {
        for woken in [false, true] {
            for waits in 1..4 {
                let (mut here, there) = UnixStream::pair()?;
                let writer = airmail::spawn(trickle(there, ALL, 1));
                let (mut all, mut cuts) = (Vec::new(), 0);
                loop {
                    let mut block = [0; 7];
                    match (Cut { waits, woken }).of(here.read(&mut block)).await.transpose()? {
                        None => cuts += 1,
                        Some(0) => break,
                        Some(read) => all.extend_from_slice(&block[..read]),
                    }
                    yield_now().await;
                }
                assert_eq!(all, pattern(ALL), "after {cuts} reads that were dropped");
                assert!(waits > 1 || cuts > 0 || has_helpers());
                writer.await.expect("no panic")?;
            }
        }
        Ok(())
    });
}

/// A pair with little room, so that there is much to wait for.
async fn narrow_pair() -> io::Result<(TcpStream, TcpStream)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4096)?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(1)?;
    let here = TcpSocket::new_v4()?;
    here.set_send_buffer_size(4096)?;
    let here = here.connect(listener.local_addr()?).await?;
    Ok((here, listener.accept().await?.0))
}

/// What a `write_all` that is dropped has written is the beginning, and what is written next comes after it.
#[test]
fn i7_write_all() {
    const ALL: usize = 251 * 400;
    each("i7_write_all", async || {
        at_every_wait(async |cut| {
            let (mut here, mut there) = narrow_pair().await?;
            let reader = airmail::spawn(async move {
                let mut all = Vec::new();
                let mut block = vec![0; 20_000];
                loop {
                    match there.read(&mut block).await? {
                        0 => return io::Result::Ok(all),
                        read => all.extend_from_slice(&block[..read]),
                    }
                    yield_now().await;
                }
            });
            let came = cut.of(here.write_all(&pattern(ALL))).await.transpose()?;
            here.write_all(b"and on").await?;
            here.shutdown().await?;
            let all = reader.await.expect("no panic")?;
            let (first, next) = all.split_at(all.len() - 6);
            assert_eq!(next, b"and on");
            assert!(first.len() <= ALL && *first == pattern(ALL)[..first.len()], "{cut:?}");
            assert!(came.is_none() || first.len() == ALL, "{cut:?}");
            Ok(came.is_some())
        })
        .await
    });
}

/// A loop of accepts is dropped, and another one goes on: each guest is greeted by one of them.
#[test]
fn i7_accept_loops() {
    const GUESTS: usize = 8;
    each("i7_accept_loops", async || {
        let (tcp, place) = (TcpListener::bind("127.0.0.1:0").await?, Place::new());
        let address = tcp.local_addr()?;
        let unix = UnixListener::bind(place.path())?;
        at_every_wait(async |cut| {
            let path = place.path().to_owned();
            let guests = airmail::spawn(async move {
                let mut heard = 0;
                for _ in 0..GUESTS {
                    let mut stream = TcpStream::connect(address).await?;
                    heard += stream.read_u8().await?;
                    let mut stream = UnixStream::connect(&path).await?;
                    heard += stream.read_u8().await?;
                    yield_now().await;
                }
                io::Result::Ok(heard)
            });
            // Nothing is waited for between an accept and its greeting, so that nobody is forgotten with the loop.
            let (mut one, mut other) = (0, 0);
            let greet = async |one: &mut usize, other: &mut usize| {
                while *one < GUESTS || *other < GUESTS {
                    if *one == *other {
                        tcp.accept().await?.0.try_write(&[1])?;
                        *one += 1;
                    } else {
                        unix.accept().await?.0.try_write(&[1])?;
                        *other += 1;
                    }
                }
                io::Result::Ok(())
            };
            let came = cut.of(greet(&mut one, &mut other)).await.transpose()?;
            greet(&mut one, &mut other).await?;
            assert_eq!(usize::from(guests.await.expect("no panic")?), 2 * GUESTS);
            Ok(came.is_some())
        })
        .await
    });
}

/// A connect is dropped; the next one, to the same address, is connected.
#[test]
fn i7_connects() {
    each("i7_connects", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let host = airmail::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await?;
                // To those that gave up as well.
                let _gone = stream.write_all(b"!").await;
                if stream.read(&mut [0; 8]).await.is_ok_and(|read| read == 4) {
                    return io::Result::Ok(());
                }
            }
        });
        for woken in [false, true] {
            for waits in 1..20 {
                if let Some(stream) = (Cut { waits, woken }).of(TcpStream::connect(address)).await {
                    assert_eq!(stream?.read_u8().await?, b'!');
                }
                assert_eq!(TcpStream::connect(address).await?.read_u8().await?, b'!');
            }
        }
        TcpStream::connect(address).await?.write_all(b"last").await?;
        host.await.expect("no panic")
    });
}

/// A copy is dropped: what it has written is the beginning of what it has read, at most its buffer is between the two, and
/// both ends are good for more.
#[test]
fn i7_copy() {
    const ALL: usize = 251 * 300;
    const BUFFER: usize = 8 * 1024;
    each("i7_copy", async || {
        at_every_wait(async |cut| {
            let (mut from, source) = UnixStream::pair()?;
            let (mut to, mut sink) = narrow_pair().await?;
            let writer = airmail::spawn(trickle(source, ALL, 9000));
            let reader = airmail::spawn(async move {
                let mut all = Vec::new();
                sink.read_to_end(&mut all).await.map(|_| all)
            });
            let copied = cut.of(airmail::io::copy(&mut from, &mut to)).await.transpose()?;
            let mut rest = Vec::new();
            from.read_to_end(&mut rest).await?;
            to.write_all(b"and on").await?;
            to.shutdown().await?;
            let all = reader.await.expect("no panic")?;
            let (written, next) = all.split_at(all.len() - 6);
            assert_eq!(next, b"and on");
            let read = ALL - rest.len();
            assert_eq!(rest, pattern(ALL)[read..], "{cut:?}");
            assert_eq!(written, &pattern(ALL)[..written.len()], "{cut:?}");
            assert!(
                (0..=BUFFER).contains(&(read - written.len())),
                "{cut:?}: {read} read, {} written",
                written.len()
            );
            writer.await.expect("no panic")?;
            assert!(copied.is_none_or(|copied| copied == ALL as u64));
            Ok(copied.is_some())
        })
        .await
    });
}

/// Both ways at once.
#[test]
fn i7_copy_of_both_ways() {
    const ALL: usize = 251 * 100;
    each("i7_copy_of_both_ways", async || {
        at_every_wait(async |cut| {
            let (mut one, left) = tcp_pair().await?;
            let (mut other, right) = UnixStream::pair()?;
            let (mut left_read, mut left_write) = left.into_split();
            let (mut right_read, mut right_write) = right.into_split();
            let from_left = airmail::spawn(async move {
                left_write.write_all(&pattern(ALL)).await?;
                left_write.shutdown().await
            });
            let from_right = airmail::spawn(async move {
                right_write.write_all(&pattern(ALL)).await?;
                right_write.shutdown().await
            });
            let to_left = airmail::spawn(async move {
                let mut all = Vec::new();
                left_read.read_to_end(&mut all).await.map(|_| all)
            });
            let to_right = airmail::spawn(async move {
                let mut all = Vec::new();
                right_read.read_to_end(&mut all).await.map(|_| all)
            });
            let copied = cut.of(airmail::io::copy_bidirectional(&mut one, &mut other)).await.transpose()?;
            // What is left is read, so that who writes comes to its end.
            let (mut of_one, mut of_other) = (Vec::new(), Vec::new());
            one.read_to_end(&mut of_one).await?;
            other.read_to_end(&mut of_other).await?;
            from_left.await.expect("no panic")?;
            from_right.await.expect("no panic")?;
            // Closed already, if the copy came so far.
            let _closed = (one.shutdown().await, other.shutdown().await);
            for (came, rest) in [(to_right, of_one), (to_left, of_other)] {
                let came = came.await.expect("no panic")?;
                assert_eq!(came, pattern(ALL)[..came.len()], "{cut:?}");
                assert_eq!(rest, pattern(ALL)[ALL - rest.len()..], "{cut:?}");
                assert!(copied.is_none() || came.len() == ALL);
            }
            Ok(copied.is_some())
        })
        .await
    });
}
