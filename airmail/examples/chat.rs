//! A room in which everybody reads what everybody writes.
//!
//! `cargo run -p airmail --example chat`, and elsewhere, more than once, `nc 127.0.0.1 7003`.
//!
//! Each client has two tasks: one reads its lines and gives them to the others, one writes what the others say. They
//! meet in a bounded channel, so that a client that does not read costs no memory: it misses what it has no room for.

use airmail::io::{self, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use airmail::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use airmail::net::{TcpListener, TcpStream};
use airmail::time::{Duration, sleep};
use futures::StreamExt;
use futures::channel::mpsc::{Receiver, Sender, channel};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// So many lines may wait for one client.
const WAITING: usize = 64;

/// A line has no more bytes, with its end: nobody fills the memory with one that does not end.
const LONGEST: u64 = 1024;

#[airmail::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:7003").await?;
    println!("chatting on {}", listener.local_addr()?);
    serve(listener).await;
    Ok(())
}

pub(crate) async fn serve(listener: TcpListener) {
    let room = Room::default();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => drop(airmail::spawn(visit(room.clone(), stream, peer))),
            Err(error) => {
                // Too many files are open, perhaps: some will be closed.
                println!("nobody is let in for now: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// From the client's coming to its going.
async fn visit(room: Room, stream: TcpStream, peer: SocketAddr) {
    let (from, to) = stream.into_split();
    airmail::spawn(write(room.enter(peer), to));
    room.say(peer, "comes in");
    let goodbye = match read(&room, from, peer).await {
        Ok(()) => "goes".to_owned(),
        Err(error) => format!("is lost: {error}"),
    };
    room.leave(peer);
    room.say(peer, &goodbye);
}

async fn read(room: &Room, from: OwnedReadHalf, peer: SocketAddr) -> io::Result<()> {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while (&mut from).take(LONGEST).read_until(b'\n', &mut line).await? > 0 {
        if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
            let text = format!("a line has more than {LONGEST} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        // What steers a terminal is nobody's to send to others.
        let said: String = String::from_utf8_lossy(&line).chars().filter(|c| !c.is_control()).collect();
        room.say(peer, &said);
        line.clear();
    }
    Ok(())
}

/// Ends when the client has left the room, or takes nothing any more.
async fn write(mut lines: Receiver<String>, mut to: OwnedWriteHalf) -> io::Result<()> {
    while let Some(line) = lines.next().await {
        to.write_all(line.as_bytes()).await?;
    }
    Ok(())
}

/// Who is there.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<HashMap<SocketAddr, Sender<String>>>>);

impl Room {
    /// What the others will say.
    fn enter(&self, peer: SocketAddr) -> Receiver<String> {
        let (sender, receiver) = channel(WAITING);
        self.0.lock().unwrap().insert(peer, sender);
        receiver
    }

    fn leave(&self, peer: SocketAddr) {
        self.0.lock().unwrap().remove(&peer);
    }

    /// To all but who says it. The lock is not held across an await.
    fn say(&self, peer: SocketAddr, what: &str) {
        let line = format!("{peer} {what}\n");
        for (other, sender) in self.0.lock().unwrap().iter_mut() {
            if *other != peer {
                // Whoever has no room misses it.
                let _ = sender.try_send(line.clone());
            }
        }
    }
}
