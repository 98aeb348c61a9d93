//! A client waits for two answers at once. A future that keeps its first waker: the leaf thinks that one is enough.
//!
//! The client is polled with another waker when the first answer comes. The second one wakes a waker of the past.

use crate::world::{Bug, World, lock, work};
use futures::future::join;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// A place for one value, and for who waits for it.
struct Slot<T> {
    value: Option<T>,
    waiting: Option<Waker>,
}

type Shared<T> = Arc<Mutex<Slot<T>>>;

fn slot<T>() -> Shared<T> {
    Arc::new(Mutex::new(Slot { value: None, waiting: None }))
}

fn send<T>(slot: &Shared<T>, value: T) {
    let mut slot = lock(slot);
    slot.value = Some(value);
    if let Some(waiting) = slot.waiting.take() {
        waiting.wake();
    }
}

fn receive<T: Send>(slot: Shared<T>, bug: Bug) -> impl Future<Output = T> + Send {
    poll_fn(move |cx| {
        let mut slot = lock(&slot);
        if let Some(value) = slot.value.take() {
            return Poll::Ready(value);
        }
        if bug == Bug::Mended || slot.waiting.is_none() {
            slot.waiting = Some(cx.waker().clone());
        }
        Poll::Pending
    })
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let (data, receipt) = (slot(), slot());
    let client = {
        let (data, receipt) = (receive(Arc::clone(&data), bug), receive(Arc::clone(&receipt), bug));
        world.spawn("client", join(data, receipt))
    };
    let server = {
        let world = world.clone();
        world.clone().spawn("server", async move {
            work(&world, 1).await;
            send(&data, "data");
            work(&world, 2).await;
            send(&receipt, 7);
        })
    };
    assert_eq!(client.await, Ok(("data", 7)));
    assert_eq!(server.await, Ok(()));
}
