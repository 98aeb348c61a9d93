//! Requests on one connection, a task for each. A wrong assumption about the order: that tasks end in the order in
//! which they were spawned, so that the first reply answers the first request.

use crate::world::{Bug, World, lock};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request, and what answers it.
type Reply = (u32, u32);

async fn serve<W: World>(world: W, bug: Bug, requests: Vec<u32>) -> Vec<Reply> {
    let outbox = Arc::new(Mutex::new(Vec::new()));
    let mut handlers = Vec::new();
    for request in &requests {
        let (request, outbox, own) = (*request, Arc::clone(&outbox), world.clone());
        handlers.push(world.spawn("handler", async move {
            own.sleep(Duration::from_millis(1)).await;
            lock(&outbox).push(request + 100);
            request + 100
        }));
    }
    let mut replies = Vec::new();
    for (handler, request) in handlers.into_iter().zip(&requests) {
        // Of a request that was dropped there is no reply.
        if let Ok(answer) = handler.await {
            replies.push((*request, answer));
        }
    }
    match bug {
        Bug::Planted => requests.into_iter().zip(std::mem::take(&mut *lock(&outbox))).collect(),
        Bug::Mended => replies,
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    for (request, answer) in serve(world, bug, vec![1, 2, 3]).await {
        assert_eq!(answer, request + 100, "request {request} has the answer of another one");
    }
}
