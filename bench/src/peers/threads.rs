//! Threads that run an executor until they are told to stop: smol's way.

use futures::channel::oneshot;
use std::thread::{self, JoinHandle};

/// Their drop stops them, and waits until they have.
pub(super) struct Threads {
    stop: Vec<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// Ends when a thread has to.
pub(super) type Stopped = oneshot::Receiver<()>;

impl Threads {
    pub(super) fn start(number: usize, run: impl Fn(Stopped) + Clone + Send + 'static) -> Threads {
        let (stop, stopped): (Vec<_>, Vec<_>) = (0..number).map(|_| oneshot::channel()).unzip();
        let start = |stopped| {
            let run = run.clone();
            thread::spawn(move || run(stopped))
        };
        Threads { stop, threads: stopped.into_iter().map(start).collect() }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop.clear();
        for thread in self.threads.drain(..) {
            thread.join().expect("no task panics");
        }
    }
}
