//! The task keeps a `Mutex` locked while it waits. The thread that locked it must unlock it.

use airmail_lesson::{CountdownFuture, Executor};
use std::sync::{Arc, Mutex};

fn main() {
    let executor = Executor::new();
    let letters = Arc::new(Mutex::new(0));
    executor.spawn(async move {
        let mut count = letters.lock().unwrap();
        CountdownFuture::new(1).await; // another thread might go on from here
        *count += 1;
    });
    executor.run();
}
