//! Options: what is set is read back.

use crate::{each, tcp_pair};
use airmail::net::{TcpListener, TcpSocket, UdpSocket, UnixStream};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

#[test]
fn of_streams() {
    each("options of streams", async || {
        let (here, _there) = tcp_pair().await?;
        for on in [true, false] {
            here.set_nodelay(on)?;
            assert_eq!(here.nodelay()?, on);
        }
        for linger in [Some(Duration::from_secs(3)), Some(Duration::ZERO), None] {
            here.set_linger(linger)?;
            assert_eq!(here.linger()?, linger);
        }
        here.set_ttl(33)?;
        assert_eq!(here.ttl()?, 33);
        #[cfg(target_os = "linux")]
        {
            here.set_quickack(true)?;
            assert!(here.quickack()?);
        }
        Ok(())
    });
}

#[test]
fn of_listeners() {
    each("options of listeners", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        listener.set_ttl(44)?;
        assert_eq!(listener.ttl()?, 44);
        Ok(())
    });
}

#[test]
fn of_unused_sockets() {
    each("options of unused sockets", async || {
        let socket = TcpSocket::new_v4()?;
        for on in [true, false] {
            socket.set_keepalive(on)?;
            socket.set_reuseaddr(on)?;
            socket.set_reuseport(on)?;
            socket.set_nodelay(on)?;
            let read = [socket.keepalive()?, socket.reuseaddr()?, socket.reuseport()?, socket.nodelay()?];
            assert_eq!(read, [on; 4]);
        }
        socket.set_send_buffer_size(16_384)?;
        socket.set_recv_buffer_size(16_384)?;
        // The system may have more.
        assert!(socket.send_buffer_size()? >= 16_384 && socket.recv_buffer_size()? >= 16_384);
        socket.set_linger(Some(Duration::from_secs(2)))?;
        assert_eq!(socket.linger()?, Some(Duration::from_secs(2)));
        socket.set_zero_linger()?;
        assert_eq!(socket.linger()?, Some(Duration::ZERO));
        socket.set_tos_v4(16)?;
        assert_eq!(socket.tos_v4()?, 16);
        assert!(socket.take_error()?.is_none());
        #[cfg(target_os = "linux")]
        assert_eq!(socket.device()?, None);

        // What was set before goes with the connection.
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        socket.set_nodelay(true)?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        let address = socket.local_addr()?;
        let stream = socket.connect(listener.local_addr()?).await?;
        assert_eq!(stream.local_addr()?, address);
        assert!(stream.nodelay()?);
        Ok(())
    });
}

#[test]
fn of_udp() {
    each("options of UDP", async || {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        for on in [true, false] {
            socket.set_broadcast(on)?;
            socket.set_multicast_loop_v4(on)?;
            assert_eq!([socket.broadcast()?, socket.multicast_loop_v4()?], [on; 2]);
        }
        socket.set_ttl(55)?;
        socket.set_multicast_ttl_v4(5)?;
        socket.set_tos_v4(8)?;
        assert_eq!((socket.ttl()?, socket.multicast_ttl_v4()?, socket.tos_v4()?), (55, 5, 8));
        #[cfg(target_os = "linux")]
        assert_eq!(socket.device()?, None);
        // No group.
        assert!(socket.join_multicast_v4(Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED).is_err());
        assert!(socket.leave_multicast_v4(Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED).is_err());
        assert!(socket.join_multicast_v6(&Ipv6Addr::LOCALHOST, 0).is_err());
        assert!(socket.leave_multicast_v6(&Ipv6Addr::LOCALHOST, 0).is_err());
        Ok(())
    });
}

#[cfg(target_os = "linux")]
#[test]
fn who_is_there() {
    each("who_is_there", async || {
        let place = crate::Place::new();
        let listener = airmail::net::UnixListener::bind(place.path())?;
        let here = UnixStream::connect(place.path()).await?;
        let (there, _) = listener.accept().await?;
        let process = std::process::id().cast_signed();
        for end in [here, there] {
            assert_eq!(end.peer_cred()?.pid(), Some(process));
        }
        Ok(())
    });
}
