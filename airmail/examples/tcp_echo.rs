//! Sends every client back what it sends.
//!
//! `cargo run -p airmail --example tcp_echo`, and elsewhere `nc 127.0.0.1 7001`.

use airmail::io;
use airmail::net::{TcpListener, TcpStream};
use airmail::time::{Duration, sleep};

#[airmail::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:7001").await?;
    println!("echoing on {}", listener.local_addr()?);
    serve(listener).await;
    Ok(())
}

/// One task a client: who is slow holds up nobody.
pub(crate) async fn serve(listener: TcpListener) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many files are open, perhaps: some will be closed.
                println!("nobody is let in for now: {error}");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
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
