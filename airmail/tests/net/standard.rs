//! From the standard library's types and back.

use crate::{Place, each, once};
use airmail::io::{AsyncReadExt, AsyncWriteExt};
use airmail::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net as unix;
use std::pin::pin;

/// A socket that was waited for is given back, used by the standard library, and taken again, with the same descriptor.
#[test]
fn streams_there_and_back() {
    each("streams_there_and_back", async || {
        let (mut here, mut there) = UnixStream::pair()?;
        let number = here.as_raw_fd();
        for round in 0..10 {
            assert!(once(pin!(here.read(&mut [0; 8]))).await.is_pending());
            let mut standard = here.into_std()?;
            standard.set_nonblocking(false)?;
            there.write_all(b"letter").await?;
            let mut letter = [0; 6];
            standard.read_exact(&mut letter)?;
            assert_eq!(&letter, b"letter", "round {round}");
            standard.write_all(b"answer")?;
            here = UnixStream::try_from(standard)?;
            assert_eq!(here.as_fd().as_raw_fd(), number);
            let mut answer = [0; 6];
            there.read_exact(&mut answer).await?;
            assert_eq!(&answer, b"answer");
        }
        Ok(())
    });
}

#[test]
fn all_kinds() {
    each("all_kinds", async || {
        let listener = TcpListener::from_std(std::net::TcpListener::bind("127.0.0.1:0")?)?;
        let stream = std::net::TcpStream::connect(listener.local_addr()?)?;
        let mut stream = TcpStream::from_std(stream)?;
        let (mut accepted, _) = listener.accept().await?;
        accepted.write_all(b"x").await?;
        assert_eq!(stream.read_u8().await?, b'x');
        assert_eq!(stream.into_std()?.peer_addr()?, listener.into_std()?.local_addr()?);

        let socket = UdpSocket::from_std(std::net::UdpSocket::bind("127.0.0.1:0")?)?;
        socket.send_to(b"x", socket.local_addr()?).await?;
        assert_eq!(socket.recv(&mut [0; 8]).await?, 1);
        socket.into_std()?.set_nonblocking(false)?;

        let place = Place::new();
        let listener = UnixListener::from_std(unix::UnixListener::bind(place.path())?)?;
        let _stream = unix::UnixStream::connect(place.path())?;
        listener.accept().await?;
        assert!(once(pin!(listener.accept())).await.is_pending());
        listener.into_std()?.set_nonblocking(false)?;

        let (one, other) = unix::UnixDatagram::pair()?;
        let (one, other) = (UnixDatagram::from_std(one)?, UnixDatagram::from_std(other)?);
        one.send(b"x").await?;
        assert_eq!(other.recv(&mut [0; 8]).await?, 1);
        assert_eq!(one.into_std()?.send(b"x")?, 1);
        Ok(())
    });
}
