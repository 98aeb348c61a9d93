//! Halves that own their stream together.

crate::net::halves::owned_halves!(
    UnixStream,
    mio::net::UnixStream,
    super::SocketAddr,
    "# let (one, mut two) = airmail::net::UnixStream::pair()?;"
);
