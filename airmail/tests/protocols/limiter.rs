//! At most so many calls at once. Double use of a permit: whoever was woken takes it without another look.
//!
//! Between the wake-up and its poll somebody else may come, find the permit free, and take it.

use crate::world::{Bug, World, lock, work};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

struct Limiter {
    bug: Bug,
    limit: u32,
    calls: Mutex<u32>,
    released: Notify,
}

struct Permit(Arc<Limiter>);

impl Limiter {
    fn is_full(&self) -> bool {
        *lock(&self.calls) >= self.limit
    }

    async fn acquire(self: Arc<Self>) -> Permit {
        if self.is_full() {
            self.released.notified().await;
        }
        while self.bug == Bug::Mended && self.is_full() {
            self.released.notified().await;
        }
        *lock(&self.calls) += 1;
        Permit(self)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *lock(&self.0.calls) -= 1;
        self.0.released.notify_one();
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let limiter = Arc::new(Limiter { bug, limit: 1, calls: Mutex::new(0), released: Notify::new() });
    let requests = [0, 0, 3].map(|preparation| {
        let (world, limiter) = (world.clone(), Arc::clone(&limiter));
        world.clone().spawn("request", async move {
            work(&world, preparation).await;
            let permit = Arc::clone(&limiter).acquire().await;
            let calls = *lock(&limiter.calls);
            assert!(calls <= limiter.limit, "{calls} calls at once");
            work(&world, 1).await;
            drop(permit);
        })
    });
    for request in requests {
        let _ = request.await;
    }
}
