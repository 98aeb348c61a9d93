//! What names an address.

use super::resolve::Addresses;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// What names one address or several: an address, a pair of host and port, or a text such as `"localhost:8080"`.
///
/// It says nothing else; [`lookup_host`](super::lookup_host) shows what it stands for. A text that is an address is
/// read at once. One that is a name is looked up by the system, on a thread that may block
/// ([`spawn_blocking`](crate::task::spawn_blocking)), so that has to be in a runtime.
///
/// The trait is implemented here only.
///
/// ```
/// use airmail::net::lookup_host;
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut addresses = lookup_host(("127.0.0.1", 80)).await?;
/// assert_eq!(addresses.next(), Some(([127, 0, 0, 1], 80).into()));
/// # Ok(())
/// # }
/// ```
pub trait ToSocketAddrs: sealed::Names {}

pub(super) mod sealed {
    use crate::net::resolve::Addresses;

    /// Cannot be named outside, so cannot be implemented there.
    #[allow(unnameable_types, reason = "sealed")]
    pub trait Names {
        #[doc(hidden)]
        fn addresses(&self) -> Addresses;
    }
}

macro_rules! one_address {
    ($($kind:ty),+) => {$(
        impl ToSocketAddrs for $kind {}

        impl sealed::Names for $kind {
            fn addresses(&self) -> Addresses {
                Addresses::Known(vec![SocketAddr::from(*self)])
            }
        }
    )+};
}

one_address!(SocketAddr, SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl ToSocketAddrs for &[SocketAddr] {}

impl sealed::Names for &[SocketAddr] {
    fn addresses(&self) -> Addresses {
        Addresses::Known(self.to_vec())
    }
}

/// A name, and a port behind it.
fn has_port(name: &str) -> bool {
    name.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

impl ToSocketAddrs for str {}

impl sealed::Names for str {
    fn addresses(&self) -> Addresses {
        match self.parse() {
            Ok(address) => Addresses::Known(vec![address]),
            Err(_) if has_port(self) => Addresses::look_up(self.to_owned()),
            Err(_) => Addresses::without_port(self),
        }
    }
}

impl ToSocketAddrs for (&str, u16) {}

impl sealed::Names for (&str, u16) {
    fn addresses(&self) -> Addresses {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(address) => Addresses::Known(vec![(address, port).into()]),
            Err(_) => Addresses::look_up((host.to_owned(), port)),
        }
    }
}

impl ToSocketAddrs for (String, u16) {}

impl sealed::Names for (String, u16) {
    fn addresses(&self) -> Addresses {
        (&*self.0, self.1).addresses()
    }
}

impl ToSocketAddrs for String {}

impl sealed::Names for String {
    fn addresses(&self) -> Addresses {
        self.as_str().addresses()
    }
}

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {}

impl<T: sealed::Names + ?Sized> sealed::Names for &T {
    fn addresses(&self) -> Addresses {
        (**self).addresses()
    }
}
