//! Halves that borrow their stream.

crate::net::halves::borrowed_halves!(
    UnixStream,
    mio::net::UnixStream,
    super::SocketAddr,
    "# let (mut one, mut two) = airmail::net::UnixStream::pair()?;"
);
