//! E0277: `*const ()` cannot be sent between threads safely
//! A local runtime stays on its thread.
use airmail::runtime::{Builder, LocalOptions};

fn main() {
    let runtime = Builder::new_current_thread().build_local(LocalOptions::default()).unwrap();
    std::thread::spawn(move || drop(runtime));
}
