//! What names an address.

use crate::each;
use airmail::net::{ToSocketAddrs, lookup_host};
use std::future::Future;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// What is known at once, outside of runtimes, without a thread.
fn at_once(name: impl ToSocketAddrs) -> Vec<SocketAddr> {
    let look_up = pin!(lookup_host(name));
    match look_up.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(found)) => found.collect(),
        Poll::Ready(Err(error)) => panic!("{error}"),
        Poll::Pending => panic!("an address is not looked up"),
    }
}

#[test]
fn addresses_need_no_look_up() {
    let v4: SocketAddr = ([127, 0, 0, 1], 80).into();
    let v6: SocketAddr = (Ipv6Addr::LOCALHOST, 80).into();
    assert_eq!(at_once(v4), [v4]);
    assert_eq!(at_once(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80)), [v4]);
    assert_eq!(at_once(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 0, 0)), [v6]);
    assert_eq!(at_once((IpAddr::V4(Ipv4Addr::LOCALHOST), 80)), [v4]);
    assert_eq!(at_once((Ipv4Addr::LOCALHOST, 80)), [v4]);
    assert_eq!(at_once((Ipv6Addr::LOCALHOST, 80)), [v6]);
    assert_eq!(at_once(&[v4, v6][..]), [v4, v6]);
    assert_eq!(at_once("127.0.0.1:80"), [v4]);
    assert_eq!(at_once("[::1]:80".to_owned()), [v6]);
    assert_eq!(at_once(("127.0.0.1", 80)), [v4]);
    assert_eq!(at_once(("::1".to_owned(), 80)), [v6]);
    let (by_reference, by_slice) = (&v4, [v4]);
    assert_eq!(at_once(by_reference), by_slice);
}

#[test]
fn names_are_looked_up() {
    each("names_are_looked_up", async || {
        for name in ["localhost:80", "localhost:81"] {
            assert!(lookup_host(name).await?.all(|found| found.ip().is_loopback()));
        }
        assert!(lookup_host(("localhost", 80)).await?.all(|found| found.port() == 80));
        Ok(())
    });
}

#[test]
fn what_is_no_name() {
    each("what_is_no_name", async || {
        for name in ["localhost", "127.0.0.1", "", ":", "localhost:letter"] {
            let Err(error) = lookup_host(name).await else { panic!("{name:?} stands for something") };
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let expected =
                format!("the name {name:?} has no port; give one, such as \"localhost:80\", or a pair");
            assert_eq!(error.to_string(), expected);
        }
        Ok(())
    });
}
