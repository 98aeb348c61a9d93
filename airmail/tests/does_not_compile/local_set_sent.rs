//! E0277: `Rc<airmail::context::Level>` cannot be sent between threads safely
//! A local set stays on its thread.
use airmail::task::LocalSet;

fn main() {
    let set = LocalSet::new();
    std::thread::spawn(move || drop(set));
}
