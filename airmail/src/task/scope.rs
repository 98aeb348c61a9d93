//! Tasks that borrow what was lent to them, and are gone when it comes back.
//!
//! The scope owns the data in an [`Arc`], and so does each task, beside the future that borrows from it: leaked or not, a
//! future has what it borrows. So all of this is safe code, also if somebody forgets the scope.

use super::{AbortHandle, JoinError, JoinSet, inherit, spawn_at};
use crate::sync::Arc;
use airmail_core::Spawn;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What the closure of a scope's task returns: `Box::pin(async move { .. })`.
pub type LentFuture<'data, T> = Pin<Box<dyn Future<Output = T> + Send + 'data>>;

/// Lends `data` to tasks, which run in parallel, and gives it back when they are gone.
///
/// `body` is called at once and spawns them: [`Scope::spawn`]. They have started then, whether or not the scope is awaited.
/// Awaiting it gives the data, and the outputs in the order of the spawns.
///
/// ```
/// use airmail::task;
///
/// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
/// runtime.block_on(async {
///     let letters = vec!["to Ada".to_owned(), "to Bob, by ship".to_owned()];
///     let (letters, lengths) = task::scope(letters, |scope| {
///         for i in 0..scope.data().len() {
///             scope.spawn(move |letters| Box::pin(async move { letters[i].len() }));
///         }
///     })
///     .await;
///     assert_eq!(lengths, [6, 15]);
///     drop(letters);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Failures
/// Awaited as it is, a scope fails fast: when a task panics, the others are aborted, and the panic goes on here when they are
/// gone; the data is dropped then. [`try_join`](Scoped::try_join) ends with the first task that answers `Err`, and
/// [`collect`](Scoped::collect) takes every outcome as it is.
///
/// # Tasks of tasks
/// `body` is the only place that spawns into the scope. A task may have a scope of its own, with what it owns, inside of this
/// one; [`JoinSet`] takes tasks at any time, which share what is in an [`Arc`](std::sync::Arc).
///
/// # Borrowing more
/// A task borrows the data and nothing else, since it may outlive a scope that is dropped. A task that needs to change
/// what it is lent finds a `Mutex` or an atomic in it. In code that may block,
/// [`Runtime::block_on_scope`](crate::runtime::Runtime::block_on_scope) lends whatever lives long enough.
///
/// # Panics
/// If the thread is in no runtime and `body` spawns; if `body` panics: the tasks that it spawned are aborted.
///
/// # Cancel safety
/// A scope that is dropped aborts its tasks, and does not wait for them; the last one to go drops the data. To leave a scope
/// early and have the data back, see [`abort_all`](Scoped::abort_all).
pub fn scope<D, T, B>(data: D, body: B) -> Scoped<D, T>
where
    D: Send + Sync + 'static,
    T: Send + 'static,
    B: FnOnce(&mut Scope<D, T>),
{
    let mut scope = Scope { data: Arc::new(data), tasks: JoinSet::new(), inherits: false };
    body(&mut scope);
    let outcomes = (0..scope.tasks.len()).map(|_| None).collect();
    Scoped { data: Some(scope.data), tasks: scope.tasks, outcomes, failed: None }
}

/// Spawns tasks that borrow the data of a [`scope`].
pub struct Scope<D, T> {
    data: Arc<D>,
    tasks: JoinSet<T>,
    inherits: bool,
}

impl<D, T> Scope<D, T> {
    /// What the tasks are lent.
    pub fn data(&self) -> &D {
        &self.data
    }

    /// The tasks that are spawned from now on have this task's [inheritance](super::inherit).
    ///
    /// ```
    /// airmail::task_local! { inherited static REQUEST: u32; }
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(REQUEST.scope(7, async {
    ///     let ((), requests) = airmail::task::scope((), |scope| {
    ///         scope.inherit();
    ///         scope.spawn(|()| Box::pin(async { REQUEST.get() }));
    ///     })
    ///     .await;
    ///     assert_eq!(requests, [7]);
    /// }));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn inherit(&mut self) {
        self.inherits = true;
    }
}

impl<D, T> Scope<D, T>
where
    D: Send + Sync + 'static,
    T: Send + 'static,
{
    /// Spawns a task that borrows the data. Its output goes to the scope; the handle is to abort it, after which its outcome
    /// is `Cancelled`, and all but [`collect`](Scoped::collect) panic for want of an output.
    ///
    /// # Panics
    /// If the thread is in no runtime.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: for<'data> FnOnce(&'data D) -> LentFuture<'data, T> + Send + 'static,
    {
        self.spawn_at(task, Spawn::here())
    }

    /// [`spawn`](Scope::spawn), with a name. Names are kept for the life of the process: name kinds of tasks, not single
    /// ones.
    ///
    /// # Panics
    /// If the thread is in no runtime.
    #[track_caller]
    pub fn spawn_named<F>(&mut self, name: &str, task: F) -> AbortHandle
    where
        F: for<'data> FnOnce(&'data D) -> LentFuture<'data, T> + Send + 'static,
    {
        self.spawn_at(task, Spawn::here().named(name))
    }

    #[track_caller]
    fn spawn_at<F>(&mut self, task: F, spawn: Spawn) -> AbortHandle
    where
        F: for<'data> FnOnce(&'data D) -> LentFuture<'data, T> + Send + 'static,
    {
        let data = Arc::clone(&self.data);
        let future = async move { task(&data).await };
        let handle = if self.inherits { spawn_at(inherit(future), spawn) } else { spawn_at(future, spawn) };
        self.tasks.insert(handle)
    }
}

impl<D, T> fmt::Debug for Scope<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}

/// The tasks of a [`scope`], and what they were lent: a future for the data and the outputs. How it fails, and what happens
/// when it is dropped, is said there.
#[must_use = "a scope that is dropped aborts its tasks"]
pub struct Scoped<D, T> {
    /// `None` once it was given back.
    data: Option<Arc<D>>,
    tasks: JoinSet<T>,
    /// In the order of the spawns.
    outcomes: Vec<Option<Result<T, JoinError>>>,
    /// Whose outcome ended the scope.
    failed: Option<usize>,
}

impl<D, T> Unpin for Scoped<D, T> {}

/// The data, and what the tasks answered, in the order of the spawns.
type Ended<D, T> = (D, Vec<Result<T, JoinError>>);

impl<D, T: 'static> Scoped<D, T> {
    /// Aborts every task that has not ended. Awaiting the scope, or [`collect`](Scoped::collect), waits for their ends.
    ///
    /// So a scope can be left at a deadline with the data and what is done by then:
    ///
    /// ```
    /// use airmail::{task, time};
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
    /// runtime.block_on(async {
    ///     let mut scope = task::scope("letters", |scope| {
    ///         scope.spawn(|letters| Box::pin(async move { letters.len() }));
    ///         scope.spawn(|_| Box::pin(std::future::pending()));
    ///     });
    ///     if time::timeout(time::Duration::from_secs(5), &mut scope).await.is_err() {
    ///         scope.abort_all();
    ///         let (letters, outcomes) = scope.collect().await;
    ///         assert_eq!((letters, *outcomes[0].as_ref().unwrap()), ("letters", 7));
    ///         assert!(outcomes[1].as_ref().unwrap_err().is_cancelled());
    ///     }
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn abort_all(&mut self) {
        self.tasks.abort_all();
    }

    /// Waits for every task, and gives the outcome of each. Panics are outcomes too.
    ///
    /// # Cancel safety
    /// If the future is dropped, the scope is: its tasks are aborted.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().on_trouble(|_| {}).build()?;
    /// let (_, outcomes) = runtime.block_on(async {
    ///     let scope = airmail::task::scope([3, 0], |scope| {
    ///         scope.spawn(|[first, _]| Box::pin(async move { 6 / first }));
    ///         scope.spawn(|[_, second]| Box::pin(async move { 6 / second }));
    ///     });
    ///     scope.collect().await
    /// });
    /// assert_eq!(*outcomes[0].as_ref().unwrap(), 2);
    /// assert!(outcomes[1].as_ref().unwrap_err().is_panic());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn collect(mut self) -> (D, Vec<Result<T, JoinError>>) {
        poll_fn(|cx| self.poll_end(cx, |_| false)).await
    }

    /// Waits for all tasks. The first outcome that `fails` aborts the others.
    #[track_caller]
    fn poll_end(
        &mut self,
        cx: &mut Context<'_>,
        fails: fn(&Result<T, JoinError>) -> bool,
    ) -> Poll<Ended<D, T>> {
        while let Some((place, outcome)) = ready!(self.tasks.poll_join_next_with_place(cx)) {
            if self.failed.is_none() && fails(&outcome) {
                self.failed = Some(place);
                self.tasks.abort_all();
            }
            self.outcomes[place] = Some(outcome);
        }
        let Some(data) = self.data.take() else {
            panic!("a `Scoped` was awaited after it had given the data back; await it once")
        };
        let data = Arc::into_inner(data).expect("the tasks are gone, and what they had of it");
        let outcomes = std::mem::take(&mut self.outcomes).into_iter();
        Poll::Ready((data, outcomes.map(|outcome| outcome.expect("every task has ended")).collect()))
    }
}

impl<D, T: 'static, E: 'static> Scoped<D, Result<T, E>> {
    /// Waits for every task. The first one that answers `Err` ends the scope: the others are aborted, and when they are
    /// gone, the data and the error are given. Without an error, the outputs are.
    ///
    /// # Panics
    /// If the first that did not succeed panicked, with its payload; if it was cancelled by somebody else, with the error's
    /// text.
    ///
    /// # Cancel safety
    /// If the future is dropped, the scope is: its tasks are aborted.
    ///
    /// ```
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// let (input, numbers) = runtime.block_on(async {
    ///     let scope = airmail::task::scope("7 x", |scope| {
    ///         scope.spawn(|input| Box::pin(async move { input[..1].parse::<u32>() }));
    ///         scope.spawn(|input| Box::pin(async move { input[2..].parse::<u32>() }));
    ///         scope.spawn(|_| Box::pin(std::future::pending()));
    ///     });
    ///     scope.try_join().await
    /// });
    /// assert_eq!((input, numbers.unwrap_err().to_string().as_str()), ("7 x", "invalid digit found in string"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn try_join(mut self) -> (D, Result<Vec<T>, E>) {
        let (data, mut outcomes) =
            poll_fn(|cx| self.poll_end(cx, |outcome| !matches!(outcome, Ok(Ok(_))))).await;
        if let Some(failed) = self.failed {
            return match outcomes.swap_remove(failed) {
                Ok(answer) => (data, answer.map(|_| Vec::new())),
                Err(error) => go_on(error, (data, outcomes)),
            };
        }
        let outputs = outcomes.into_iter().flatten().flatten().collect();
        (data, Ok(outputs))
    }
}

impl<D, T: 'static> Future for Scoped<D, T> {
    type Output = (D, Vec<T>);

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<(D, Vec<T>)> {
        let (data, mut outcomes) = ready!(self.poll_end(cx, Result::is_err));
        match self.failed {
            Some(failed) => match outcomes.swap_remove(failed) {
                Ok(_) => unreachable!("only an error fails"),
                Err(error) => go_on(error, (data, outcomes)),
            },
            None => Poll::Ready((data, outcomes.into_iter().flatten().collect())),
        }
    }
}

/// The panic of a task goes on here. What is left is dropped before: a drop that panics amid another panic ends the process.
#[track_caller]
fn go_on<L>(error: JoinError, left: L) -> ! {
    drop(left);
    match error.try_into_panic() {
        Ok(payload) => resume_unwind(payload),
        Err(cancelled) => panic!(
            "`task::scope`: {cancelled}, so that its output is missing; `Scoped::collect` gives what the others answered"
        ),
    }
}

impl<D, T> fmt::Debug for Scoped<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}
