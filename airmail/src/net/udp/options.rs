//! Options.

use super::UdpSocket;
use crate::net::options::{device_methods, option_methods};
use socket2::SockRef;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

impl UdpSocket {
    option_methods! {
        /// Whether it may send to everybody in a network (`SO_BROADCAST`).
        broadcast, set_broadcast: bool = broadcast, set_broadcast;
        /// Whether what it sends to a group comes back to this machine, in version 4 (`IP_MULTICAST_LOOP`).
        multicast_loop_v4, set_multicast_loop_v4: bool = multicast_loop_v4, set_multicast_loop_v4;
        /// How many hops what it sends to a group may take, in version 4 (`IP_MULTICAST_TTL`).
        multicast_ttl_v4, set_multicast_ttl_v4: u32 = multicast_ttl_v4, set_multicast_ttl_v4;
        /// Whether what it sends to a group comes back to this machine, in version 6 (`IPV6_MULTICAST_LOOP`).
        multicast_loop_v6, set_multicast_loop_v6: bool = multicast_loop_v6, set_multicast_loop_v6;
        /// How many hops its packets may take (`IP_TTL`).
        ttl, set_ttl: u32 = ttl_v4, set_ttl_v4;
        /// The type of service of its packets, in version 4 (`IP_TOS`).
        tos_v4, set_tos_v4: u32 = tos_v4, set_tos_v4;
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    option_methods! {
        /// The traffic class of its packets, in version 6 (`IPV6_TCLASS`).
        tclass_v6, set_tclass_v6: u32 = tclass_v6, set_tclass_v6;
    }

    device_methods!();

    /// Makes it receive what is sent to a group, over the interface with this address.
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v4(&self, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.source.join_multicast_v4(&multiaddr, &interface)
    }

    /// Makes it receive what is sent to a group, over the interface with this number; 0 is any.
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.source.join_multicast_v6(multiaddr, interface)
    }

    /// Ends what [`join_multicast_v4`](Self::join_multicast_v4) began.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v4(&self, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.source.leave_multicast_v4(&multiaddr, &interface)
    }

    /// Ends what [`join_multicast_v6`](Self::join_multicast_v6) began.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.source.leave_multicast_v6(multiaddr, interface)
    }

    fn options(&self) -> SockRef<'_> {
        SockRef::from(&*self.source)
    }
}
