//! error: future cannot be sent between threads safely
//! A lock's guard that is held across an `.await` would be unlocked by another thread.
use airmail::runtime::Handle;
use std::sync::{Arc, Mutex};

fn main() {
    let lock = Arc::new(Mutex::new(0));
    Handle::current().spawn(async move {
        let mut count = lock.lock().unwrap();
        std::future::ready(()).await;
        *count += 1;
    });
}
