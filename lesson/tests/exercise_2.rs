//! # Exercise 2: a waker that puts the task back
//!
//! A task that answered `Pending` is in no queue. Write `waker_of(task)`: a waker whose `wake()` puts the task
//! at the back of its queue.
//!
//! Use the trait `std::task::Wake`, which needs no `unsafe`, and push onto `task.queue` yourself. Then compare
//! with `waker_for` in the lesson, which does by hand what `Wake` does for you.
//!
//! To think about: what does the queue look like after two calls of `wake_by_ref()`? The field `queued` of the
//! lesson's task is there for that.

mod exercise_1;

use airmail_lesson::{Answer, Task};
use exercise_1::build;
use std::future::poll_fn;
use std::sync::{Arc, mpsc};
use std::task::{Poll, Wake, Waker};

// ---- The worked answer ----

struct ReturnAddress {
    task: Arc<Task>,
}

impl Wake for ReturnAddress {
    fn wake(self: Arc<Self>) {
        self.task.queue.lock().unwrap().push_back(Arc::clone(&self.task));
    }
}

fn waker_of(task: &Arc<Task>) -> Waker {
    Waker::from(Arc::new(ReturnAddress { task: Arc::clone(task) }))
}

// ---- The test ----

#[test]
fn a_wake_after_pending_puts_the_task_back() {
    // A future that waits for ever, and hands its waker to us: we are the event.
    let (keep, kept) = mpsc::channel();
    let (task, queue) = build(poll_fn(move |context| {
        keep.send(context.waker().clone()).unwrap();
        Poll::Pending
    }));

    assert_eq!(task.poll(&waker_of(&task)), Answer::Pending);
    assert!(queue.lock().unwrap().is_empty(), "the task waits, in no queue");

    let waker = kept.recv().unwrap();
    assert_eq!(Arc::strong_count(&task), 2, "we hold the task, and its waker does");
    waker.wake();
    let popped = queue.lock().unwrap().pop_front().expect("the wake put the task into the queue");
    assert!(Arc::ptr_eq(&popped, &task), "and it is the same task, not a copy");
    assert!(queue.lock().unwrap().is_empty(), "one wake, one entry");

    drop(popped);
    assert_eq!(Arc::strong_count(&task), 1, "the used waker holds the task no more");
}
