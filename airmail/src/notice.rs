//! Tasks that are told of the runtime's end, and waited for.

use crate::sync::{Arc, Mutex, MutexGuard, lock};
use crate::timers::caught;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Of one runtime: whether it ends, and who wants to know.
#[derive(Default)]
pub(crate) struct Notices(Mutex<State>);

#[derive(Default)]
struct State {
    given: bool,
    /// So many [`ShutdownNotice`]s there are.
    holders: usize,
    /// Who waits until it is given, by number.
    waiting: BTreeMap<u64, Waker>,
    last: u64,
    /// Who waits until there are no holders any more.
    ending: Option<Waker>,
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notices").finish_non_exhaustive()
    }
}

impl Notices {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// The runtime is to end: everybody hears of it.
    pub(crate) fn give(&self) {
        let waiting = {
            let mut state = self.state();
            state.given = true;
            std::mem::take(&mut state.waiting)
        };
        // Foreign code, each for itself.
        waiting.into_values().for_each(|waker| caught(|| waker.wake()));
    }

    /// Ready when nobody holds a notice any more.
    pub(crate) fn poll_all_gone(&self, cx: &Context<'_>) -> Poll<()> {
        // Foreign code, as is the drop of the one before: outside of the lock.
        let waker = Some(cx.waker().clone());
        let mut state = self.state();
        if state.holders == 0 {
            return Poll::Ready(());
        }
        let before = std::mem::replace(&mut state.ending, waker);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

/// Tells a task that its runtime is to end, and makes the runtime wait for it.
///
/// Every end of a runtime gives notice; [`Runtime::shutdown`](crate::runtime::Runtime::shutdown) then waits until every `ShutdownNotice`
/// has been dropped, so for the tasks that hold one, or until its grace is over; tasks that hold none are cancelled
/// afterwards. Where a runtime is dropped, nobody is waited for. Whoever holds one ends in order: it takes no new work, and
/// finishes what it has. From
/// [`task::shutdown_notice`](crate::task::shutdown_notice) or
/// [`Handle::shutdown_notice`](crate::runtime::Handle::shutdown_notice). A clone is another one.
///
/// ```
/// use airmail::task;
/// use std::time::Duration;
///
/// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
/// let (write, read) = std::sync::mpsc::channel();
/// runtime.spawn(async move {
///     let notice = task::shutdown_notice();
///     notice.given().await;
///     write.send("all mail is delivered").unwrap();
/// });
/// # while runtime.handle().tasks().iter().any(|task| task.polls == 0) { std::thread::yield_now() }
/// let report = runtime.shutdown(Duration::from_secs(5));
/// assert_eq!(read.recv().unwrap(), "all mail is delivered");
/// assert_eq!(report.completed, 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ShutdownNotice(Arc<Notices>);

impl ShutdownNotice {
    pub(crate) fn new(notices: &Arc<Notices>) -> ShutdownNotice {
        notices.state().holders += 1;
        ShutdownNotice(Arc::clone(notices))
    }

    /// The runtime is to end.
    pub fn is_given(&self) -> bool {
        self.0.state().given
    }

    /// Waits until the runtime is to end.
    ///
    /// # Cancel safety
    /// It may be dropped at any time, and asked again.
    pub fn given(&self) -> impl Future<Output = ()> + Send + use<'_> {
        Given { notices: &self.0, number: None }
    }
}

impl Clone for ShutdownNotice {
    fn clone(&self) -> ShutdownNotice {
        ShutdownNotice::new(&self.0)
    }
}

impl Drop for ShutdownNotice {
    fn drop(&mut self) {
        let ending = {
            let mut state = self.0.state();
            state.holders -= 1;
            if state.holders == 0 { state.ending.take() } else { None }
        };
        if let Some(ending) = ending {
            ending.wake();
        }
    }
}

/// Waits for the notice.
struct Given<'a> {
    notices: &'a Notices,
    number: Option<u64>,
}

impl Future for Given<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.notices.state();
        if state.given {
            return Poll::Ready(());
        }
        let number = self.number.unwrap_or_else(|| {
            state.last += 1;
            state.last
        });
        let before = state.waiting.insert(number, waker);
        drop(state);
        drop(before);
        self.number = Some(number);
        Poll::Pending
    }
}

impl Drop for Given<'_> {
    fn drop(&mut self) {
        let waker = self.number.and_then(|number| self.notices.state().waiting.remove(&number));
        drop(waker);
    }
}
