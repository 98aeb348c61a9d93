//! Repaired with a shorter lock: the guard is made after the wait, and is gone before the next.

use airmail_lesson::{CountdownFuture, Executor};
use std::sync::{Arc, Mutex};

fn main() {
    let executor = Executor::new();
    let letters = Arc::new(Mutex::new(0));
    executor.spawn(async move {
        CountdownFuture::new(1).await;
        *letters.lock().unwrap() += 1;
    });
    executor.run();
}
