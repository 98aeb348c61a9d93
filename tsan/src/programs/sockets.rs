//! Sockets: who waits for them is woken by whichever thread is in the driver; places in its table go from one socket to
//! the next, halves go to different tasks, and waits are given up.

use super::{Driven, join};
use crate::flavour::Flavour;
use crate::gate::size;
use airmail::io::{AsyncReadExt, AsyncWriteExt};
use airmail::net::UnixStream;
use airmail::time::{Duration, timeout};
use std::io;
use std::sync::Arc;
use std::thread;

const BYTES: u8 = 12;

/// Sends back what comes, by the methods that any number of tasks may call.
async fn echo(stream: UnixStream) -> io::Result<()> {
    loop {
        stream.readable().await?;
        let mut byte = [0];
        match stream.try_read(&mut byte) {
            Ok(0) => return Ok(()),
            Ok(_) => assert_eq!(stream.try_write(&byte)?, 1),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// One half writes, the other one reads in a task of its own.
async fn talk(stream: UnixStream) -> io::Result<()> {
    let (mut read, mut write) = stream.into_split();
    let reads = airmail::spawn(async move {
        for byte in 0..BYTES {
            assert_eq!(read.read_u8().await?, byte);
        }
        io::Result::Ok(read)
    });
    for byte in 0..BYTES {
        write.write_u8(byte).await?;
        airmail::task::yield_now().await;
    }
    drop(reads.await.expect("no panic")?);
    Ok(())
}

/// Several wait for the same socket, and some of them give up just as it is ready.
async fn crowd() -> io::Result<()> {
    let (here, there) = UnixStream::pair()?;
    let here = Arc::new(here);
    let waits: Vec<_> = (0..4)
        .map(|number| {
            let here = Arc::clone(&here);
            airmail::spawn(async move {
                let patience = if number % 2 == 0 { 100 } else { 60_000_000 };
                timeout(Duration::from_micros(patience), here.readable()).await
            })
        })
        .collect();
    airmail::task::yield_now().await;
    there.try_write(b"x")?;
    waits[1].abort();
    for (number, wait) in waits.into_iter().enumerate() {
        let outcome = wait.await;
        assert!(number != 3 || outcome.is_ok_and(|in_time| in_time.is_ok_and(|ready| ready.is_ok())));
    }
    Ok(())
}

pub(super) fn sockets(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    let threads = (0..3).map(|_| {
        let handle = runtime.handle().clone();
        thread::spawn(move || {
            for _ in 0..4 * size() {
                let talks: Vec<_> = (0..4)
                    .map(|_| {
                        let (here, there) = UnixStream::pair().expect("a pair");
                        (handle.spawn(echo(there)), handle.spawn(talk(here)))
                    })
                    .collect();
                // Dropped while it waits, on whichever thread.
                let (waits, _there) = UnixStream::pair().expect("a pair");
                let waits = handle.spawn(echo(waits));
                let crowd = handle.spawn(crowd());
                handle.block_on(async {
                    for (echo, talk) in talks {
                        talk.await.expect("no panic").expect("no error");
                        echo.await.expect("no panic").expect("no error");
                    }
                    waits.abort();
                    crowd.await.expect("no panic").expect("no error");
                    drop(waits.await);
                });
            }
        })
    });
    join(threads.collect::<Vec<_>>());
    driven.stop();
}
