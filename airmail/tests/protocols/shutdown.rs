//! A worker that is told to stop. Missed cancellation: the call reaches only a worker that waits for it right then.
//!
//! `notify_waiters` leaves no note. A worker that is busy when it is called never hears of it.

use crate::world::{Bug, World, work};
use futures::future::{Either, select};
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Doubles a number.
struct Job {
    number: u32,
    reply: oneshot::Sender<u32>,
}

/// How the worker is told to stop.
#[derive(Clone)]
struct Stop {
    bug: Bug,
    call: Arc<Notify>,
    flag: Arc<watch::Sender<bool>>,
}

impl Stop {
    fn new(bug: Bug) -> Stop {
        Stop { bug, call: Arc::default(), flag: Arc::new(watch::Sender::new(false)) }
    }

    fn order(&self) {
        match self.bug {
            Bug::Planted => self.call.notify_waiters(),
            Bug::Mended => drop(self.flag.send_replace(true)),
        }
    }

    async fn ordered(&self) {
        match self.bug {
            Bug::Planted => self.call.notified().await,
            Bug::Mended => drop(self.flag.subscribe().wait_for(|stop| *stop).await),
        }
    }
}

async fn worker<W: World>(world: W, mut jobs: mpsc::UnboundedReceiver<Job>, stop: Stop) {
    loop {
        let Either::Left((Some(job), _)) = select(pin!(jobs.recv()), pin!(stop.ordered())).await else {
            return;
        };
        // Whoever asked may be gone.
        let _ = job.reply.send(2 * job.number);
        // The journal is written.
        work(&world, 1).await;
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let stop = Stop::new(bug);
    let (sender, jobs) = mpsc::unbounded_channel();
    let worker = world.spawn("worker", worker(world.clone(), jobs, stop.clone()));
    for number in 0..3 {
        let (reply, answer) = oneshot::channel();
        // The worker may have been dropped.
        if sender.send(Job { number, reply }).is_err() {
            break;
        }
        if let Ok(answer) = answer.await {
            assert_eq!(answer, 2 * number);
        }
    }
    // The results are printed.
    work(&world, 2).await;
    stop.order();
    let _ = worker.await;
}
