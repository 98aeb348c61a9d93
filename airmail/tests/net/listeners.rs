//! Listeners of TCP and Unix.

use crate::{Place, each, kind};
use airmail::io::{AsyncReadExt, AsyncWriteExt};
use airmail::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};
use std::future::poll_fn;
use std::io::{self, ErrorKind};

#[test]
fn an_address_is_had_once() {
    each("an_address_is_had_once", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        assert_eq!(kind(TcpListener::bind(address).await), ErrorKind::AddrInUse);
        let place = Place::new();
        let _listener = UnixListener::bind(place.path())?;
        assert_eq!(kind(UnixListener::bind(place.path())), ErrorKind::AddrInUse);
        // The next address is taken.
        let other = TcpListener::bind(&[address, ([127, 0, 0, 1], 0).into()][..]).await?;
        assert_ne!(other.local_addr()?, address);
        Ok(())
    });
}

/// As soon as its connections have ended, an address can be had again.
#[test]
fn an_address_is_had_again() {
    each("an_address_is_had_again", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut one = TcpStream::connect(address).await?;
        let (other, _) = listener.accept().await?;
        // This side ends first, and keeps the address for a while.
        drop((listener, other));
        assert_eq!(one.read(&mut [0]).await?, 0);
        drop(one);
        TcpListener::bind(address).await.map(drop)
    });
}

#[test]
fn many_connections() {
    const MANY: usize = 200;
    each("many_connections", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = airmail::spawn(async move {
            let mut greetings = Vec::new();
            for n in 0..MANY {
                // Both ways to accept.
                let (mut stream, from) = match n % 2 {
                    0 => listener.accept().await?,
                    _ => poll_fn(|cx| listener.poll_accept(cx)).await?,
                };
                let greet = async move { stream.write_all(from.to_string().as_bytes()).await };
                greetings.push(airmail::spawn(greet));
            }
            for greeting in greetings {
                greeting.await.expect("no panic")?;
            }
            io::Result::Ok(())
        });
        let clients: Vec<_> = (0..MANY)
            .map(|_| {
                airmail::spawn(async move {
                    let mut stream = TcpStream::connect(address).await?;
                    let mut text = String::new();
                    stream.read_to_string(&mut text).await?;
                    assert_eq!(text, stream.local_addr()?.to_string());
                    io::Result::Ok(())
                })
            })
            .collect();
        for client in clients {
            client.await.expect("no panic")?;
        }
        server.await.expect("no panic")
    });
}

/// Connections that come before anybody accepts are kept.
#[test]
fn connections_are_kept() {
    each("connections_are_kept", async || {
        let place = Place::new();
        let listener = UnixListener::bind(place.path())?;
        let early: Vec<_> = [
            UnixStream::connect(place.path()).await?,
            UnixStream::connect_addr(&listener.local_addr()?).await?,
        ]
        .into();
        for mut stream in early {
            let (mut accepted, from) = listener.accept().await?;
            assert!(from.is_unnamed());
            accepted.write_all(b"x").await?;
            assert_eq!(stream.read_u8().await?, b'x');
            assert_eq!(stream.peer_addr()?.as_pathname(), Some(place.path()));
        }
        assert!(listener.take_error()?.is_none());
        Ok(())
    });
}

/// Several sockets with one address share its connections.
#[test]
fn a_shared_address() {
    each("a_shared_address", async || {
        let first = TcpSocket::new_v4()?;
        first.set_reuseport(true)?;
        first.bind(([127, 0, 0, 1], 0).into())?;
        let address = first.local_addr()?;
        let second = TcpSocket::new_v4()?;
        second.set_reuseport(true)?;
        second.bind(address)?;
        let (first, second) = (first.listen(16)?, second.listen(16)?);
        for _ in 0..20 {
            let _stream = TcpStream::connect(address).await?;
            let (one, other) = (first.accept(), second.accept());
            futures::future::select(Box::pin(one), Box::pin(other)).await.factor_first().0?;
        }
        Ok(())
    });
}

/// A path that begins with a NUL is a name without a file.
#[cfg(target_os = "linux")]
#[test]
fn abstract_paths() {
    use std::os::linux::net::SocketAddrExt;
    each("abstract_paths", async || {
        let name = format!("airmail-{}-abstract", std::process::id());
        let path = format!("\0{name}");
        let listener = UnixListener::bind(&path)?;
        assert_eq!(listener.local_addr()?.as_abstract_name(), Some(name.as_bytes()));
        let mut here = UnixStream::connect(&path).await?;
        let (there, _) = listener.accept().await?;
        there.try_write(b"letter")?;
        drop(there);
        let mut letter = String::new();
        here.read_to_string(&mut letter).await?;
        assert_eq!(letter, "letter");
        Ok(())
    });
}
