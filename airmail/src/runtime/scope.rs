//! Tasks that borrow from the stack of whoever waits for them.

use super::StackScope;
use super::owner::Runtime;
use airmail_core::Spawn;
use std::panic::Location;

impl Runtime {
    /// Runs a future on this thread, as [`block_on`](Runtime::block_on) does, with tasks that may borrow what outlives this
    /// call: [`std::thread::scope`] for tasks. It returns when the body's future and every task of the scope have ended.
    ///
    /// [`StackScope::spawn`] gives a
    /// [`ScopedJoinHandle`](super::ScopedJoinHandle) for the outcome. Tasks of the scope run in parallel with the body
    /// and with each other, and may spawn more. In asynchronous code, where nothing may block, see
    /// [`task::scope`](crate::task::scope()).
    ///
    /// # Panics
    /// If the body does, with its payload; the tasks are aborted first, and it waits for them. If a task does, and nobody
    /// awaited its handle: then the other tasks are aborted. And as [`block_on`](Runtime::block_on) does.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// let mut letters = ["to Ada".to_owned(), "to Bob".to_owned()];
    /// let stamp = String::from("airmail ");
    ///
    /// let length = runtime.block_on_scope(async |scope| {
    ///     let [first, second] = &mut letters;
    ///     scope.spawn(async { first.insert_str(0, &stamp) });
    ///     let second = scope.spawn(async {
    ///         second.insert_str(0, &stamp);
    ///         second.len()
    ///     });
    ///     second.await.unwrap()
    /// });
    ///
    /// assert_eq!(length, 14);
    /// assert_eq!(letters, ["airmail to Ada", "airmail to Bob"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn block_on_scope<'env, F, R>(&self, body: F) -> R
    where
        F: for<'scope> AsyncFnOnce(&'scope StackScope<'scope, 'env>) -> R,
    {
        let (caller, spawn) = (Location::caller(), Spawn::here());
        let handle = self.handle().clone();
        airmail_core::scope(
            move |child, spawn| handle.spawn_at(child, spawn),
            &|future| self.block_on_at(future, caller, spawn).unwrap_or_else(|nested| nested.panic()),
            body,
        )
    }
}
