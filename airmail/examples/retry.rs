//! Asks a service that is down at first, and slow then, until it answers.
//!
//! `cargo run -p airmail --example retry`

use airmail::io::{self, AsyncReadExt, AsyncWriteExt};
use airmail::net::{TcpListener, TcpStream};
use airmail::time::{Duration, sleep, timeout};
use std::fmt::Display;
use std::net::SocketAddr;

/// When to give up.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) tries: u32,
    /// For one try.
    pub(crate) time: Duration,
    /// After the first try; twice as long after each further one.
    pub(crate) pause: Duration,
}

/// Tries again, each time after a longer pause. (Where many clients do so at once, each adds a random part to its
/// pauses, so that they do not come back all together.)
///
/// A try that takes too long is dropped where it waits: that ends it, with all that it had.
pub(crate) async fn retry<T, E: Display>(
    patience: Patience,
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, String> {
    let mut pause = patience.pause;
    for number in 1.. {
        let trouble = match timeout(patience.time, attempt()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", patience.time),
        };
        if number >= patience.tries {
            return Err(format!("given up after {number} tries: {trouble}"));
        }
        println!("try {number}: {trouble}; the next one in {pause:?}");
        sleep(pause).await;
        pause *= 2;
    }
    unreachable!("numbers do not end before the tries do")
}

async fn ask(service: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(service).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if answer.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
}

/// The first client is sent away, the second one is left waiting.
async fn service(listener: TcpListener) -> io::Result<()> {
    drop(listener.accept().await?);
    let _waits = listener.accept().await?;
    let (mut stream, _) = listener.accept().await?;
    stream.write_all(b"delivered").await
}

#[airmail::main]
async fn main() -> io::Result<()> {
    println!("{}", run().await?);
    Ok(())
}

pub(crate) async fn run() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    airmail::spawn(service(listener));
    let patience = Patience { tries: 5, time: Duration::from_millis(500), pause: Duration::from_millis(50) };
    retry(patience, async || ask(address).await).await.map_err(io::Error::other)
}
