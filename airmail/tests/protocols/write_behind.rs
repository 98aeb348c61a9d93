//! Records that are written later, and a flush that waits for them. A spurious poll is taken for the event: the
//! future of the flush waits once, and takes its second poll for the news that all is written.

use crate::world::{Bug, World, lock, work};
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

#[derive(Default)]
struct State {
    appended: u32,
    written: u32,
    closed: bool,
    writer: Option<Waker>,
    /// Who waits, and for how many records.
    flushes: Vec<(u32, Waker)>,
}

#[derive(Clone)]
struct Buffer {
    bug: Bug,
    state: Arc<Mutex<State>>,
}

impl Buffer {
    /// The number of records with this one.
    fn append(&self) -> u32 {
        let mut state = lock(&self.state);
        state.appended += 1;
        if let Some(writer) = state.writer.take() {
            writer.wake();
        }
        state.appended
    }

    /// Until everything up to record `last` is written.
    fn flush(&self, last: u32) -> impl Future<Output = ()> + Send {
        let (own, mut waited) = (self.clone(), false);
        poll_fn(move |cx| {
            let mut state = lock(&own.state);
            if state.written >= last || (own.bug == Bug::Planted && waited) {
                return Poll::Ready(());
            }
            waited = true;
            state.flushes.push((last, cx.waker().clone()));
            Poll::Pending
        })
    }

    /// The number of the last record, as soon as it is not written yet.
    fn due(&self) -> impl Future<Output = Option<u32>> + Send {
        let state = Arc::clone(&self.state);
        poll_fn(move |cx| {
            let mut state = lock(&state);
            if state.appended > state.written {
                return Poll::Ready(Some(state.appended));
            }
            if state.closed {
                return Poll::Ready(None);
            }
            state.writer = Some(cx.waker().clone());
            Poll::Pending
        })
    }

    fn written(&self, last: u32) {
        let mut state = lock(&self.state);
        state.written = last;
        for (_, waker) in state.flushes.extract_if(.., |(wanted, _)| *wanted <= last) {
            waker.wake();
        }
    }

    fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        if let Some(writer) = state.writer.take() {
            writer.wake();
        }
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let buffer = Buffer { bug, state: Arc::default() };
    let writer = {
        let (world, buffer) = (world.clone(), buffer.clone());
        world.clone().spawn("writer", async move {
            while let Some(last) = buffer.due().await {
                work(&world, 2).await;
                buffer.written(last);
            }
        })
    };
    let clients = [0, 1].map(|preparation| {
        let (world, buffer) = (world.clone(), buffer.clone());
        world.clone().spawn("client", async move {
            work(&world, preparation).await;
            let last = buffer.append();
            buffer.flush(last).await;
            let written = lock(&buffer.state).written;
            assert!(written >= last, "record {last} is flushed, and {written} are written");
        })
    });
    for client in clients {
        assert_eq!(client.await, Ok(()));
    }
    buffer.close();
    assert_eq!(writer.await, Ok(()));
}
