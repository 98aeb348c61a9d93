//! Repaired with `move`: the task owns `name`.

use airmail_lesson::{Executor, JoinHandle};

fn greet(executor: &Executor) -> JoinHandle<()> {
    let name = String::from("Ada");
    executor.spawn(async move {
        println!("Dear {name}");
    })
}

fn main() {
    let executor = Executor::new();
    greet(&executor);
    executor.run();
}
