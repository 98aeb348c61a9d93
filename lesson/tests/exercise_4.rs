//! # Exercise 4: a join handle that returns 42
//!
//! Write `spawn_two(executor)`. It spawns two tasks:
//!
//! - task 1 waits once, in a `CountdownFuture`, and its output is 42;
//! - task 2 awaits the join handle of task 1, and its output is what it got.
//!
//! It returns the handle of task 2. Before you run the test, write down the four steps: who is polled, and what
//! is the answer? Who wakes task 2?

use airmail_lesson::{Answer, CountdownFuture, Executor, JoinHandle, Step};

// ---- The worked answer ----

fn spawn_two(executor: &Executor) -> JoinHandle<u32> {
    let first = executor.spawn(async {
        CountdownFuture::new(1).await;
        42
    });
    executor.spawn(first) // a join handle is a future, so it can be a task
}

// ---- The test ----

#[test]
fn the_handle_returns_42() {
    let executor = Executor::new();
    let second = spawn_two(&executor);
    assert_eq!(executor.queue(), [1, 2]);

    assert_eq!(executor.step(), Some(Step { task: 1, answer: Answer::Pending }));
    assert_eq!(executor.step(), Some(Step { task: 2, answer: Answer::Pending }));
    assert_eq!(executor.queue(), [1], "task 1 woke itself; task 2 waits for it");

    assert_eq!(executor.step(), Some(Step { task: 1, answer: Answer::Ready }));
    assert_eq!(executor.queue(), [2], "task 1 stored its output, and woke task 2");
    assert_eq!(second.try_take(), None);

    assert_eq!(executor.step(), Some(Step { task: 2, answer: Answer::Ready }));
    assert_eq!(executor.step(), None);
    assert_eq!(second.try_take(), Some(42));
}
