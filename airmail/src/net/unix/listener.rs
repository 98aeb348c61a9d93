//! What accepts connections.

use super::{SocketAddr, UnixStream};
use crate::io::Interest;
use crate::io::source::{Direction, Source};
use crate::net::backoff::Backoff;
use crate::net::methods::conversions;
use std::io;
use std::path::Path;
use std::task::{Context, Poll};

/// A socket of Unix that listens.
///
/// The path stays when the listener is dropped: who made it removes it.
///
/// ```
/// use airmail::net::{UnixListener, UnixStream};
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// # let folder = std::env::temp_dir().join(format!("airmail-{}-listener", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("socket");
/// let listener = UnixListener::bind(&path)?;
/// let here = UnixStream::connect(&path).await?;
/// let (there, _) = listener.accept().await?;
/// assert_eq!(there.local_addr()?.as_pathname(), Some(path.as_path()));
/// # drop(here);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnixListener {
    source: Source<mio::net::UnixListener>,
    backoff: Backoff,
}

conversions!(
    UnixListener { backoff },
    mio::net::UnixListener,
    std::os::unix::net::UnixListener,
    "# let path = std::env::temp_dir().join(format!(\"airmail-{}-standard\", std::process::id()));
let standard = std::os::unix::net::UnixListener::bind(&path)?;
# std::fs::remove_file(&path)?;"
);

impl UnixListener {
    /// Listens at a path, which must not exist. On Linux, a path that begins with a NUL names an abstract address, which
    /// is gone with the listener. This can be done outside of runtimes.
    ///
    /// # Errors
    /// Such as `AddrInUse`, if the path exists.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<UnixListener> {
        UnixListener::bind_addr(&super::address(path.as_ref())?)
    }

    /// As [`bind`](Self::bind), at an address, which may be an abstract one.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<UnixListener> {
        mio::net::UnixListener::bind_addr(socket_addr).map(UnixListener::of)
    }

    /// Waits for a connection, and gives it and where it comes from, which mostly has no name.
    ///
    /// # Errors
    /// If it is waited for outside of runtimes, or its runtime is gone. Those of the system. If it has no room (too
    /// many open files, no memory), the connection stays where it is, and the next call first waits for 100 ms: a loop that
    /// goes on after errors does not spin.
    ///
    /// # Cancel safety
    /// If the future is dropped, no connection was accepted: the next call does.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        self.backoff.rest().await;
        let accepted = self.source.io(Interest::READABLE, mio::net::UnixListener::accept).await;
        self.backoff.note(&accepted);
        let (stream, address) = accepted?;
        Ok((UnixStream::of(stream), address))
    }

    /// As [`accept`](Self::accept). Of several tasks that poll, the last one is woken.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        let accept =
            |cx: &mut Context<'_>| self.source.poll_io(cx, Direction::Read, mio::net::UnixListener::accept);
        let accepted = self.backoff.poll(cx, accept);
        accepted.map_ok(|(stream, address)| (UnixStream::of(stream), address))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.local_addr()
    }

    /// Takes the error that the system keeps for this socket, if there is one (`SO_ERROR`).
    ///
    /// # Errors
    /// If the system cannot say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.source.take_error()
    }
}
