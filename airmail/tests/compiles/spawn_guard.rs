//! The guard is dropped before the `.await`.
use airmail::runtime::Handle;
use std::sync::{Arc, Mutex};

fn main() {
    let lock = Arc::new(Mutex::new(0));
    Handle::current().spawn(async move {
        *lock.lock().unwrap() += 1;
        std::future::ready(()).await;
    });
}
