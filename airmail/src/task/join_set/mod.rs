//! A set of tasks that are waited for together, in the order in which they end.

mod builder;
mod children;
mod spawn;

use super::{Id, JoinError, JoinHandle};
use children::{Children, Found};
use std::fmt;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::task::{Context, Poll};

pub use builder::Builder;

/// Tasks that give the same type, waited for in the order in which they end.
///
/// When the set is dropped, its tasks are aborted.
///
/// Waiting for a child costs the same however many there are: a child that ends tells the set which one it is.
///
/// ```
/// use airmail::task::JoinSet;
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     let mut set = JoinSet::new();
///     for i in 0..10 {
///         set.spawn(async move { i });
///     }
///     let mut sum = 0;
///     while let Some(outcome) = set.join_next().await {
///         sum += outcome.unwrap();
///     }
///     assert_eq!(sum, 45);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct JoinSet<T> {
    children: Children<T>,
}

impl<T> JoinSet<T> {
    /// A set without tasks. It needs no runtime.
    pub fn new() -> JoinSet<T> {
        JoinSet { children: Children::new() }
    }

    /// How many tasks are in the set, those included that are done and not taken out yet.
    pub fn len(&self) -> usize {
        self.children.count()
    }

    /// `true` if there is no task in the set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Puts the id beside the output; an error has it already.
fn with_id<T>(found: Found<T>) -> Result<(Id, T), JoinError> {
    found.outcome.map(|output| (found.id, output))
}

fn without_id<T>(found: Found<T>) -> Result<T, JoinError> {
    found.outcome
}

impl<T: 'static> JoinSet<T> {
    /// Waits until a task is done, and takes its outcome out of the set. `None` if the set is empty.
    ///
    /// # Errors
    /// Inside the `Some`: the task panicked or was cancelled.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, no task was taken out of the set.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     set.spawn(async { 5 });
    ///     assert_eq!(set.join_next().await.unwrap().unwrap(), 5);
    ///     assert!(set.join_next().await.is_none());
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// [`join_next`](JoinSet::join_next), with the task's id beside its output. An error knows the id:
    /// [`JoinError::id`].
    ///
    /// # Errors
    /// Inside the `Some`: the task panicked or was cancelled.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, no task was taken out of the set.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     let child = set.spawn(async { 5 });
    ///     assert_eq!(set.join_next_with_id().await.unwrap().unwrap(), (child.id(), 5));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// Takes the outcome of a task that is done out of the set, without waiting. `None` if no task is done, or
    /// the set is empty. Not limited by the [budget](super::coop).
    ///
    /// # Errors
    /// Inside the `Some`: the task panicked or was cancelled.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     let child = set.spawn(async { 5 });
    ///     assert!(set.try_join_next().is_none());
    ///     while !child.is_finished() {
    ///         airmail::task::yield_now().await;
    ///     }
    ///     assert_eq!(set.try_join_next().unwrap().unwrap(), 5);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.children.next().map(without_id)
    }

    /// [`try_join_next`](JoinSet::try_join_next), with the task's id beside its output.
    ///
    /// # Errors
    /// Inside the `Some`: the task panicked or was cancelled.
    ///
    /// ```
    /// assert!(airmail::task::JoinSet::<()>::new().try_join_next_with_id().is_none());
    /// ```
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        self.children.next().map(with_id)
    }

    /// Polls for a task that is done, as [`join_next`](JoinSet::join_next) does.
    ///
    /// `Ready(None)` if the set is empty. `Pending` if no task is done, or if the [budget](super::coop) is used
    /// up; then the waker of the latest call is woken when there is something to take. Earlier ones may be woken
    /// or not.
    ///
    /// # Errors
    /// Inside the `Some`: the task panicked or was cancelled.
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let mut set = airmail::task::JoinSet::<()>::new();
    /// assert!(matches!(set.poll_join_next(&mut Context::from_waker(Waker::noop())), Poll::Ready(None)));
    /// ```
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.children.poll_next(cx).map(|found| found.map(without_id))
    }

    /// [`poll_join_next`](JoinSet::poll_join_next), with the task's id beside its output.
    ///
    /// # Errors
    /// Inside the `Some`: the task panicked or was cancelled.
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        self.children.poll_next(cx).map(|found| found.map(with_id))
    }

    /// As [`poll_join_next`](JoinSet::poll_join_next), with the task's place: of a set that was filled before anything was
    /// taken out, its number in the order of the spawns.
    pub(super) fn poll_join_next_with_place(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(usize, Result<T, JoinError>)>> {
        self.children.poll_next(cx).map(|found| found.map(|found| (found.key, found.outcome)))
    }

    /// Aborts every task and waits until all have ended. Outcomes, panics too, are dropped. (Functions of
    /// [`spawn_blocking`](JoinSet::spawn_blocking) that run go on.)
    ///
    /// # Cancel safety
    /// If the future is dropped, all tasks are aborted, and those that have not ended are still in the set.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     set.spawn(std::future::pending::<()>());
    ///     set.shutdown().await;
    ///     assert!(set.is_empty());
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits for every task, and gives the outputs in the order in which the tasks ended.
    ///
    /// # Panics
    /// If a task panicked, with its payload; if a task was cancelled, with the error's text. The others are
    /// aborted then.
    ///
    /// # Cancel safety
    /// If the future is dropped, the set is dropped with it: the tasks are aborted, and outputs are lost.
    ///
    /// ```
    /// use airmail::task::JoinSet;
    ///
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let set: JoinSet<_> = (0..3).map(|i| async move { i }).collect();
    ///     let mut outputs = set.join_all().await;
    ///     outputs.sort();
    ///     assert_eq!(outputs, [0, 1, 2]);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(outcome) = self.join_next().await {
            match outcome.map_err(JoinError::try_into_panic) {
                Ok(output) => outputs.push(output),
                Err(Ok(payload)) => resume_unwind(payload),
                Err(Err(cancelled)) => panic!("`JoinSet::join_all`: {cancelled}"),
            }
        }
        outputs
    }

    /// Aborts every task. They stay in the set until their outcomes are taken out; a task that was done before
    /// keeps its output.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     set.spawn(std::future::pending::<()>());
    ///     set.abort_all();
    ///     assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn abort_all(&mut self) {
        self.children.handles().for_each(JoinHandle::abort);
    }

    /// Takes every task out of the set without aborting it: they go on, and their outputs are dropped.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     let child = set.spawn(async {});
    ///     set.detach_all();
    ///     drop(set);
    ///     while !child.is_finished() {
    ///         airmail::task::yield_now().await;
    ///     }
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn detach_all(&mut self) {
        self.children.detach();
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        // All of them before the first handle: dropping an output may panic.
        self.children.handles().for_each(JoinHandle::abort);
        self.children.detach();
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> JoinSet<T> {
        JoinSet::new()
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}
