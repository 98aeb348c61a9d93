//! # Exercise 1: build a task, and do not poll it
//!
//! Write `build(future)`: it returns a task with the tracking number 1 around `future`, and the queue that the
//! task goes to. The queue is still empty, and the future has not run.
//!
//! You need every field of `Task`. (`thread` matters only when an executor parks; give it the current thread.)
//!
//! To do an exercise, empty the worked answer, write your own, and run its test:
//! `cargo test -p airmail-lesson --test exercise_1`

use airmail_lesson::Task;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) type Queue = Arc<Mutex<VecDeque<Arc<Task>>>>;

// ---- The worked answer ----

pub(crate) fn build<F: Future<Output = ()> + Send + 'static>(future: F) -> (Arc<Task>, Queue) {
    let queue = Queue::default();
    let task = Task {
        number: 1,
        future: Mutex::new(Box::pin(future)),
        queue: Arc::clone(&queue),
        queued: AtomicBool::new(false),
        thread: thread::current(),
    };
    (Arc::new(task), queue)
}

// ---- The test ----

#[test]
fn a_task_that_nobody_polls_does_nothing() {
    let ran = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ran);
    let (task, queue) = build(async move { flag.store(true, SeqCst) });

    assert_eq!(task.number, 1);
    assert!(queue.lock().unwrap().is_empty(), "the task is in no queue");
    assert!(Arc::ptr_eq(&task.queue, &queue), "but it knows which queue to go to");
    assert_eq!(Arc::strong_count(&task), 1, "nobody else holds the task");

    drop(task);
    assert_eq!(Arc::strong_count(&ran), 1, "the future went with its task");
    assert!(!ran.load(SeqCst), "and it has never run");
}
