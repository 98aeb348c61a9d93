//! What every thread may touch of a single-threaded executor: the way in, and whom to wake.

use super::pollers::Pollers;
use crate::company::Company;
use crate::inspect::{Queue, tell_queued, tell_woken};
use airmail_core::{
    Exec, Inbox, JoinHandle, MAX_INLINE, Options, ReadyQueue, Refused, Runnable, Schedule, Seat, Spawn,
    dead_letter,
};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::task::Waker;

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
    pub(crate) options: Options,
    pub(crate) bound: Bound,
    pub(crate) company: Company,
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
        company: Company,
    ) -> (Arc<Scheduler>, Seat<Ready>) {
        let (exec, seat) = match bound {
            Bound::Anywhere => Exec::register(options.clone(), Ready::default()),
            Bound::ThisThread => Exec::register_local(options.clone(), Ready::default()),
        };
        let scheduler = Arc::new(Scheduler { exec, inbox: Inbox::new(), bell, options, bound, company });
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

    /// Takes no more tasks, and cancels those that there are, as soon as a thread drives the runtime.
    pub(crate) fn abandon(&self) {
        self.exec.close();
        self.exec.abort_all();
        self.bell.ring();
    }

    /// Makes tasks and queues them: from another thread, with one ring of the bell.
    pub(crate) fn spawn_many<F>(
        &self,
        futures: impl IntoIterator<Item = F>,
        spawn: Spawn,
    ) -> Vec<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let mut rings = false;
        let spawned = futures.into_iter().map(|future| match self.exec.spawn(future, spawn) {
            Ok((task, handle)) => {
                if let Some(track) = &self.company.track {
                    track.spawned(&task.meta());
                }
                rings |= self.put_silently(task);
                handle
            }
            Err(Refused(future)) => dead_letter(future, spawn),
        });
        let handles = spawned.collect();
        if rings {
            self.bell.ring();
        }
        handles
    }

    /// Spawns a task that stays on this thread, or makes a dead letter at once: for callers that hold no borrow.
    #[inline(always)]
    pub(crate) fn spawn_local_or_cancel<F>(&self, future: F, spawn: Spawn) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        if size_of::<F>() > MAX_INLINE {
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
        if let Some(track) = &self.company.track {
            track.spawned(&task.meta());
        }
        self.put(task);
    }

    /// Puts a task where the thread in the seat finds it.
    #[inline(always)]
    fn put(&self, task: Runnable) {
        if self.put_silently(task) {
            self.bell.ring();
        }
    }

    /// As [`put`](Scheduler::put). `true` if the bell is to be rung.
    #[inline(always)]
    fn put_silently(&self, task: Runnable) -> bool {
        let here = self.exec.here_with(task, |ready, task| {
            if let Some(track) = &self.company.track {
                tell_queued(&**track, &task, Queue::Local);
            }
            ready.queue.push(task);
        });
        here.map_err(|task| self.put_from_outside(task)).is_err()
    }

    #[cold]
    fn put_from_outside(&self, task: Runnable) {
        if let Some(track) = &self.company.track {
            tell_queued(&**track, &task, Queue::Inbox);
        }
        self.inbox.put(task);
    }
}

impl Schedule for Scheduler {
    fn schedule(&self, task: Runnable) {
        if let Some(track) = &self.company.track {
            tell_woken(&**track, &task);
        }
        self.put(task);
    }
}
