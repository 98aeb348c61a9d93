//! E0277: `*const ()` cannot be sent between threads safely
//! What a thread entered, that thread leaves.
use airmail::runtime::Builder;

fn main() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let guard = runtime.enter();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
