//! The task keeps an `Rc` while it waits. Its count is not made for two threads.

use airmail_lesson::{CountdownFuture, Executor};
use std::rc::Rc;

fn main() {
    let executor = Executor::new();
    executor.spawn(async {
        let name = Rc::new("Ada");
        CountdownFuture::new(1).await; // another thread might go on from here
        println!("Dear {name}");
    });
    executor.run();
}
