//! Halves that own their stream together.

crate::net::halves::owned_halves!(
    TcpStream,
    mio::net::TcpStream,
    std::net::SocketAddr,
    "# use airmail::net::{TcpListener, TcpStream};
# let listener = TcpListener::bind(\"127.0.0.1:0\").await?;
# let one = TcpStream::connect(listener.local_addr()?).await?;
# let (mut two, _) = listener.accept().await?;"
);
