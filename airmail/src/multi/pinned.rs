//! Tasks that stay on one worker. The worker runs them in turns with the others; who they are is a layer above's business.
//!
//! That they have something to do is told by a flag of the worker's, which is part of its look before it sleeps.

use super::scheduler::Scheduler;
use super::worker::Bench;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Arc, OnceLock, Weak};
use std::fmt;
use std::task::{Wake, Waker};

/// The tasks that stay on one worker, on its thread.
pub(crate) trait Pinned: Send {
    /// Runs a few tasks. `true`: there are more.
    fn run(&mut self) -> bool;

    /// Cancels all of them. `wait` waits until the waker was used.
    fn end(self: Box<Self>, wait: &mut dyn FnMut());
}

/// Makes them for the worker in this place, on its thread. The waker tells that there is something to do.
pub(crate) type Make = Box<dyn Fn(usize, Waker) -> Box<dyn Pinned> + Send + Sync>;

/// Who makes them, and whose turn it is to get one.
#[derive(Default)]
pub(super) struct Pins {
    make: OnceLock<Make>,
    next: AtomicUsize,
}

impl fmt::Debug for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pins")
    }
}

/// Whether a worker's pinned tasks may have something to do.
#[derive(Debug, Default)]
pub(super) struct Due(AtomicBool);

impl Due {
    #[inline(always)]
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// `Release` pairs with `answer`.
    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// `Acquire`: what it was set for is found afterwards.
    fn answer(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }
}

/// Wakes the worker in this place for its pinned tasks.
struct Bell {
    scheduler: Weak<Scheduler>,
    place: usize,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(scheduler) = self.scheduler.upgrade() {
            scheduler.ring(self.place);
        }
    }
}

impl Scheduler {
    /// Who makes pinned tasks' place on a worker.
    pub(crate) fn make_pinned_with(&self, make: Make) {
        assert!(self.pins.make.set(make).is_ok(), "named once");
    }

    /// Another worker each time.
    pub(crate) fn next_worker(&self) -> usize {
        self.pins.next.fetch_add(1, Ordering::Relaxed) % self.workers()
    }

    /// There is something to do for the pinned tasks of the worker in this place.
    pub(crate) fn ring(&self, place: usize) {
        self.remote(place).due.set();
        if self.gate.choose_this(place) {
            self.call(place);
        }
    }
}

impl Bench<'_> {
    /// The pinned tasks' turn. `true`: there are more.
    #[inline(always)]
    pub(super) fn run_pinned(&self) -> bool {
        self.remote.due.is_set() && self.run_due()
    }

    #[cold]
    fn run_due(&self) -> bool {
        // What these polls need of others must not wait for this worker: it is no searcher, and keeps nothing to itself.
        self.stop_searching();
        self.has_work();
        self.remote.begin_polls(self.next_tick());
        if let Some(task) = self.queues.lifo.take() {
            self.queues.put_back(self.scheduler, task);
            self.scheduler.wake_one();
        }
        // First, so that what it is set for meanwhile is found in the next turn.
        self.remote.due.answer();
        let mut pinned = self.queues.pinned.borrow_mut();
        let more = pinned.get_or_insert_with(|| self.make_pinned()).run();
        if more {
            self.remote.due.set();
        }
        more
    }

    fn make_pinned(&self) -> Box<dyn Pinned> {
        let bell = Bell { scheduler: self.scheduler.me.clone(), place: self.queues.place };
        let bell = Waker::from(Arc::new(bell));
        self.scheduler.pins.make.get().expect("named before there are any")(self.queues.place, bell)
    }

    /// The worker leaves: its pinned tasks are cancelled, here and now.
    pub(super) fn end_pinned(&self) {
        let pinned = self.queues.pinned.take();
        // It may have mail that it never opened.
        let pinned = pinned.or_else(|| self.remote.due.is_set().then(|| self.make_pinned()));
        if let Some(pinned) = pinned {
            pinned.end(&mut || {
                self.wait_for_stragglers();
                self.remote.due.answer();
            });
        }
    }
}
