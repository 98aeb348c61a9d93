//! What every thread may touch of a single-threaded executor: the way in, and whom to wake.

use super::pollers::Pollers;
use crate::inspect::{Queue, Track, WokenBy};
use crate::timers::Timers;
use airmail_core::{
    Exec, Inbox, JoinHandle, Options, ReadyQueue, Refused, Runnable, Schedule, Seat, Spawn, dead_letter,
};
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Waker;

/// Futures of more bytes would not lie in their slot. They are boxed by the first function that gets them, so that
/// a large one is moved once, into the box, and not through every call on the way to its slot.
pub(crate) const LARGE: usize = airmail_core::MAX_INLINE;

/// What only the thread in the seat may touch.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    pub(crate) queue: ReadyQueue,
}

/// Whom to wake when something came into the inbox.
#[derive(Debug)]
pub(crate) enum Bell {
    /// The driver of a runtime.
    Driver(Waker),
    /// Whoever polls the local set.
    Pollers(Pollers),
}

impl Bell {
    pub(crate) fn ring(&self) {
        match self {
            Bell::Driver(waker) => waker.wake_by_ref(),
            Bell::Pollers(pollers) => pollers.ring(),
        }
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
    /// A local set's are never asked: its tasks use those of the runtime around it.
    pub(crate) timers: Arc<Timers>,
    /// What a layer above keeps with the runtime, such as the simulation that it is.
    pub(crate) guest: Option<Guest>,
    /// It is a simulation: nothing is done on other threads, and functions that block are run as tasks.
    pub(crate) simulated: bool,
    /// Its ids are numbers.
    pub(crate) numbers: Option<Numbers>,
}

/// Who else is there when an executor is made.
#[derive(Default)]
pub(crate) struct Company {
    pub(crate) track: Option<Arc<dyn Track>>,
    pub(crate) timers: Arc<Timers>,
    pub(crate) guest: Option<Guest>,
    pub(crate) simulated: bool,
    pub(crate) numbers: Option<Numbers>,
}

/// Numbers for the tasks of executors inside of a runtime whose ids are numbers: a stretch for each.
#[derive(Debug, Default)]
pub(crate) struct Numbers(AtomicU32);

impl Numbers {
    /// The first number of a stretch that nobody else has. Each has room for a million tasks; behind the last one, they
    /// begin again.
    pub(crate) fn stretch(&self) -> u32 {
        const BITS: u32 = 20;
        let stretches = u32::MAX >> BITS;
        (1 + self.0.fetch_add(1, Ordering::Relaxed) % stretches) << BITS
    }
}

/// Something of a layer above.
pub(crate) type Guest = Arc<dyn Any + Send + Sync>;

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
        company: Company,
    ) -> (Arc<Scheduler>, Seat<Ready>) {
        let (exec, seat) = match bound {
            Bound::Anywhere => Exec::register(options.clone(), Ready::default()),
            Bound::ThisThread => Exec::register_local(options.clone(), Ready::default()),
        };
        let Company { track, timers, guest, simulated, numbers } = company;
        let scheduler = Arc::new(Scheduler {
            exec,
            inbox: Inbox::new(),
            bell,
            track,
            options,
            bound,
            timers,
            guest,
            simulated,
            numbers,
        });
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

    #[inline(always)]
    fn put_new(&self, task: Runnable) {
        if let Some(track) = &self.track {
            track.spawned(&task.meta());
        }
        self.put(task);
    }

    /// Puts a task where the thread in the seat finds it.
    #[inline(always)]
    fn put(&self, task: Runnable) {
        let here = self.exec.here_with(task, |ready, task| {
            if let Some(track) = &self.track {
                tell_queued(track, &task, Queue::Local);
            }
            ready.queue.push(task);
        });
        if let Err(task) = here {
            self.put_from_outside(task);
        }
    }

    #[cold]
    fn put_from_outside(&self, task: Runnable) {
        if let Some(track) = &self.track {
            tell_queued(track, &task, Queue::Inbox);
        }
        self.inbox.put(task);
        self.bell.ring();
    }
}

#[cold]
fn tell_queued(track: &Arc<dyn Track>, task: &Runnable, queue: Queue) {
    track.queued(&task.meta(), queue);
}

#[cold]
fn tell_woken(track: &Arc<dyn Track>, task: &Runnable) {
    let by = airmail_core::current_meta().map_or(WokenBy::Outside, WokenBy::Task);
    track.woken(&task.meta(), by);
}

impl Schedule for Scheduler {
    fn schedule(&self, task: Runnable) {
        if let Some(track) = &self.track {
            tell_woken(track, &task);
        }
        self.put(task);
    }
}
