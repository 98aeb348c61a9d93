//! Spawning into a set with a name.

use super::JoinSet;
use crate::runtime::Handle;
use crate::task::{self, AbortHandle, LocalSet};
use std::fmt;
use std::future::Future;
use std::io;

/// What a new task of a set is to be called, and then the spawn. Made by [`JoinSet::build_task`].
///
/// As for [`task::Builder`], each name is kept for the life of the process, and the [`io::Result`]s are always
/// `Ok`.
#[must_use = "a builder does nothing unless it spawns"]
pub struct Builder<'a, T> {
    set: &'a mut JoinSet<T>,
    task: task::Builder<'a>,
}

impl<'a, T: 'static> Builder<'a, T> {
    pub(super) fn new(set: &'a mut JoinSet<T>) -> Builder<'a, T> {
        Builder { set, task: task::Builder::new() }
    }

    /// With a name.
    pub fn name(self, name: &'a str) -> Builder<'a, T> {
        Builder { task: self.task.name(name), ..self }
    }

    /// [`JoinSet::spawn`].
    ///
    /// # Errors
    /// None.
    ///
    /// # Panics
    /// If the thread is in no runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.task.spawn(future)?))
    }

    /// [`JoinSet::spawn_on`].
    ///
    /// # Errors
    /// None.
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.task.spawn_on(future, handle)?))
    }

    /// [`JoinSet::spawn_local`].
    ///
    /// # Errors
    /// None.
    ///
    /// # Panics
    /// If this code runs neither in a [`LocalSet`] nor in a [`LocalRuntime`](crate::runtime::LocalRuntime).
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        Ok(self.set.insert(self.task.spawn_local(future)?))
    }

    /// [`JoinSet::spawn_local_on`].
    ///
    /// # Errors
    /// None.
    #[track_caller]
    pub fn spawn_local_on<F>(self, future: F, local_set: &LocalSet) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        Ok(self.set.insert(self.task.spawn_local_on(future, local_set)?))
    }

    /// [`JoinSet::spawn_blocking`].
    ///
    /// # Errors
    /// None.
    ///
    /// # Panics
    /// If the thread is in no runtime.
    #[track_caller]
    pub fn spawn_blocking<F>(self, function: F) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.task.spawn_blocking(function)?))
    }

    /// [`JoinSet::spawn_blocking_on`].
    ///
    /// # Errors
    /// None.
    #[track_caller]
    pub fn spawn_blocking_on<F>(self, function: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        Ok(self.set.insert(self.task.spawn_blocking_on(function, handle)?))
    }
}

impl<T> fmt::Debug for Builder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("set", self.set).field("task", &self.task).finish()
    }
}
