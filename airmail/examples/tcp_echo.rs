//! Sends every client back what it sends.
//!
//! `cargo run -p airmail --example tcp_echo`, and elsewhere `nc 127.0.0.1 7001`.

use airmail::io;
use airmail::net::{TcpListener, TcpStream};

#[airmail::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:7001").await?;
    println!("echoing on {}", listener.local_addr()?);
    serve(listener).await
}

/// One task a client: who is slow holds up nobody.
pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        airmail::spawn(async move {
            match echo(stream).await {
                Ok(bytes) => println!("{peer}: {bytes} bytes"),
                Err(error) => println!("{peer}: {error}"),
            }
        });
    }
}

/// Until the client ends. What it does not take back is not read any further either.
async fn echo(mut stream: TcpStream) -> io::Result<u64> {
    let (mut from, mut to) = stream.split();
    io::copy(&mut from, &mut to).await
}
