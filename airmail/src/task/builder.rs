//! Spawning with a name.

use super::{JoinHandle, LocalSet};
use crate::runtime::Handle;
use airmail_core::Spawn;
use std::future::Future;
use std::io;

/// What a new task is to be called, and then the spawn.
///
/// The name is in everything that is said of the task: errors, reports, listings. Each name is kept for the
/// life of the process, so name kinds of tasks ("connection"), not single ones ("connection 4711").
///
/// The spawning methods return an [`io::Result`] as tokio's do; here it is always `Ok`.
///
/// ```
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     let task = airmail::task::Builder::new().name("sorter").spawn(async { 5 })?;
///     assert_eq!(task.meta().name, Some("sorter"));
///     assert_eq!(task.await.unwrap(), 5);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a builder does nothing unless it spawns"]
pub struct Builder<'a> {
    name: Option<&'a str>,
}

impl<'a> Builder<'a> {
    /// No name yet.
    pub fn new() -> Builder<'a> {
        Builder::default()
    }

    /// With a name.
    pub fn name(&self, name: &'a str) -> Builder<'a> {
        Builder { name: Some(name) }
    }

    fn named(self, spawn: Spawn) -> Spawn {
        match self.name {
            Some(name) => spawn.named(name),
            None => spawn,
        }
    }

    /// Spawns a task onto the current runtime, as [`spawn`](super::spawn) does.
    ///
    /// # Errors
    /// None.
    ///
    /// # Panics
    /// If the thread is in no runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Ok(super::spawn_at(future, self.named(Spawn::here())))
    }

    /// Spawns a task onto the runtime of `handle`.
    ///
    /// # Errors
    /// None.
    ///
    /// ```
    /// use airmail::runtime;
    ///
    /// let runtime = runtime::Builder::new_current_thread().build()?;
    /// let task = airmail::task::Builder::new().name("sorter").spawn_on(async { 5 }, runtime.handle())?;
    /// assert_eq!(runtime.block_on(task).unwrap(), 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Ok(handle.spawn_at(future, self.named(Spawn::here())))
    }

    /// Spawns a task that stays on this thread, as [`spawn_local`](super::spawn_local) does.
    ///
    /// # Errors
    /// None.
    ///
    /// # Panics
    /// If this code runs neither in a [`LocalSet`] nor in a [`LocalRuntime`](crate::runtime::LocalRuntime).
    ///
    /// ```
    /// use airmail::runtime::{Builder, LocalOptions};
    /// use std::rc::Rc;
    ///
    /// let runtime = Builder::new_current_thread().build_local(LocalOptions::default())?;
    /// runtime.block_on(async {
    ///     let letter = Rc::new(5);
    ///     let task = airmail::task::Builder::new().name("clerk").spawn_local(async move { *letter })?;
    ///     assert_eq!(task.await.unwrap(), 5);
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ok(super::spawn_local_at(future, self.named(Spawn::here())))
    }

    /// Spawns a task onto `local_set`. It runs when the set is polled.
    ///
    /// # Errors
    /// None.
    ///
    /// ```
    /// use airmail::task::{Builder, LocalSet};
    /// use std::rc::Rc;
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let local = LocalSet::new();
    /// let letter = Rc::new(5);
    /// let task = Builder::new().name("clerk").spawn_local_on(async move { *letter }, &local)?;
    /// assert_eq!(runtime.block_on(local.run_until(task)).unwrap(), 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(self, future: F, local_set: &LocalSet) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ok(local_set.spawn_local_at(future, self.named(Spawn::here())))
    }

    /// Runs a function that blocks on another thread, as [`spawn_blocking`](super::spawn_blocking) does.
    ///
    /// # Errors
    /// None.
    ///
    /// # Panics
    /// If the thread is in no runtime.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let task = airmail::task::Builder::new().name("archive").spawn_blocking(|| 5)?;
    ///     assert_eq!(task.meta().name, Some("archive"));
    ///     assert_eq!(task.await.unwrap(), 5);
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(self, function: F) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        Ok(super::spawn_blocking_at(function, self.named(Spawn::here())))
    }

    /// As [`spawn_blocking`](Builder::spawn_blocking), for the runtime of `handle`.
    ///
    /// # Errors
    /// None.
    #[track_caller]
    pub fn spawn_blocking_on<F, R>(self, function: F, handle: &Handle) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        Ok(handle.spawn_blocking_at(function, self.named(Spawn::here())))
    }
}
