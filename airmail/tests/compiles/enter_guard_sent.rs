//! Another thread enters for itself.
use airmail::runtime::Builder;

fn main() {
    let runtime = Builder::new_current_thread().build().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| drop(runtime.enter()));
    });
}
