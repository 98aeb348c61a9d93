//! Who polls a local set, and is woken when something came for it.

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, PoisonError};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

/// How many wakers are kept at first. When there are more, all are woken for nothing, and those who have not ended
/// come again; twice as many are kept from then on, so that this does not go on for ever.
const MOST: usize = 64;

/// The wakers of everybody who polled the set since the last ring. All are woken: whichever of them is polled next
/// runs the tasks, and the others may have ended by then.
#[derive(Debug)]
pub(crate) struct Pollers {
    list: Mutex<List>,
    rung: AtomicBool,
}

#[derive(Debug)]
struct List {
    wakers: Vec<Waker>,
    most: usize,
}

impl Default for Pollers {
    fn default() -> Pollers {
        Pollers { list: Mutex::new(List { wakers: Vec::new(), most: MOST }), rung: AtomicBool::new(false) }
    }
}

impl Pollers {
    /// Wakes everybody, once. One ring is enough until the next poll.
    pub(crate) fn ring(&self) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let rung = std::mem::take(&mut list.wakers);
        self.rung.store(true, Ordering::Release);
        drop(list);
        // Foreign code, so after the lock. One that panics keeps no call from the others.
        let panics =
            rung.into_iter().filter_map(|waker| catch_unwind(AssertUnwindSafe(|| waker.wake())).err());
        if let Some(first) = panics.fold(None, |first, panic| first.or(Some(panic))) {
            resume_unwind(first);
        }
    }

    /// `waker` hears of the next ring. `last` is what this was called with before: the same waker need not be put
    /// down again.
    ///
    /// The look at `rung` takes no lock. Whoever rings has put a task into the inbox before. If the look finds
    /// no ring, that ring finds the waker; if it finds one, `Acquire` lets the poller find the task.
    pub(crate) fn add(&self, waker: &Waker, last: &mut Option<Waker>) {
        let known = last.as_ref().is_some_and(|last| last.will_wake(waker));
        if known && !self.rung.load(Ordering::Acquire) {
            return;
        }
        let new = waker.clone();
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        self.rung.store(false, Ordering::Relaxed);
        if !list.wakers.iter().any(|other| other.will_wake(&new)) {
            list.wakers.push(new);
        }
        let full = list.wakers.len() > list.most;
        if full {
            list.most *= 2;
        }
        drop(list);
        if !known {
            *last = Some(waker.clone());
        }
        if full {
            self.ring();
        }
    }
}
