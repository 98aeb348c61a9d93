//! The task uses a local variable of the function that spawns it.

use airmail_lesson::{Executor, JoinHandle};

fn greet(executor: &Executor) -> JoinHandle<()> {
    let name = String::from("Ada");
    executor.spawn(async {
        println!("Dear {name}");
    })
} // `name` is gone, and the task has not run yet

fn main() {
    let executor = Executor::new();
    greet(&executor);
    executor.run();
}
