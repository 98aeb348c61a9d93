//! Task-local values that go on to another task, when it asks for them.
//!
//! A key that is declared `inherited` registers itself when it is first given a value. Whoever inherits asks each such key for
//! a copy of the value that is here, and has the copies in their places while its future is polled or dropped.

use super::local_key::{LocalKey, NoEntry};
use crate::sync::{Mutex, lock};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};

/// Gives a future the values of all `inherited` [task-locals](crate::task_local) that are here and now, and the
/// [deadline](crate::time::deadline). They are there while it is polled and while it is dropped, wherever that is.
///
/// A spawned task starts without its parent's values; with this it has them:
///
/// ```
/// use airmail::task::inherit;
///
/// airmail::task_local! {
///     inherited static REQUEST: u32;
///     static NOTE: &'static str;
/// }
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(REQUEST.scope(7, NOTE.scope("not for children", async {
///     let child = airmail::spawn(inherit(async { (REQUEST.try_get().ok(), NOTE.try_get().ok()) }));
///     assert_eq!(child.await.unwrap(), (Some(7), None));
/// })));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A key that has no value at the call has the one that is there when the future is polled, if any.
///
/// # Panics
/// The returned future panics if it is polled inside [`LocalKey::with`] of one of the keys.
///
/// # Cancel safety
/// That of the future itself.
pub fn inherit<F: Future>(future: F) -> Inherit<F> {
    Inherit { values: copies(), future: Some(future) }
}

/// A key, whatever its type is.
trait Inherited: Send + Sync {
    /// A copy of the value that is here.
    fn copy(&'static self) -> Option<Box<dyn Copied>>;
}

/// A copy of a value, or, while that is in its place, what was there before.
trait Copied: Send {
    /// As [`LocalKey::swap`].
    fn swap(&mut self) -> Result<(), NoEntry>;
}

struct CopyOf<T: 'static> {
    key: &'static LocalKey<T>,
    value: Option<T>,
}

impl<T: Send> Copied for CopyOf<T> {
    fn swap(&mut self) -> Result<(), NoEntry> {
        self.key.swap(&mut self.value)
    }
}

impl<T: 'static> Inherited for LocalKey<T> {
    fn copy(&'static self) -> Option<Box<dyn Copied>> {
        self.heritage.copy.and_then(|copy| copy(self))
    }
}

/// Every inherited key that ever had a value.
static KEYS: Mutex<Vec<&'static dyn Inherited>> = Mutex::new(Vec::new());

type MakeCopy<T> = fn(&'static LocalKey<T>) -> Option<Box<dyn Copied>>;

/// Whether a key is inherited, and if so, how.
#[doc(hidden)]
pub struct Heritage<T: 'static> {
    copy: Option<MakeCopy<T>>,
    registered: Once,
}

impl<T: 'static> Heritage<T> {
    /// Of a key that nobody inherits.
    pub const fn none() -> Heritage<T> {
        Heritage { copy: None, registered: Once::new() }
    }
}

impl<T: Clone + Send + 'static> Heritage<T> {
    /// Of a key that is inherited.
    pub const fn copied() -> Heritage<T> {
        Heritage { copy: Some(copy), registered: Once::new() }
    }
}

fn copy<T: Clone + Send>(key: &'static LocalKey<T>) -> Option<Box<dyn Copied>> {
    let value = key.try_get().ok()?;
    Some(Box::new(CopyOf { key, value: Some(value) }))
}

/// A key is given a value. Once this has returned, on whatever thread, it is found.
#[inline]
pub(super) fn register<T>(key: &'static LocalKey<T>) {
    if key.heritage.copy.is_some() {
        key.heritage.registered.call_once(|| lock(&KEYS).push(key));
    }
}

/// Copies of all values that are here.
fn copies() -> Box<[Box<dyn Copied>]> {
    // Cloning a value is somebody else's code, which may give a new key a value.
    let keys = lock(&KEYS).clone();
    keys.into_iter().filter_map(Inherited::copy).collect()
}

/// Values are in their places until this is dropped.
struct Inside<'a> {
    values: &'a mut [Box<dyn Copied>],
    /// So many of them.
    placed: usize,
}

/// Puts the values in their places.
fn enter(values: &mut [Box<dyn Copied>]) -> Result<Inside<'_>, NoEntry> {
    let mut inside = Inside { values, placed: 0 };
    while let Some(value) = inside.values.get_mut(inside.placed) {
        value.swap()?;
        inside.placed += 1;
    }
    Ok(inside)
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        for value in &mut self.values[..self.placed] {
            // Each was swapped at the beginning, so it can be swapped again.
            let swapped = value.swap();
            debug_assert!(swapped.is_ok());
        }
    }
}

pin_project! {
    /// A future with inherited values, made by [`inherit`].
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Inherit<F> {
        values: Box<[Box<dyn Copied>]>,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Inherit<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // Without an entry, the future is dropped after this function, without the values.
            if let Ok(_inside) = enter(this.values) {
                this.future.set(None);
            }
        }
    }
}

impl<F: Future> Future for Inherit<F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _inside = enter(this.values).unwrap_or_else(|no_entry| no_entry.panic());
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("an `Inherit` was polled after it was ready; await it once")
        };
        let poll = future.poll(cx);
        if poll.is_ready() {
            // Its drop still finds the values.
            this.future.set(None);
        }
        poll
    }
}

impl<F> fmt::Debug for Inherit<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherit").field("values", &self.values.len()).finish_non_exhaustive()
    }
}
