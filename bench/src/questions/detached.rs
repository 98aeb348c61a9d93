use crate::peer::Peer;
use crate::question::Question;
use futures::channel::oneshot;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const TASKS: u32 = 1_000;

pub(crate) struct Detached;

impl Question for Detached {
    const NAME: &'static str = "detached";
    const WHAT: &'static str = "one task of 1,000 that nobody awaits, from its spawn to its end";
    const ROUND: u32 = 50_000;

    async fn run<P: Peer>(operations: u32) {
        let mut left = operations;
        while left > 0 {
            let now = left.min(TASKS);
            let (last, done) = oneshot::channel();
            let count = Arc::new((AtomicU32::new(now), std::sync::Mutex::new(Some(last))));
            for _ in 0..now {
                let count = Arc::clone(&count);
                P::detach(async move {
                    if count.0.fetch_sub(1, Ordering::AcqRel) == 1
                        && let Some(last) = count.1.lock().expect("nobody panics").take()
                    {
                        last.send(()).expect("the round waits for it");
                    }
                });
            }
            done.await.expect("every task runs");
            left -= now;
        }
    }
}
