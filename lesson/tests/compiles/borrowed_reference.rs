//! Repaired with an `Arc`: the task shares `name`, which lives as long as either of them.

use airmail_lesson::{Executor, JoinHandle};
use std::sync::Arc;

fn greet(executor: &Executor) -> JoinHandle<()> {
    let name = Arc::new(String::from("Ada"));
    let shared = Arc::clone(&name);
    executor.spawn(async move {
        println!("Dear {shared}");
    })
}

fn main() {
    let executor = Executor::new();
    greet(&executor);
    executor.run();
}
