//! Descriptors of other libraries: here sockets and pipes of the standard library.

use crate::{each, kind, once, runtimes};
use airmail::io::unix::AsyncFd;
use airmail::io::{Interest, Ready};
use std::fs::File;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;

fn pair() -> io::Result<(AsyncFd<UnixStream>, UnixStream)> {
    let (here, there) = UnixStream::pair()?;
    here.set_nonblocking(true)?;
    Ok((AsyncFd::new(here)?, there))
}

/// Wait, try, say that there was nothing, wait again.
#[test]
fn guards() {
    each("guards", async || {
        let (here, mut there) = pair()?;
        let here = Arc::new(here);
        let own = Arc::clone(&here);
        let reader = airmail::spawn(async move {
            let mut all = Vec::new();
            loop {
                let mut guard = own.readable().await?;
                assert!(guard.ready().is_readable());
                let mut block = [0; 2];
                match guard.try_io(|fd| fd.get_ref().read(&mut block)) {
                    Ok(Ok(0)) => return io::Result::Ok(all),
                    Ok(read) => all.extend_from_slice(&block[..read?]),
                    Err(_nothing) => assert!(!guard.ready().is_readable()),
                }
            }
        });
        for part in ["one", "two", "three"] {
            there.write_all(part.as_bytes())?;
            airmail::task::yield_now().await;
        }
        drop(there);
        assert_eq!(reader.await.expect("no panic")?, b"onetwothree");
        assert!(here.writable().await?.ready().is_writable());
        Ok(())
    });
}

/// Until somebody says otherwise it counts as ready; what came after the wait ended is not forgotten.
#[test]
fn what_is_cleared() {
    each("what_is_cleared", async || {
        let (mut here, mut there) = pair()?;
        there.write_all(b"x")?;
        here.readable().await?.retain_ready();
        let mut guard = here.readable_mut().await?;
        assert_eq!(guard.get_inner_mut().read(&mut [0; 8])?, 1);
        guard.clear_ready_matching(Ready::WRITABLE);
        assert!(guard.ready().is_readable());
        guard.clear_ready();
        assert!(guard.ready().is_empty());
        assert!(once(pin!(here.readable())).await.is_pending());
        assert_eq!(kind(here.try_io(Interest::READABLE, |_| Ok(()))), ErrorKind::WouldBlock);

        there.write_all(b"y")?;
        let mut guard =
            poll_fn(|cx| here.poll_read_ready(cx).map_ok(|guard| guard.get_ref().as_raw_fd())).await?;
        assert_eq!(std::mem::take(&mut guard), here.as_fd().as_raw_fd());
        assert_eq!(here.try_io_mut(Interest::READABLE, |stream| stream.read(&mut [0; 8]))?, 1);
        Ok(())
    });
}

#[test]
fn operations() {
    each("operations", async || {
        let (mut here, mut there) = pair()?;
        let mut block = [0; 8];
        {
            let mut read = pin!(here.async_io(Interest::READABLE, |mut stream| stream.read(&mut block)));
            assert!(once(read.as_mut()).await.is_pending());
            there.write_all(b"letter")?;
            assert_eq!(read.await?, 6);
        }
        assert_eq!(here.async_io_mut(Interest::WRITABLE, |stream| stream.write(b"answer")).await?, 6);
        let mut answer = [0; 6];
        there.read_exact(&mut answer)?;
        assert_eq!(&answer, b"answer");
        poll_fn(|cx| here.poll_write_ready_mut(cx).map_ok(|guard| assert!(guard.ready().is_writable())))
            .await?;
        poll_fn(|cx| here.poll_write_ready(cx).map_ok(|guard| assert!(guard.ready().is_writable()))).await?;
        Ok(())
    });
}

/// The system cannot wait for a file, and who owns it gets it back.
#[test]
fn what_cannot_be_waited_for() {
    each("what_cannot_be_waited_for", async || {
        let file = File::open(std::env::current_exe()?)?;
        let number = file.as_raw_fd();
        let error = AsyncFd::try_new(file).expect_err("a file");
        assert!(error.to_string().starts_with("`AsyncFd`"), "{error}");
        let (file, cause) = error.into_parts();
        assert_eq!((file.as_raw_fd(), cause.kind()), (number, ErrorKind::PermissionDenied));
        Ok(())
    });
    let (here, _there) = UnixStream::pair().expect("a pair");
    let error = AsyncFd::new(here).expect_err("in no runtime");
    assert!(error.to_string().contains("block_on"), "{error}");
}

/// The descriptor is given back open, and can be registered again; also one that others keep open.
#[test]
fn given_back() {
    each("given_back", async || {
        let (here, mut there) = UnixStream::pair()?;
        here.set_nonblocking(true)?;
        let here = Arc::new(here);
        for _ in 0..3 {
            let fd = AsyncFd::with_interest(Arc::clone(&here), Interest::READABLE)?;
            assert!(once(pin!(fd.readable())).await.is_pending());
            there.write_all(b"x")?;
            assert!(fd.readable().await?.ready().is_readable());
            assert_eq!(fd.into_inner().as_ref().read(&mut [0; 8])?, 1);

            let fd = AsyncFd::new(Arc::clone(&here))?;
            drop(fd);
        }
        Ok(())
    });
}

#[test]
fn urgent_data() {
    #[cfg(target_os = "linux")]
    each("urgent_data", async || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let here = std::net::TcpStream::connect(listener.local_addr()?)?;
        here.set_nonblocking(true)?;
        let (there, _) = listener.accept()?;
        let here = AsyncFd::with_interest(here, Interest::PRIORITY)?;
        assert!(once(pin!(here.ready(Interest::PRIORITY))).await.is_pending());
        socket2::SockRef::from(&there).send_out_of_band(b"!")?;
        assert!(here.ready(Interest::PRIORITY).await?.ready().is_priority());
        Ok(())
    });
}

/// The runtime is gone, the descriptor is not.
#[test]
fn without_its_runtime() {
    for (_, runtime) in runtimes() {
        let (here, mut there) = runtime.block_on(async { pair() }).expect("a pair");
        drop(runtime);
        let (_, next) = runtimes().into_iter().next().expect("one");
        assert!(next.block_on(here.readable()).is_err());
        there.write_all(b"x").expect("room");
        assert_eq!(here.into_inner().read(&mut [0; 8]).expect("a byte"), 1);
    }
}
