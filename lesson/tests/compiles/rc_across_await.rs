//! Repaired with an `Arc`, whose count is made for many threads.

use airmail_lesson::{CountdownFuture, Executor};
use std::sync::Arc;

fn main() {
    let executor = Executor::new();
    executor.spawn(async {
        let name = Arc::new("Ada");
        CountdownFuture::new(1).await;
        println!("Dear {name}");
    });
    executor.run();
}
