//! Workers that take their steps together. A barrier that is used again too early: who waits looks whether the count
//! is back at zero, and a fast one may already have raised it for the next step.

use crate::world::{Bug, World, lock, work};
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

const WORKERS: usize = 3;

#[derive(Default)]
struct State {
    arrived: usize,
    step: usize,
    waiting: Vec<Waker>,
}

#[derive(Clone)]
struct Barrier {
    bug: Bug,
    state: Arc<Mutex<State>>,
}

impl State {
    /// Whether this was the last one, who opens the barrier.
    fn arrive(&mut self) -> bool {
        self.arrived += 1;
        if self.arrived < WORKERS {
            return false;
        }
        self.arrived = 0;
        self.step += 1;
        self.waiting.drain(..).for_each(Waker::wake);
        true
    }
}

impl Barrier {
    fn wait(&self) -> impl Future<Output = ()> + Send {
        let (own, mut arrived_in) = (self.clone(), None);
        poll_fn(move |cx| {
            let mut state = lock(&own.state);
            let open = match (arrived_in, own.bug) {
                (None, _) => {
                    arrived_in = Some(state.step);
                    state.arrive()
                }
                (Some(_), Bug::Planted) => state.arrived == 0,
                (Some(step), Bug::Mended) => state.step > step,
            };
            if open {
                return Poll::Ready(());
            }
            state.waiting.push(cx.waker().clone());
            Poll::Pending
        })
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let barrier = Barrier { bug, state: Arc::default() };
    let workers = [(); WORKERS].map(|()| {
        let (world, barrier) = (world.clone(), barrier.clone());
        world.clone().spawn("worker", async move {
            for _ in 0..3 {
                work(&world, 1).await;
                barrier.wait().await;
            }
        })
    });
    for worker in workers {
        assert_eq!(worker.await, Ok(()));
    }
}
