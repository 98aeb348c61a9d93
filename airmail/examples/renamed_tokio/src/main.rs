//! Counts down on a server, and listens to it: an ordinary program for tokio.

use std::error::Error;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

type Failure = Box<dyn Error + Send + Sync>;

async fn count_down(mut stream: TcpStream, from: u32) -> std::io::Result<()> {
    let mut ticks = interval(Duration::from_millis(5));
    for number in (1..=from).rev() {
        ticks.tick().await;
        stream.write_all(format!("{number}\n").as_bytes()).await?;
    }
    stream.write_all(b"lift-off\n").await
}

// Without `crate`, the macro looks for a crate called airmail.
#[tokio::main(crate = "tokio")]
async fn main() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        let mut clients = JoinSet::new();
        for from in 1..=3 {
            let (stream, _) = listener.accept().await?;
            clients.spawn(count_down(stream, from));
        }
        while let Some(client) = clients.join_next().await {
            client??;
        }
        Ok::<(), Failure>(())
    });

    for _ in 0..3 {
        let stream = TcpStream::connect(address).await?;
        let mut lines = BufReader::new(stream).lines();
        while let Some(line) = timeout(Duration::from_secs(5), lines.next_line()).await?? {
            print!("{line} ");
        }
        println!();
    }
    server.await??;
    let sum = tokio::task::spawn_blocking(|| (1..=100).sum::<u32>()).await?;
    println!("and on a thread that may block: {sum}");
    Ok(())
}
