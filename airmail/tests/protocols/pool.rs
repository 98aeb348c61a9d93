//! A pool of connections. Lost wake: a connection that comes back wakes somebody only if the pool was empty.
//!
//! Two come back before the one who was woken runs: the second wakes nobody, and the pool is not empty any more, so
//! no later one does.

use crate::world::{Bug, World, lock, work};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

struct Pool {
    bug: Bug,
    state: Mutex<State>,
}

struct State {
    idle: Vec<u32>,
    waiting: VecDeque<Waker>,
}

/// A connection on loan.
struct Lease {
    pool: Arc<Pool>,
    connection: u32,
}

impl Pool {
    async fn get(self: &Arc<Pool>) -> Lease {
        let connection = poll_fn(|cx| {
            let mut state = lock(&self.state);
            if let Some(connection) = state.idle.pop() {
                return Poll::Ready(connection);
            }
            state.waiting.push_back(cx.waker().clone());
            Poll::Pending
        });
        Lease { connection: connection.await, pool: Arc::clone(self) }
    }

    fn put(&self, connection: u32) {
        let mut state = lock(&self.state);
        let was_empty = state.idle.is_empty();
        state.idle.push(connection);
        let woken = match self.bug {
            Bug::Planted if was_empty => state.waiting.pop_front().into_iter().collect(),
            Bug::Planted => VecDeque::new(),
            // Whoever comes too late waits again.
            Bug::Mended => std::mem::take(&mut state.waiting),
        };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.put(self.connection);
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let state = Mutex::new(State { idle: vec![1, 2], waiting: VecDeque::new() });
    let pool = Arc::new(Pool { bug, state });
    let clients = [1, 3, 3, 1, 1].map(|queries| {
        let (world, pool) = (world.clone(), Arc::clone(&pool));
        world.clone().spawn("client", async move {
            let lease = pool.get().await;
            work(&world, queries).await;
            drop(lease);
        })
    });
    for client in clients {
        let _ = client.await;
    }
    assert_eq!(lock(&pool.state).idle.len(), 2, "all connections are back");
}
