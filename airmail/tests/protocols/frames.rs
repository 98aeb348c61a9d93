//! A connection that reads frames and obeys commands. A lost message: a command cancels a frame that is half read.
//!
//! The future that reads a frame holds what it has read. It is dropped when the other branch of the select is ready.

use crate::world::{Bug, World, work};
use futures::future::{Either, select};
use std::pin::pin;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Each begins with its length.
const FRAMES: [&[u8]; 3] = [&[2, 50, 51], &[1, 60], &[2, 70, 71]];

/// Reads frames.
struct Reader {
    bytes: UnboundedReceiver<u8>,
    bug: Bug,
    frame: Vec<u8>,
}

impl Reader {
    /// The next frame, or nothing at the end.
    async fn next(&mut self) -> Option<Vec<u8>> {
        // Mended: what was read stays with the reader.
        let mut fresh = Vec::new();
        let frame = if self.bug == Bug::Planted { &mut fresh } else { &mut self.frame };
        while frame.first().is_none_or(|length| frame.len() <= usize::from(*length)) {
            frame.push(self.bytes.recv().await?);
        }
        Some(std::mem::take(frame))
    }
}

/// Until the bytes end: the frames, and how many commands there were.
async fn connection(mut reader: Reader, mut commands: UnboundedReceiver<&str>) -> (Vec<Vec<u8>>, usize) {
    let (mut frames, mut obeyed) = (Vec::new(), 0);
    loop {
        let command = async {
            match commands.recv().await {
                Some(_) => (),
                // Nobody commands any more.
                None => std::future::pending().await,
            }
        };
        match select(pin!(command), pin!(reader.next())).await {
            Either::Left(_) => obeyed += 1,
            Either::Right((Some(frame), _)) => frames.push(frame),
            Either::Right((None, _)) => return (frames, obeyed),
        }
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let (wire, bytes) = unbounded_channel();
    let (console, commands) = unbounded_channel();
    let reader = Reader { bytes, bug, frame: Vec::new() };
    let connection = world.spawn("connection", connection(reader, commands));
    let operator = world.spawn("operator", async move {
        // The connection may have ended.
        let _ = console.send("quieter");
    });
    let peer = {
        let world = world.clone();
        world.clone().spawn("peer", async move {
            work(&world, 1).await;
            for byte in FRAMES.concat() {
                wire.send(byte).expect("the connection lasts until the bytes end");
                work(&world, 1).await;
            }
        })
    };
    let (frames, _) = connection.await.expect("nobody drops it");
    assert_eq!(frames, FRAMES, "frames are lost");
    assert_eq!((operator.await, peer.await), (Ok(()), Ok(())));
}
