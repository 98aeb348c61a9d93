//! Which children of a scope are there, and who waits for the last one.

use crate::sync::{Arc, Mutex, MutexGuard};
use crate::task::{AbortHandle, Meta, discard_payload};
use std::panic::catch_unwind;
use std::task::{Context, Poll, Waker};

/// What a scope shares with its children. Locked for a few instructions; nobody else's code runs meanwhile.
#[derive(Default)]
pub(crate) struct Children(Mutex<State>);

#[derive(Default)]
struct State {
    /// How many have not left.
    present: usize,
    /// The function, which waits until that is none, or before, with its body, for a failure.
    waiting: Option<Waker>,
    /// To abort those that are present. It has some that left, but never more of them than there were others.
    aborts: Vec<AbortHandle>,
    /// So many handles are looked through next time.
    sweep_at: usize,
    /// Children are aborted, also those that come.
    ended: bool,
    /// The first child that panicked for nobody to see.
    failed: Option<Meta>,
}

/// A child's place in the scope until it is dropped: after that, nothing of the child is left.
pub(crate) struct Leave(Arc<Children>);

impl Children {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A child comes.
    pub(crate) fn enter(children: &Arc<Children>) -> Leave {
        children.state().present += 1;
        Leave(Arc::clone(children))
    }

    /// How to abort the child that has just come.
    pub(crate) fn note(&self, abort: AbortHandle) {
        let mut state = self.state();
        if state.ended {
            drop(state);
            return abort.abort();
        }
        if state.aborts.len() >= state.sweep_at {
            state.aborts.retain(|abort| !abort.is_finished());
            state.sweep_at = 2 * state.aborts.len() + 16;
        }
        state.aborts.push(abort);
    }

    /// Aborts the children, those too that come later.
    pub(crate) fn abort(&self) {
        let mut state = self.state();
        state.ended = true;
        let aborts = std::mem::take(&mut state.aborts);
        drop(state);
        for abort in aborts {
            // It calls into an executor: what fails there must not keep the others.
            if let Err(payload) = catch_unwind(|| abort.abort()) {
                discard_payload(payload);
            }
        }
    }

    /// A child panicked, and nobody has looked, nor can look any more: the body ends, and the others are aborted.
    pub(crate) fn fail(&self, child: Meta) {
        let mut state = self.state();
        state.failed.get_or_insert(child);
        let waiting = state.waiting.take();
        drop(state);
        self.abort();
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    /// The first child that panicked for nobody to see.
    pub(crate) fn failed(&self) -> Option<Meta> {
        self.state().failed
    }

    pub(crate) fn are_gone(&self) -> bool {
        self.state().present == 0
    }

    /// Ready once nobody is present. One waits at a time: the latest waker counts.
    pub(crate) fn poll_gone(&self, cx: &Context<'_>) -> Poll<()> {
        self.poll(cx, |state| state.present == 0)
    }

    /// Ready once a child has [failed](Children::fail). The same one waits.
    pub(crate) fn poll_failed(&self, cx: &Context<'_>) -> Poll<()> {
        self.poll(cx, |state| state.failed.is_some())
    }

    fn poll(&self, cx: &Context<'_>, ready: impl FnOnce(&State) -> bool) -> Poll<()> {
        // A waker's clone and drop are somebody else's code.
        let waker = cx.waker().clone();
        let mut state = self.state();
        if ready(&state) {
            drop(state);
            return Poll::Ready(());
        }
        let before = state.waiting.replace(waker);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.present -= 1;
        let waiting = if state.present == 0 { state.waiting.take() } else { None };
        drop(state);
        // Whoever waits may find nobody before it is woken: what is touched from here on is not the scope's.
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}
