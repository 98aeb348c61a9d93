//! Its handle may be sent.
use airmail::runtime::{Builder, LocalOptions};

fn main() {
    let runtime = Builder::new_current_thread().build_local(LocalOptions::default()).unwrap();
    let handle = runtime.handle().clone();
    std::thread::spawn(move || drop(handle));
}
