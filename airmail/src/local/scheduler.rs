//! What every thread may touch of a single-threaded executor: the way in, and whom to wake.

use crate::inspect::{Queue, Track, WokenBy};
use airmail_core::{Exec, Inbox, JoinHandle, Options, Refused, Runnable, Schedule, Seat, Spawn, dead_letter};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

/// Futures of more bytes would not lie in their slot. They are boxed by the first function that gets them, so that
/// a large one is moved once, into the box, and not through every call on the way to its slot.
pub(crate) const LARGE: usize = airmail_core::MAX_INLINE;

/// What only the thread in the seat may touch.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    pub(crate) queue: RefCell<VecDeque<Runnable>>,
}

/// Whom to wake when something came into the inbox.
#[derive(Debug)]
pub(crate) enum Bell {
    /// The driver of a runtime.
    Driver(Waker),
    /// Whoever polled the local set last. Taken out when it is rung, since one ring is enough until the next
    /// poll.
    Poller(Mutex<Option<Waker>>),
}

impl Bell {
    pub(crate) fn ring(&self) {
        match self {
            Bell::Driver(waker) => waker.wake_by_ref(),
            Bell::Poller(waker) => {
                let waker = waker.lock().unwrap_or_else(PoisonError::into_inner).take();
                // Foreign code, so after the lock.
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
        }
    }

    /// The local set's poller, from now on.
    pub(crate) fn hang(&self, waker: &Waker) {
        let Bell::Poller(cell) = self else { return };
        let known = |cell: &Option<Waker>| cell.as_ref().is_some_and(|known| known.will_wake(waker));
        if known(&cell.lock().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let new = waker.clone();
        let old = cell.lock().unwrap_or_else(PoisonError::into_inner).replace(new);
        drop(old);
    }
}

/// A single-threaded executor as its tasks, their wakers and its handles see it.
pub(crate) struct Scheduler {
    pub(crate) exec: Exec<Ready>,
    pub(crate) inbox: Inbox,
    pub(crate) bell: Bell,
    pub(crate) track: Option<Arc<dyn Track>>,
    pub(crate) options: Options,
    pub(crate) bound: Bound,
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler")
            .field("exec", &self.exec)
            .field("bell", &self.bell)
            .finish_non_exhaustive()
    }
}

/// Which threads may poll an executor's tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Any, one at a time: tasks are `Send`.
    Anywhere,
    /// Only the thread that makes the executor.
    ThisThread,
}

impl Scheduler {
    /// Registers an executor. The seat is the right to run its tasks.
    pub(crate) fn new(
        bound: Bound,
        options: Options,
        bell: Bell,
        track: Option<Arc<dyn Track>>,
    ) -> (Arc<Scheduler>, Seat<Ready>) {
        let (exec, seat) = match bound {
            Bound::Anywhere => Exec::register(options.clone(), Ready::default()),
            Bound::ThisThread => Exec::register_local(options.clone(), Ready::default()),
        };
        let scheduler = Arc::new(Scheduler { exec, inbox: Inbox::new(), bell, track, options, bound });
        seat.install(Arc::clone(&scheduler));
        (scheduler, seat)
    }

    /// Makes a task and queues it.
    ///
    /// If the executor is shut down, the future comes back; the caller makes a dead letter of it once it holds
    /// no borrow, since that drops the future.
    #[inline]
    pub(crate) fn spawn<F>(&self, future: F, spawn: Spawn) -> Result<JoinHandle<F::Output>, Refused<F>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = self.exec.spawn(future, spawn)?;
        self.put_new(task);
        Ok(handle)
    }

    /// Spawns, or makes a dead letter at once: for callers that hold no borrow.
    #[inline(always)]
    pub(crate) fn spawn_or_cancel<F>(&self, future: F, spawn: Spawn) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if size_of::<F>() > LARGE {
            self.spawn(Box::pin(future), spawn).unwrap_or_else(|Refused(future)| dead_letter(future, spawn))
        } else {
            self.spawn(future, spawn).unwrap_or_else(|Refused(future)| dead_letter(future, spawn))
        }
    }

    /// As [`spawn_or_cancel`](Scheduler::spawn_or_cancel), for a task that stays on this thread.
    #[inline(always)]
    pub(crate) fn spawn_local_or_cancel<F>(&self, future: F, spawn: Spawn) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        if size_of::<F>() > LARGE {
            self.spawn_local(Box::pin(future), spawn)
                .unwrap_or_else(|Refused(future)| dead_letter(future, spawn))
        } else {
            self.spawn_local(future, spawn).unwrap_or_else(|Refused(future)| dead_letter(future, spawn))
        }
    }

    /// As [`spawn`](Scheduler::spawn), for a task that stays on this thread.
    #[inline]
    pub(crate) fn spawn_local<F>(&self, future: F, spawn: Spawn) -> Result<JoinHandle<F::Output>, Refused<F>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let (task, handle) = self.exec.spawn_local(future, spawn)?;
        self.put_new(task);
        Ok(handle)
    }

    #[inline]
    fn put_new(&self, task: Runnable) {
        if let Some(track) = &self.track {
            track.spawned(&task.meta());
        }
        self.put(task);
    }

    /// Puts a task where the thread in the seat finds it.
    #[inline]
    fn put(&self, task: Runnable) {
        let mut task = Some(task);
        self.exec.here(|ready| {
            if let Some(task) = task.take() {
                self.tell_queued(&task, Queue::Local);
                ready.queue.borrow_mut().push_back(task);
            }
        });
        if let Some(task) = task {
            self.tell_queued(&task, Queue::Inbox);
            self.inbox.put(task);
            self.bell.ring();
        }
    }

    #[inline]
    fn tell_queued(&self, task: &Runnable, queue: Queue) {
        if let Some(track) = &self.track {
            track.queued(&task.meta(), queue);
        }
    }
}

impl Schedule for Scheduler {
    #[inline]
    fn schedule(&self, task: Runnable) {
        if let Some(track) = &self.track {
            let by = airmail_core::current_meta().map_or(WokenBy::Outside, WokenBy::Task);
            track.woken(&task.meta(), by);
        }
        self.put(task);
    }
}
