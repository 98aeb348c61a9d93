//! Tasks that borrow from the stack of whoever waits for them.

use super::StackScope;
use super::owner::Runtime;
use crate::context;
use airmail_core::{Host, Spawn};
use std::panic::Location;

impl Runtime {
    /// Runs a future on this thread, as [`block_on`](Runtime::block_on) does, with tasks that may borrow what outlives this
    /// call: [`std::thread::scope`] for tasks. It returns when the body's future and every task of the scope have ended.
    ///
    /// [`StackScope::spawn`] gives a [`ScopedJoinHandle`](super::ScopedJoinHandle) for the outcome. Tasks of the scope run in
    /// parallel with the body and with each other, and may spawn more.
    ///
    /// It blocks the thread. On a worker, another one stands in for it, but not for more than some twenty at a time: beyond
    /// that, workers wait that could run what they wait for. So in tasks, and above all in those that divide their work again
    /// and again, use [`task::scope`](crate::task::scope()), which blocks nobody.
    ///
    /// # Panics
    /// If the body does, with its payload. If a task does, and its handle is gone: the message names the task. In both cases
    /// the other tasks are aborted, and have ended before the panic goes on. And as [`block_on`](Runtime::block_on) does.
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
        let host = Host {
            block_on: &|future| {
                self.block_on_at(future, caller, spawn).unwrap_or_else(|nested| nested.panic());
            },
            block_in_place: &|code| context::block_in_place(code),
        };
        airmail_core::scope(move |child, spawn| handle.spawn_at(child, spawn), &host, body)
    }
}
