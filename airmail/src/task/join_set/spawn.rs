//! The ways into a set.

use super::{Builder, JoinSet};
use crate::runtime::Handle;
use crate::task::{self, AbortHandle, JoinHandle, LocalSet};
use airmail_core::Spawn;
use std::future::Future;

impl<T: 'static> JoinSet<T> {
    pub(in crate::task) fn insert(&mut self, handle: JoinHandle<T>) -> AbortHandle {
        let abort = handle.abort_handle();
        self.children.add(handle);
        abort
    }

    /// A builder that gives the task a name and spawns it into this set.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     set.build_task().name("sorter").spawn(async { panic!("no address") })?;
    ///     let error: airmail::task::JoinError = set.join_next().await.unwrap().map(|()| ()).unwrap_err();
    ///     assert_eq!(error.name(), Some("sorter"));
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn build_task(&mut self) -> Builder<'_, T> {
        Builder::new(self)
    }

    /// Spawns a task onto the current runtime and puts it into the set.
    ///
    /// The task runs whether or not the set is waited for. It has none of this task's [task-locals](crate::task_local), unless
    /// its future [inherits](task::inherit) them.
    ///
    /// # Panics
    /// If the thread is in no runtime.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     let child = set.spawn(std::future::pending::<()>());
    ///     child.abort();
    ///     assert!(set.join_next().await.unwrap().is_err());
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(task::spawn_at(task, Spawn::here()))
    }

    /// Spawns a task onto the runtime of `handle` and puts it into the set.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let mut set = airmail::task::JoinSet::new();
    /// set.spawn_on(async { 5 }, runtime.handle());
    /// assert_eq!(runtime.block_on(set.join_next()).unwrap().unwrap(), 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn_at(task, Spawn::here()))
    }

    /// Spawns a task that stays on this thread, onto the current [`LocalSet`] or
    /// [`LocalRuntime`](crate::runtime::LocalRuntime), and puts it into the set.
    ///
    /// # Panics
    /// If this code runs in neither.
    ///
    /// ```
    /// use airmail::runtime::{Builder, LocalOptions};
    /// use std::rc::Rc;
    ///
    /// let runtime = Builder::new_current_thread().build_local(LocalOptions::default())?;
    /// runtime.block_on(async {
    ///     let letter = Rc::new(5);
    ///     let mut set = airmail::task::JoinSet::new();
    ///     set.spawn_local(async move { *letter });
    ///     assert_eq!(set.join_next().await.unwrap().unwrap(), 5);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(task::spawn_local_at(task, Spawn::here()))
    }

    /// Spawns a task onto `local_set` and puts it into this set. It runs when `local_set` is polled.
    ///
    /// ```
    /// use airmail::task::{JoinSet, LocalSet};
    /// use std::rc::Rc;
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let local = LocalSet::new();
    /// let letter = Rc::new(5);
    /// let mut set = JoinSet::new();
    /// set.spawn_local_on(async move { *letter }, &local);
    /// assert_eq!(runtime.block_on(local.run_until(set.join_next())).unwrap().unwrap(), 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(local_set.spawn_local_at(task, Spawn::here()))
    }

    /// Runs a function that blocks on another thread, as [`spawn_blocking`](task::spawn_blocking) does, and puts it into the
    /// set. Once a thread has begun it, nothing ends it: after an abort, also by the set's drop or
    /// [`shutdown`](JoinSet::shutdown), its outcome is `Cancelled` at once, while it goes on.
    ///
    /// # Panics
    /// If the thread is in no runtime.
    ///
    /// ```
    /// # let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     set.spawn_blocking(|| (1..=100).sum::<u32>());
    ///     set.spawn(async { 1 });
    ///     assert_eq!(set.join_all().await.into_iter().sum::<u32>(), 5051);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, function: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(task::spawn_blocking_at(function, Spawn::here()))
    }

    /// As [`spawn_blocking`](JoinSet::spawn_blocking), for the runtime of `handle`.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let mut set = airmail::task::JoinSet::new();
    /// set.spawn_blocking_on(|| 5, runtime.handle());
    /// assert_eq!(runtime.block_on(set.join_next()).unwrap().unwrap(), 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, function: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn_blocking_at(function, Spawn::here()))
    }

    /// Calls an asynchronous closure on one of the current runtime's workers, as [`spawn_pinned`](task::spawn_pinned) does,
    /// and puts the task into the set.
    ///
    /// # Panics
    /// If the thread is in no runtime, or in one without workers.
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// runtime.block_on(async {
    ///     let mut set = airmail::task::JoinSet::new();
    ///     for n in 0..4 {
    ///         set.spawn_pinned(async move || *Rc::new(n));
    ///     }
    ///     assert_eq!(set.join_all().await.into_iter().sum::<i32>(), 6);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_pinned<F>(&mut self, function: F) -> AbortHandle
    where
        F: AsyncFnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(task::spawn_pinned(function))
    }
}

/// Spawns every future onto the current runtime, as [`JoinSet::spawn`] does.
///
/// The tasks' spawn site is the line of `JoinSet::from_iter`; [`collect`](Iterator::collect) hides its caller's
/// line, so that it is one of the standard library.
///
/// # Panics
/// If the thread is in no runtime and there is a future.
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> JoinSet<T> {
        let mut set = JoinSet::new();
        set.extend(futures);
        set
    }
}

/// Spawns every future onto the current runtime, as [`JoinSet::spawn`] does.
///
/// # Panics
/// If the thread is in no runtime and there is a future.
impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        let spawn = Spawn::here();
        for future in futures {
            self.insert(task::spawn_at(future, spawn));
        }
    }
}
