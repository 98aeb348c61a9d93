//! The set may be made where it is needed.
use airmail::task::LocalSet;

fn main() {
    std::thread::spawn(move || drop(LocalSet::new()));
}
