//! Values that belong to a task, or to any future, rather than to a thread.
//!
//! A thread-local place holds the value while the future is polled or dropped; in between, the future itself
//! holds it. Entering and leaving are one swap each.

use super::inherit::{Heritage, register};
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

/// Declares keys of task-local values, each a [`LocalKey`](crate::task::LocalKey).
///
/// They look like statics without a value: [`LocalKey::scope`](crate::task::LocalKey::scope) gives one, for the
/// length of a future. One that is marked `inherited` goes on to tasks that ask for it, see
/// [`inherit`](crate::task::inherit); its type must be `Clone` and `Send`.
///
/// ```
/// airmail::task_local! {
///     /// Whom the answer goes to.
///     pub static SENDER: String;
///     static STAMP: u32;
///     inherited static REQUEST: u64;
/// }
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(STAMP.scope(1, async {
///     let task = airmail::spawn(SENDER.scope("Ada".into(), async { SENDER.get() }));
///     assert_eq!(task.await.unwrap(), "Ada");
///     assert_eq!(STAMP.get(), 1);
/// }));
/// # Ok::<(), std::io::Error>(())
/// ```
#[macro_export]
macro_rules! task_local {
    () => {};
    (@key [$($before:tt)*] $name:ident, $value:ty, $heritage:ident) => {
        $($before)* static $name: $crate::task::LocalKey<$value> = {
            ::std::thread_local! {
                static __AIRMAIL_PLACE: ::std::cell::RefCell<::std::option::Option<$value>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }
            $crate::task::LocalKey {
                place: __AIRMAIL_PLACE,
                heritage: $crate::task::Heritage::$heritage(),
                name: ::std::stringify!($name),
            }
        };
    };
    ($(#[$attribute:meta])* $visibility:vis inherited static $name:ident: $value:ty $(; $($rest:tt)*)?) => {
        $crate::task_local!(@key [$(#[$attribute])* $visibility] $name, $value, copied);
        $($crate::task_local!($($rest)*);)?
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $value:ty $(; $($rest:tt)*)?) => {
        $crate::task_local!(@key [$(#[$attribute])* $visibility] $name, $value, none);
        $($crate::task_local!($($rest)*);)?
    };
    ($($other:tt)*) => {
        ::std::compile_error!(
            "`task_local!` takes keys without values: `static NAME: Type;`, with attributes, a visibility and \
             `inherited` before `static`, in this order"
        );
    };
}

/// A key of a task-local value, made by [`task_local!`](crate::task_local).
///
/// Unlike a thread-local, it has no value until one is given to a [`scope`](LocalKey::scope). Scopes nest;
/// the innermost counts. A spawned task does not inherit the values of its parent, unless it asks for them, and the key is
/// declared `inherited`: [`inherit`](super::inherit).
pub struct LocalKey<T: 'static> {
    // Public for the macro only.
    #[doc(hidden)]
    pub place: thread::LocalKey<RefCell<Option<T>>>,
    #[doc(hidden)]
    pub heritage: Heritage<T>,
    #[doc(hidden)]
    pub name: &'static str,
}

impl<T: 'static> LocalKey<T> {
    /// A future that has `value` under this key while it is polled and while it is dropped.
    ///
    /// # Panics
    /// The returned future panics if it is polled inside [`with`](LocalKey::with) or
    /// [`try_with`](LocalKey::try_with) of the same key.
    ///
    /// # Cancel safety
    /// That of the future itself.
    ///
    /// ```
    /// airmail::task_local! { static DEPTH: u32; }
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(DEPTH.scope(1, async {
    ///     DEPTH.scope(2, async { assert_eq!(DEPTH.get(), 2) }).await;
    ///     assert_eq!(DEPTH.get(), 1);
    /// }));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> TaskLocalFuture<T, F> {
        register(self);
        TaskLocalFuture { key: self, value: Some(value), future: Some(future), pinned: PhantomPinned }
    }

    /// Calls `f` with `value` under this key.
    ///
    /// # Panics
    /// Inside [`with`](LocalKey::with) or [`try_with`](LocalKey::try_with) of the same key, and while the
    /// thread's locals are being destroyed.
    ///
    /// ```
    /// airmail::task_local! { static DEPTH: u32; }
    ///
    /// assert_eq!(DEPTH.sync_scope(3, || DEPTH.get() + 1), 4);
    /// ```
    #[track_caller]
    pub fn sync_scope<F, R>(&'static self, value: T, f: F) -> R
    where
        F: FnOnce() -> R,
    {
        register(self);
        let mut value = Some(value);
        let inside = self.enter(&mut value).unwrap_or_else(|no_entry| no_entry.panic());
        let result = f();
        drop(inside);
        result
    }

    /// Calls `f` with the current value.
    ///
    /// # Panics
    /// If there is none; see [`try_with`](LocalKey::try_with).
    ///
    /// ```
    /// airmail::task_local! { static NAME: String; }
    ///
    /// NAME.sync_scope("Ada".into(), || assert_eq!(NAME.with(|name| name.len()), 3));
    /// ```
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(f) {
            Ok(result) => result,
            Err(error) => panic!("`LocalKey::with`: {error}"),
        }
    }

    /// Calls `f` with the current value.
    ///
    /// # Errors
    /// If there is none: this code does not run in a [`scope`](LocalKey::scope) of this key, or the value was
    /// [taken](TaskLocalFuture::take_value).
    ///
    /// ```
    /// airmail::task_local! { static NAME: String; }
    ///
    /// assert!(NAME.try_with(|_| ()).is_err());
    /// ```
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        // A place that is destroyed belongs to a thread that ends, outside of every scope.
        match self.place.try_with(|place| place.borrow().as_ref().map(f)) {
            Ok(Some(result)) => Ok(result),
            Ok(None) | Err(_) => Err(AccessError { key: self.name }),
        }
    }

    /// Puts the value in its place until the guard is dropped, and what was there into `value`.
    fn enter<'a>(&'static self, value: &'a mut Option<T>) -> Result<Inside<'a, T>, NoEntry> {
        self.swap(value)?;
        Ok(Inside { key: self, value })
    }

    /// Swaps the value with what is in its place, unless somebody looks at that.
    pub(super) fn swap(&'static self, value: &mut Option<T>) -> Result<(), NoEntry> {
        let swap = |place: &RefCell<Option<T>>| match place.try_borrow_mut() {
            Ok(mut place) => {
                std::mem::swap(&mut *place, value);
                Ok(())
            }
            Err(_) => Err(NoEntry::Borrowed(self.name)),
        };
        self.place.try_with(swap).unwrap_or(Err(NoEntry::Destroyed(self.name)))
    }
}

impl<T: Clone + 'static> LocalKey<T> {
    /// A clone of the current value.
    ///
    /// # Panics
    /// If there is none; see [`try_get`](LocalKey::try_get).
    ///
    /// ```
    /// airmail::task_local! { static DEPTH: u32; }
    ///
    /// assert_eq!(DEPTH.sync_scope(3, || DEPTH.get()), 3);
    /// ```
    #[track_caller]
    pub fn get(&'static self) -> T {
        match self.try_get() {
            Ok(value) => value,
            Err(error) => panic!("`LocalKey::get`: {error}"),
        }
    }

    /// A clone of the current value.
    ///
    /// # Errors
    /// If there is none, as for [`try_with`](LocalKey::try_with).
    ///
    /// ```
    /// airmail::task_local! { static DEPTH: u32; }
    ///
    /// assert!(DEPTH.try_get().is_err());
    /// ```
    pub fn try_get(&'static self) -> Result<T, AccessError> {
        self.try_with(T::clone)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("LocalKey { .. }")
    }
}

/// The value is in its place until this is dropped.
struct Inside<'a, T: 'static> {
    key: &'static LocalKey<T>,
    value: &'a mut Option<T>,
}

impl<T> Drop for Inside<'_, T> {
    fn drop(&mut self) {
        // Looks at the value end inside the scope, and the place outlives the scope, since it was there at the
        // beginning. So this cannot fail; if it did, a panic in a drop would be worse than a value too many.
        let swapped = self.key.swap(self.value);
        debug_assert!(swapped.is_ok());
    }
}

/// Why the scope of the key with this name cannot be entered.
pub(super) enum NoEntry {
    Borrowed(&'static str),
    Destroyed(&'static str),
}

impl NoEntry {
    #[cold]
    #[track_caller]
    pub(super) fn panic(self) -> ! {
        match self {
            NoEntry::Borrowed(key) => panic!(
                "a scope of the task-local `{key}` cannot be entered inside `LocalKey::with` of the same key; end the \
                 `with`, or take a clone with `LocalKey::get`"
            ),
            NoEntry::Destroyed(key) => {
                panic!(
                    "a scope of the task-local `{key}` cannot be entered while the thread's locals are being destroyed"
                )
            }
        }
    }
}

pin_project! {
    /// A future with a task-local value, made by [`LocalKey::scope`].
    ///
    /// The value is dropped with this future, not when the inner future is done.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct TaskLocalFuture<T, F>
    where
        T: 'static,
    {
        key: &'static LocalKey<T>,
        // Inside a scope: what was there before.
        value: Option<T>,
        #[pin]
        future: Option<F>,
        // Not `Unpin` whatever `F` is, as in tokio: it leaves room for other ways to keep the value.
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T: 'static, F> PinnedDrop for TaskLocalFuture<T, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if std::mem::needs_drop::<F>() && this.future.is_some() {
                // Without an entry, the future is dropped after this function, without its value.
                if let Ok(_inside) = this.key.enter(this.value) {
                    this.future.set(None);
                }
            }
        }
    }
}

impl<T: 'static, F> TaskLocalFuture<T, F> {
    /// Takes the value out, or says that it was taken before.
    ///
    /// If the future is not done, it goes on without a value under the key.
    ///
    /// ```
    /// airmail::task_local! { static DEPTH: u32; }
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
    /// runtime.block_on(async {
    ///     let mut future = Box::pin(DEPTH.scope(3, async {}));
    ///     future.as_mut().await;
    ///     assert_eq!(future.as_mut().take_value(), Some(3));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().value.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let inside = this.key.enter(this.value).unwrap_or_else(|no_entry| no_entry.panic());
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("a `TaskLocalFuture` was polled after it was ready; await it once")
        };
        let poll = future.poll(cx);
        if poll.is_ready() {
            // Its drop still finds the value.
            this.future.set(None);
        }
        drop(inside);
        poll
    }
}

impl<T: fmt::Debug + 'static, F> fmt::Debug for TaskLocalFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocalFuture").field("value", &self.value).finish_non_exhaustive()
    }
}

/// There is no task-local value: no [`scope`](LocalKey::scope) of its key was entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessError {
    key: &'static str,
}

impl fmt::Debug for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessError").field("key", &self.key).finish()
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key;
        write!(
            f,
            "the task-local `{key}` has no value here: give it one with `{key}.scope(..)`. A spawned task starts without, \
             unless the key is `inherited` and the task's future goes through `task::inherit`"
        )
    }
}

impl std::error::Error for AccessError {}
