//! Letting the other tasks go first.

use std::future::poll_fn;
use std::task::Poll;

/// Goes to the back of the executor's queue, so that the other tasks that are due run first.
///
/// The task wakes itself and waits once. That takes no system call, and works in any executor.
///
/// # No promises
/// Which task runs next is the runtime's choice. If a combinator between this future and the task polls other
/// futures too, and one of them is ready, the task goes on without having yielded.
///
/// # Cancel safety
/// Nothing is lost if the future is dropped: the task is polled once more than it had to be.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     let order = Arc::new(Mutex::new(Vec::new()));
///     let of_the_task = Arc::clone(&order);
///     let task = airmail::spawn(async move { of_the_task.lock().unwrap().push("the task") });
///     while !task.is_finished() {
///         airmail::task::yield_now().await;
///     }
///     order.lock().unwrap().push("the one who let it go first");
///     assert_eq!(*order.lock().unwrap(), ["the task", "the one who let it go first"]);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
