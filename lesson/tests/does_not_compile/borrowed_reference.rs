//! The task owns a reference, but not what the reference points to.

use airmail_lesson::{Executor, JoinHandle};

fn greet(executor: &Executor) -> JoinHandle<()> {
    let name = String::from("Ada");
    let reference = &name;
    executor.spawn(async move {
        println!("Dear {reference}");
    })
} // `name` is gone, and the task has not run yet

fn main() {
    let executor = Executor::new();
    greet(&executor);
    executor.run();
}
