//! Tasks that are in no queue yet: what the models of queues push about.

use super::executor::{Executor, take};
use super::harness::{Log, Output, recorded};
use crate::task::{JoinHandle, Ran, Runnable, Spawn};
use std::sync::Arc;
use std::task::Poll;

/// An executor with some tasks, which are done at their first poll.
pub(super) struct Loose {
    pub(super) executor: Arc<Executor>,
    logs: Vec<Log>,
    handles: Vec<JoinHandle<Output>>,
}

/// An executor, and that many tasks of it.
pub(super) fn loose<const N: usize>() -> (Loose, [Runnable; N]) {
    let mut loose = Loose { executor: Executor::new(), logs: Vec::new(), handles: Vec::new() };
    let tasks = std::array::from_fn(|_| {
        let log = Log::default();
        let future = recorded(&log, |_, _| Poll::Ready(()));
        let (task, handle) = loose.executor.exec.spawn(future, Spawn::here()).expect("not closed");
        loose.logs.push(log);
        loose.handles.push(handle);
        task
    });
    (loose, tasks)
}

impl Loose {
    /// Which task it is, in the order in which they were made.
    pub(super) fn number(&self, task: &Runnable) -> usize {
        let place = self.handles.iter().position(|handle| handle.id() == task.id());
        place.expect("one of these tasks")
    }

    pub(super) fn numbers<'a>(&self, tasks: impl IntoIterator<Item = &'a Runnable>) -> Vec<usize> {
        tasks.into_iter().map(|task| self.number(task)).collect()
    }

    /// The end of a model, once its threads are joined: these tasks came out of the queues, and they are all, each
    /// once. Runs them.
    pub(super) fn check(self, out: impl IntoIterator<Item = Runnable>) {
        let out: Vec<Runnable> = out.into_iter().collect();
        let mut numbers = self.numbers(&out);
        numbers.sort_unstable();
        if !numbers.iter().copied().eq(0..self.handles.len()) {
            // Not to be dropped: a task that came out twice would be cancelled twice.
            std::mem::forget(out);
            panic!("each task comes out once: of {} came {numbers:?}", self.handles.len());
        }
        self.executor
            .sitting(|| out.into_iter().for_each(|task| assert!(matches!(task.run(), Ran::Done(_)))));
        self.handles.into_iter().for_each(|handle| drop(take(handle).expect("completed")));
        self.logs.iter().for_each(Log::check_end);
        self.executor.check_end();
    }
}
