//! From names to addresses.

use super::ToSocketAddrs;
use crate::runtime::Handle;
use crate::task::{JoinHandle, spawn_blocking};
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as Blocking};

/// Addresses that are known, or are being looked up.
#[derive(Debug)]
#[allow(unnameable_types, reason = "in a sealed trait")]
pub enum Addresses {
    /// Were named.
    Known(Vec<SocketAddr>),
    /// The system is asked.
    Asked(JoinHandle<io::Result<Vec<SocketAddr>>>),
    /// The system cannot be asked, or need not be.
    Unknown(io::Error),
}

impl Addresses {
    /// Asks the system, on a thread that may block.
    pub(super) fn look_up(name: impl Blocking + Debug + Send + 'static) -> Addresses {
        if let Err(missing) = Handle::try_current() {
            let text =
                format!("the name {name:?} cannot be looked up: {missing}; or give an address instead");
            return Addresses::Unknown(io::Error::other(text));
        }
        Addresses::Asked(spawn_blocking(move || Ok(name.to_socket_addrs()?.collect())))
    }

    pub(super) fn without_port(name: &str) -> Addresses {
        let text = format!("the name {name:?} has no port; give one, such as \"localhost:80\", or a pair");
        Addresses::Unknown(io::Error::new(io::ErrorKind::InvalidInput, text))
    }

    async fn known(self) -> io::Result<Vec<SocketAddr>> {
        match self {
            Addresses::Known(addresses) => Ok(addresses),
            Addresses::Asked(answer) => answer.await.map_err(io::Error::other)?,
            Addresses::Unknown(error) => Err(error),
        }
    }
}

/// Looks up what a name stands for. Each answer may be an address to connect to.
///
/// # Errors
/// What the system says, or that the thread is in no runtime.
///
/// # Cancel safety
/// Nothing is lost if the future is dropped; a look-up that has begun ends unheard.
///
/// ```
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// for address in airmail::net::lookup_host("localhost:80").await? {
///     assert!(address.ip().is_loopback());
/// }
/// # Ok(())
/// # }
/// ```
pub async fn lookup_host<T: ToSocketAddrs>(host: T) -> io::Result<impl Iterator<Item = SocketAddr>> {
    Ok(host.addresses().known().await?.into_iter())
}

/// Tries one address after another, and gives the first success or the last failure. `what` names what failed.
pub(super) async fn first<R, F>(
    what: &str,
    host: impl ToSocketAddrs,
    mut attempt: impl FnMut(SocketAddr) -> F,
) -> io::Result<R>
where
    F: Future<Output = io::Result<R>>,
{
    let known = host.addresses().known();
    drop(host);
    let mut last = None;
    for address in known.await? {
        match attempt(address).await {
            Ok(done) => return Ok(done),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| no_address(what)))
}

/// The first address that a name stands for.
pub(super) async fn one(what: &str, host: impl ToSocketAddrs) -> io::Result<SocketAddr> {
    let known = host.addresses().known();
    drop(host);
    known.await?.into_iter().next().ok_or_else(|| no_address(what))
}

fn no_address(what: &str) -> io::Error {
    let text = format!("{what}: the name stands for no address; give one that does, or an address");
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
