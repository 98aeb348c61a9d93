//! E0277: `*const ()` cannot be sent between threads safely
//! What a thread entered, that thread leaves.
use airmail::task::LocalSet;

fn main() {
    let set = LocalSet::new();
    let guard = set.enter();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
