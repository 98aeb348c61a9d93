//! What the tasks of the scenarios wait for.

use crate::sync::{Arc, Condvar, Mutex, lock, wait_until};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Answers `Pending` so many times, and wakes itself each time.
pub(crate) struct Yields(pub(crate) u32);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A number that tasks wait for, and threads too: it only goes up.
#[derive(Clone)]
pub(crate) struct Stage(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    call: Condvar,
}

#[derive(Default)]
struct State {
    reached: u32,
    wakers: Vec<Waker>,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        Stage(Arc::new(Inner { state: Mutex::new(State::default()), call: Condvar::new() }))
    }

    /// The next number.
    pub(crate) fn advance(&self) {
        let mut state = lock(&self.0.state);
        state.reached += 1;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.0.call.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits on this thread.
    pub(crate) fn block(&self, number: u32) {
        let mut state = lock(&self.0.state);
        while state.reached < number {
            state = wait_until(&self.0.call, state, None).0;
        }
    }

    pub(crate) fn has_reached(&self, number: u32) -> bool {
        lock(&self.0.state).reached >= number
    }

    /// Waits as a task.
    pub(crate) fn reached(&self, number: u32) -> Reached {
        Reached(self.clone(), number)
    }
}

pub(crate) struct Reached(Stage, u32);

impl Future for Reached {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0.0.state);
        if state.reached >= self.1 {
            return Poll::Ready(());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}
