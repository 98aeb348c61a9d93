//! Halves that borrow their stream.

crate::net::halves::borrowed_halves!(
    TcpStream,
    mio::net::TcpStream,
    std::net::SocketAddr,
    "# use airmail::net::{TcpListener, TcpStream};
# let listener = TcpListener::bind(\"127.0.0.1:0\").await?;
# let mut one = TcpStream::connect(listener.local_addr()?).await?;
# let (mut two, _) = listener.accept().await?;"
);
