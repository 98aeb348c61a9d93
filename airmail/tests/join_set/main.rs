//! `JoinSet`: every child is given out once, in the order in which they end, whatever happens meanwhile.

#[path = "../common/mod.rs"]
mod common;
mod documented;
mod elsewhere;
mod moments;
mod wakers;

use airmail::task::{JoinError, JoinSet};
use common::run;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Runs `body` in a task, whose yield lets every task that is ready have a turn.
pub(crate) fn in_a_task<F>(body: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    run(async { airmail::spawn(body).await.unwrap() })
}

/// Counts its wakes.
#[derive(Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Wakes {
    pub(crate) fn new() -> (Arc<Wakes>, Waker) {
        let wakes = Arc::new(Wakes::default());
        (Arc::clone(&wakes), Waker::from(wakes))
    }

    pub(crate) fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

pub(crate) fn poll<T: 'static>(set: &mut JoinSet<T>, waker: &Waker) -> Poll<Option<Result<T, JoinError>>> {
    set.poll_join_next(&mut Context::from_waker(waker))
}

/// What is taken out of a set that must not wait.
#[track_caller]
pub(crate) fn at_once<T: 'static>(set: &mut JoinSet<T>) -> Result<T, JoinError> {
    match poll(set, Waker::noop()) {
        Poll::Ready(Some(outcome)) => outcome,
        Poll::Ready(None) => panic!("the set is empty"),
        Poll::Pending => panic!("the set waits"),
    }
}

pub(crate) async fn drain<T: Ord + 'static>(set: &mut JoinSet<T>) -> Vec<T> {
    let mut outputs = Vec::new();
    while let Some(outcome) = set.join_next().await {
        outputs.push(outcome.unwrap());
    }
    assert!(set.is_empty());
    outputs.sort();
    outputs
}

pub(crate) fn up_to(end: usize) -> Vec<usize> {
    (0..end).collect()
}
