//! Which children a set has, and which of them to look at.
//!
//! Each child that is not done has a waker of its own, which notes the child's key. So a set looks at the
//! children that were woken and at no others: what a child costs does not depend on how many there are.
//!
//! A key may be noted that has no child any more, or another one: a late wake of a child that was detached. That
//! costs one look.

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};
use crate::task::{Id, JoinError, JoinHandle};
use airmail_core::coop;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker, ready};

/// A child that is done.
pub(super) struct Found<T> {
    /// Its place in the set. In a set that was filled before anything was taken out: in the order of the spawns.
    pub(super) key: usize,
    pub(super) id: Id,
    pub(super) outcome: Result<T, JoinError>,
}

/// The children of one set.
pub(super) struct Children<T> {
    /// By key.
    handles: Vec<Option<JoinHandle<T>>>,
    /// The keys without a child.
    free: Vec<usize>,
    count: usize,
    /// Keys to look at, oldest first; when there are no more, those in the bell.
    due: VecDeque<usize>,
    bell: Arc<Bell>,
}

/// What the children's wakers share with the set.
#[derive(Default)]
struct Bell(Mutex<Rung>);

#[derive(Default)]
struct Rung {
    keys: VecDeque<usize>,
    /// Whoever polled the set last.
    waiting: Option<Waker>,
}

/// The waker of one child.
struct Rope {
    key: usize,
    bell: Arc<Bell>,
}

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut rung = self.bell.lock();
        rung.keys.push_back(self.key);
        let waiting = rung.waiting.take();
        // The waker is somebody else's code.
        drop(rung);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

impl Bell {
    /// Nobody else's code runs under the lock, so a poisoned one guards nothing that is half done.
    fn lock(&self) -> MutexGuard<'_, Rung> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next ring wakes `waker`. `false` if it rang already.
    fn wait(&self, waker: &Waker) -> bool {
        let rung = self.lock();
        if !rung.keys.is_empty() {
            return false;
        }
        if rung.waiting.as_ref().is_some_and(|waiting| waiting.will_wake(waker)) {
            return true;
        }
        // A waker's clone and drop are somebody else's code, so they run without the lock, and it may ring.
        drop(rung);
        let waker = waker.clone();
        let mut rung = self.lock();
        if !rung.keys.is_empty() {
            drop(rung);
            drop(waker);
            return false;
        }
        let before = rung.waiting.replace(waker);
        drop(rung);
        drop(before);
        true
    }

    /// Forgets the keys and whoever waits.
    fn clear(&self) {
        let before = std::mem::take(&mut *self.lock());
        drop(before);
    }
}

impl<T> Children<T> {
    pub(super) fn new() -> Children<T> {
        Children {
            handles: Vec::new(),
            free: Vec::new(),
            count: 0,
            due: VecDeque::new(),
            bell: Arc::default(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn handles(&self) -> impl Iterator<Item = &JoinHandle<T>> {
        self.handles.iter().flatten()
    }

    /// A new child is due: nobody knows yet whether it is done, and it has no waker.
    pub(super) fn add(&mut self, handle: JoinHandle<T>) {
        let key = self.free.pop().unwrap_or_else(|| {
            self.handles.push(None);
            self.handles.len() - 1
        });
        self.handles[key] = Some(handle);
        self.count += 1;
        self.due.push_back(key);
    }

    /// Takes a child that is done out; `None` if there are no children at all.
    ///
    /// Charges one operation for a child and nothing for waiting.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Found<T>>> {
        if self.count == 0 {
            return Poll::Ready(None);
        }
        let spent = ready!(coop::poll_proceed(cx));
        loop {
            if let Some(found) = self.next() {
                spent.made_progress();
                return Poll::Ready(Some(found));
            }
            if self.bell.wait(cx.waker()) {
                return Poll::Pending;
            }
        }
    }

    /// Takes a child that is done out, if one is.
    ///
    /// Ends: each look at a child that is not done leaves it to its waker.
    pub(super) fn next(&mut self) -> Option<Found<T>> {
        // A handle charges for its outcome, which `poll_next` does for it.
        let _free = coop::unconstrained();
        loop {
            if self.due.is_empty() {
                // The set's queue goes into the bell, so that neither allocates again and again.
                std::mem::swap(&mut self.due, &mut self.bell.lock().keys);
            }
            let key = self.due.pop_front()?;
            if let Some(found) = self.look(key) {
                return Some(found);
            }
        }
    }

    /// Looks at one child, and gives it a waker unless it is done.
    fn look(&mut self, key: usize) -> Option<Found<T>> {
        let handle = self.handles.get_mut(key)?.as_mut()?;
        let id = handle.id();
        let poll = if handle.is_finished() {
            Pin::new(handle).poll(&mut Context::from_waker(Waker::noop()))
        } else {
            let waker = Waker::from(Arc::new(Rope { key, bell: Arc::clone(&self.bell) }));
            Pin::new(handle).poll(&mut Context::from_waker(&waker))
        };
        let Poll::Ready(outcome) = poll else { return None };
        self.handles[key] = None;
        self.count -= 1;
        if self.count == 0 {
            // Otherwise `abort_all` would go through as many places as there were ever children at once.
            self.handles.clear();
            self.free.clear();
        } else {
            self.free.push(key);
        }
        Some(Found { key, id, outcome })
    }

    /// Drops every handle, and forgets who waits.
    pub(super) fn detach(&mut self) {
        let handles = std::mem::take(&mut self.handles);
        self.free.clear();
        self.count = 0;
        self.due.clear();
        self.bell.clear();
        // Outputs are somebody else's code; by now the set is empty.
        drop(handles);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Builder;

    /// Keys of children that are gone, of places that never were, and the same key twice.
    #[test]
    fn stale_rings_cost_a_look_and_no_more() {
        let runtime = Builder::new_current_thread().build().expect("the defaults make sense");
        let mut children = Children::new();
        let ring = |children: &Children<u8>, key| {
            Waker::from(Arc::new(Rope { key, bell: Arc::clone(&children.bell) })).wake();
        };
        let mut cx = Context::from_waker(Waker::noop());

        ring(&children, 7);
        assert!(children.next().is_none());
        children.add(runtime.spawn(async { 1 }));
        children.add(runtime.spawn(std::future::pending()));
        for key in [0, 0, 1, 7, 1] {
            ring(&children, key);
        }
        assert!(children.poll_next(&mut cx).is_pending());
        runtime.block_on(runtime.spawn(async {})).expect("it comes after the other");
        for key in [7, 1, 1, 0] {
            ring(&children, key);
        }
        assert!(matches!(children.poll_next(&mut cx), Poll::Ready(Some(Found { outcome: Ok(1), .. }))));
        assert!(children.poll_next(&mut cx).is_pending());
        assert_eq!(children.count(), 1);

        // A ring for a child that was detached reaches the one that has its place now.
        children.detach();
        children.add(runtime.spawn(std::future::pending()));
        ring(&children, 0);
        assert!(children.poll_next(&mut cx).is_pending());
        assert_eq!(children.count(), 1);
    }

    /// A set that was large once is not walked through for ever.
    #[test]
    fn an_empty_set_forgets_its_places() {
        let runtime = Builder::new_current_thread().build().expect("the defaults make sense");
        let mut children = Children::new();
        (0..100).for_each(|i| children.add(runtime.spawn(async move { i })));
        for _ in 0..100 {
            assert!(runtime.block_on(std::future::poll_fn(|cx| children.poll_next(cx))).is_some());
        }
        assert_eq!((children.handles.len(), children.free.len(), children.due.len()), (0, 0, 0));
    }
}
