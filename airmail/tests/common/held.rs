//! Workers that are held in a poll, so that nothing else is polled until they are let go.

use airmail::runtime::Handle;
use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};

/// Every worker of a runtime, each in a poll that ends when this is dropped.
#[must_use = "they are let go when this is dropped"]
pub(crate) struct Held {
    over: Arc<Barrier>,
}

impl Held {
    /// Waits until every worker is in such a poll: whatever they were in before has ended then.
    pub(crate) fn hold(runtime: &Handle) -> Held {
        let workers = runtime.metrics().num_workers();
        let over = Arc::new(Barrier::new(workers + 1));
        for _ in 0..workers {
            let (begun, begins) = channel();
            let over = Arc::clone(&over);
            drop(runtime.spawn(async move {
                begun.send(()).expect("somebody waits");
                over.wait();
            }));
            // One after the other: the next one must not be queued behind this one, where only who is idle finds it.
            begins.recv().expect("some worker begins it");
        }
        Held { over }
    }

    /// On another thread: waits until the runtime has begun to end, which nobody can say who is held, and lets them go.
    pub(crate) fn let_go_at_the_end_of(self, runtime: Handle) -> std::thread::JoinHandle<()> {
        std::thread::spawn(move || {
            while !is_closed(&runtime) {
                std::thread::yield_now();
            }
            drop(self);
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.over.wait();
    }
}

/// The runtime takes no tasks any more.
pub(crate) fn is_closed(runtime: &Handle) -> bool {
    let poll = pin!(runtime.spawn(async {})).poll(&mut Context::from_waker(Waker::noop()));
    matches!(poll, Poll::Ready(Err(_)))
}
