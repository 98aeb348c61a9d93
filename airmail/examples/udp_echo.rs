//! Sends every datagram back to where it came from.
//!
//! `cargo run -p airmail --example udp_echo`, and elsewhere `nc -u 127.0.0.1 7002`.

use airmail::net::UdpSocket;
use std::io;

#[airmail::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:7002").await?;
    println!("echoing on {}", socket.local_addr()?);
    serve(&socket).await
}

pub(crate) async fn serve(socket: &UdpSocket) -> io::Result<()> {
    // No datagram is longer.
    let mut datagram = vec![0; 65_535];
    loop {
        let (length, peer) = socket.recv_from(&mut datagram).await?;
        // One that cannot be reached is no reason to leave the others without an echo.
        if let Err(error) = socket.send_to(&datagram[..length], peer).await {
            println!("{peer}: {error}");
        }
    }
}
