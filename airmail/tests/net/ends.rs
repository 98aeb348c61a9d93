//! Sockets without a runtime: before there is one, and when it is gone.

use crate::runtimes;
use airmail::io::{AsyncReadExt, AsyncWriteExt, Interest};
use airmail::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use airmail::runtime::Builder;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// One poll, in no runtime.
fn outside<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[track_caller]
fn names_the_remedy<T: std::fmt::Debug>(answer: Poll<io::Result<T>>) {
    let Poll::Ready(Err(error)) = answer else { panic!("{answer:?} where there is no runtime") };
    let text = error.to_string();
    assert!(text.contains("no airmail runtime") && text.contains("block_on"), "{text}");
}

/// To make sockets outside of runtimes is fine, and so are operations that need no waiting. To wait is an error.
#[test]
fn before_there_is_one() {
    let (mut one, mut other) = UnixStream::pair().expect("a pair");
    names_the_remedy(outside(one.read(&mut [0; 8])));
    names_the_remedy(outside(one.readable()));
    names_the_remedy(outside(one.ready(Interest::WRITABLE)));
    assert!(matches!(outside(other.write(b"letter")), Poll::Ready(Ok(6))));
    assert!(matches!(outside(one.read(&mut [0; 8])), Poll::Ready(Ok(6))));

    let Poll::Ready(Ok(listener)) = outside(TcpListener::bind("127.0.0.1:0")) else { panic!("no listener") };
    names_the_remedy(outside(listener.accept()));
    names_the_remedy(outside(TcpStream::connect(listener.local_addr().expect("one"))));
    names_the_remedy(outside(TcpStream::connect("localhost:1")));
    let Poll::Ready(Ok(socket)) = outside(UdpSocket::bind("127.0.0.1:0")) else { panic!("no socket") };
    names_the_remedy(outside(socket.recv_from(&mut [0; 8])));

    // It then belongs to the runtime in which it waits.
    for (_, runtime) in runtimes() {
        let (mut one, mut other) = UnixStream::pair().expect("a pair");
        names_the_remedy(outside(one.read(&mut [0; 8])));
        runtime.block_on(async {
            let writer = airmail::spawn(async move { other.write_all(b"x").await });
            assert_eq!(one.read_u8().await.expect("a byte"), b'x');
            writer.await.expect("no panic").expect("written");
        });
    }
}

/// The runtime ends while sockets live: who waits then hears an error, and nobody panics.
#[test]
fn when_it_is_gone() {
    for (_, runtime) in runtimes() {
        let (mut one, other) = UnixStream::pair().expect("a pair");
        let (datagrams, _more) = UnixDatagram::pair().expect("a pair");
        let place = crate::Place::new();
        let listener = UnixListener::bind(place.path()).expect("a listener");
        runtime.block_on(async {
            one.writable().await.expect("room");
            other.writable().await.expect("room");
            datagrams.writable().await.expect("room");
            assert!(crate::once(pin!(listener.accept())).await.is_pending());
        });
        drop(runtime);

        names_the_end(outside(one.read(&mut [0; 8])));
        names_the_end(outside(one.readable()));
        names_the_end(outside(datagrams.recv(&mut [0; 8])));
        names_the_end(outside(listener.accept()));
        names_the_end(Poll::Ready(one.try_read(&mut [0; 8])));

        // Also inside of another one.
        for (_, next) in runtimes() {
            next.block_on(async { names_the_end(Poll::Ready(one.read(&mut [0; 8]).await)) });
        }

        // Given back and taken again, it belongs to nobody.
        let standard = one.into_std().expect("given back");
        let mut one = UnixStream::from_std(standard).expect("taken");
        let (_, next) = runtimes().into_iter().next().expect("one");
        let standard = other.into_std().expect("given back");
        let mut other = UnixStream::from_std(standard).expect("taken");
        next.block_on(async {
            other.write_all(b"x").await.expect("written");
            assert_eq!(one.read_u8().await.expect("a byte"), b'x');
        });
    }
}

#[track_caller]
fn names_the_end<T: std::fmt::Debug>(answer: Poll<io::Result<T>>) {
    let Poll::Ready(Err(error)) = answer else { panic!("{answer:?} where the runtime is gone") };
    assert_ne!(error.kind(), ErrorKind::WouldBlock);
    assert!(error.to_string().contains("runtime"), "{error}");
}

/// A task that waits for a socket when its runtime ends is dropped, with the socket; the other side reads the end.
#[test]
fn with_tasks_that_wait() {
    for (_, runtime) in runtimes() {
        let (mut one, other) = UnixStream::pair().expect("a pair");
        let waits = runtime.spawn(async move { one.read(&mut [0; 8]).await });
        runtime.block_on(async { airmail::task::yield_now().await });
        drop(runtime);
        let (_, next) = runtimes().into_iter().next().expect("one");
        next.block_on(async {
            assert!(waits.await.expect_err("cancelled").is_cancelled());
            other.readable().await.expect("an end");
            assert_eq!(other.try_read(&mut [0; 8]).expect("the end"), 0);
        });
    }
}

/// A simulated runtime and sockets of the world do not go together, and say so.
#[test]
fn in_a_simulation() {
    let runtime = Builder::new_simulated(1).build().expect("valid");
    runtime.block_on(async {
        let (mut one, _other) = UnixStream::pair().expect("a pair");
        let error = one.read(&mut [0; 8]).await.expect_err("a socket in a simulation");
        assert!(error.to_string().contains("driver"), "{error}");
    });
}
