//! One job at a time has the disk. A lock that a dropped task holds: the claim is given back by the line after the
//! work, which a task that is cancelled does not reach.

use crate::world::{Bug, World, lock, work};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

#[derive(Default)]
struct State {
    taken: bool,
    waiting: Vec<Waker>,
}

#[derive(Clone, Default)]
struct Disk(Arc<Mutex<State>>);

impl Disk {
    async fn claim(&self) {
        poll_fn(|cx| {
            let mut state = lock(&self.0);
            if state.taken {
                state.waiting.push(cx.waker().clone());
                return Poll::Pending;
            }
            state.taken = true;
            Poll::Ready(())
        })
        .await;
    }

    fn give_back(&self) {
        let mut state = lock(&self.0);
        state.taken = false;
        state.waiting.drain(..).for_each(Waker::wake);
    }
}

/// Gives the disk back when it is dropped.
struct Claim<'a>(&'a Disk);

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let disk = Disk::default();
    let jobs = [2, 1, 1].map(|steps| {
        let (world, disk) = (world.clone(), disk.clone());
        world.clone().spawn("job", async move {
            disk.claim().await;
            let claim = (bug == Bug::Mended).then(|| Claim(&disk));
            work(&world, steps).await;
            if claim.is_none() {
                disk.give_back();
            }
        })
    });
    for job in jobs {
        // A job that was cancelled is not missed.
        let _ = job.await;
    }
}
