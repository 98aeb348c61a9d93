//! What happens to tasks, told as it happens.

use airmail_core::{Answered, Meta, Outcome, Runnable};

/// Where a task was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Queue {
    /// Of its executor, or of the worker that put it there: at the back, or, on a worker, where the next task is.
    Local,
    /// Into the inbox, from another thread or from outside its executor. An executor of one thread moves it to the back of
    /// its queue before it polls anything else; workers look there at least every other time.
    Inbox,
}

/// What a poll answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The task waits for a wake-up.
    Pending,
    /// It answered `Pending` and woke itself during the poll: it goes to the back of the queue.
    Yielded,
    /// It is done.
    Ready,
}

/// Who woke a task.
#[derive(Clone, Copy, Debug)]
pub enum WokenBy {
    /// Code outside of tasks, or the future of a `block_on`.
    Outside,
    /// This task, during its poll or by its end.
    Task(Meta),
}

/// Hears of every step of every task of a runtime. Every method does nothing by default.
///
/// The calls come from inside the runtime: they must be quick, must not panic and must not enter a runtime.
/// Calls about one task come in the order of its life; calls about different tasks may come from different
/// threads at once. Without a tracker (see [`Builder::track`](crate::runtime::Builder::track)) a step costs
/// one branch.
///
/// A wake-up is told when it happens, so before the end of the poll that it happens in. What is told: a spawn
/// gives `spawned`, `queued`; a poll gives `polled`, and `queued` if the task was woken
/// during it; a wake-up of a waiting task gives `woken`, `queued`; an end gives `finished`. A wake-up of a
/// task that is in a queue already, or of a task by itself ([`Answer::Yielded`]), is not told.
pub trait Track: Send + Sync + 'static {
    /// A task was made.
    fn spawned(&self, task: &Meta) {
        let _ = task;
    }

    /// A task was put into a queue.
    fn queued(&self, task: &Meta, queue: Queue) {
        let _ = (task, queue);
    }

    /// A worker polled the task. Workers are numbered from 0.
    fn polled(&self, task: &Meta, worker: usize, answer: Answer) {
        let _ = (task, worker, answer);
    }

    /// A waiting task was woken.
    fn woken(&self, task: &Meta, by: WokenBy) {
        let _ = (task, by);
    }

    /// A worker took the task from another worker's queue.
    fn stolen(&self, task: &Meta, from: usize, to: usize) {
        let _ = (task, from, to);
    }

    /// The task ended: its future is dropped.
    fn finished(&self, task: &Meta, outcome: Outcome) {
        let _ = (task, outcome);
    }
}

/// Tells that a task was put into a queue.
#[cold]
pub(crate) fn tell_queued(track: &dyn Track, task: &Runnable, queue: Queue) {
    track.queued(&task.meta(), queue);
}

/// Tells that a task was woken, and by whom: on the thread that does so.
#[cold]
pub(crate) fn tell_woken(track: &dyn Track, task: &Runnable) {
    let by = airmail_core::current_meta().map_or(WokenBy::Outside, WokenBy::Task);
    track.woken(&task.meta(), by);
}

/// Tells what a poll on this worker answered, before anybody can act on it: so what follows from it is told later.
pub(crate) fn tell_answered(track: &dyn Track, task: &Meta, worker: usize, answered: Answered) {
    match answered {
        Answered::Pending => track.polled(task, worker, Answer::Pending),
        Answered::Yielded => track.polled(task, worker, Answer::Yielded),
        Answered::Done(outcome) => {
            if outcome != Outcome::Cancelled {
                track.polled(task, worker, Answer::Ready);
            }
            track.finished(task, outcome);
        }
    }
}
