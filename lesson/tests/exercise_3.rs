//! # Exercise 3: the whole lifecycle
//!
//! Write `lifecycle(executor)`: it calls `step()` by hand until the queue is empty, and returns one line for
//! the start and one for each poll: which task was polled, what it answered, and the queue after the poll.
//!
//! Before you look at the text in the test: how often is `CountdownFuture::new(3)` polled? Why is the task in
//! the queue again after it answered `Pending`? Why not after `Ready`?

use airmail_lesson::{CountdownFuture, Executor};
use std::fmt::Write;

// ---- The worked answer ----

fn lifecycle(executor: &Executor) -> String {
    let mut trace = format!("spawned: queue {:?}\n", executor.queue());
    let mut polls = 0;
    while let Some(step) = executor.step() {
        polls += 1;
        let (task, answer, queue) = (step.task, step.answer, executor.queue());
        writeln!(trace, "poll {polls}: task {task} answers {answer:?}, queue {queue:?}").unwrap();
    }
    trace
}

// ---- The test ----

#[test]
fn the_lifecycle_of_a_countdown_from_three() {
    let executor = Executor::new();
    executor.spawn(CountdownFuture::new(3));
    let trace = lifecycle(&executor);
    print!("{trace}"); // shown by `cargo test -p airmail-lesson --test exercise_3 -- --nocapture`

    let golden = "\
spawned: queue [1]
poll 1: task 1 answers Pending, queue [1]
poll 2: task 1 answers Pending, queue [1]
poll 3: task 1 answers Pending, queue [1]
poll 4: task 1 answers Ready, queue []
";
    assert_eq!(trace, golden);
    assert_eq!(executor.unfinished(), 0);
}
