// The program of docs/testing.md without `put`, which is in `first.rs`, `second.rs` and `third.rs`.

use airmail::task::{Builder, yield_now};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// Connections to a database.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Mutex<State>>);

struct State {
    idle: Vec<u32>,
    waiting: VecDeque<Waker>,
}

/// A connection on loan. It goes back when this is dropped.
pub(crate) struct Lease {
    connection: u32,
    pool: Pool,
}

impl Pool {
    pub(crate) fn new(size: u32) -> Pool {
        let (idle, waiting) = ((0..size).collect(), VecDeque::new());
        Pool(Arc::new(Mutex::new(State { idle, waiting })))
    }

    /// Takes a connection, or waits for one.
    pub(crate) async fn get(&self) -> Lease {
        let connection = poll_fn(|cx| {
            let mut state = self.0.lock().unwrap();
            if let Some(connection) = state.idle.pop() {
                return Poll::Ready(connection);
            }
            state.waiting.push_back(cx.waker().clone());
            Poll::Pending
        });
        Lease { connection: connection.await, pool: self.clone() }
    }
}

impl Lease {
    /// A round trip to the database.
    pub(crate) async fn query(&self) {
        yield_now().await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.put(self.connection);
    }
}

/// Ann and the others share the connections of a pool, and ask so many queries each.
async fn serve(connections: u32, queries: [u32; 4]) {
    let pool = Pool::new(connections);
    let mut clients = Vec::new();
    for (name, queries) in ["ann", "ben", "cleo", "dan"].into_iter().zip(queries) {
        let pool = pool.clone();
        let client = async move {
            let lease = pool.get().await;
            for _ in 0..queries {
                lease.query().await;
            }
        };
        clients.push(Builder::new().name(name).spawn(client).unwrap());
    }
    for client in clients {
        client.await.unwrap();
    }
}

pub(crate) async fn everyone_is_served() {
    serve(2, [1, 2, 1, 1]).await;
}

pub(crate) async fn one_connection_goes_round() {
    serve(1, [1, 1, 1, 1]).await;
}
