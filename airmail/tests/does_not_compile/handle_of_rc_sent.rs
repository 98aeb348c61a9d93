//! E0277: `Rc<i32>` cannot be sent between threads safely
//! The handle of a local task carries its output.
use airmail::task::LocalSet;
use std::rc::Rc;

fn main() {
    let handle = LocalSet::new().spawn_local(async { Rc::new(1) });
    std::thread::spawn(move || drop(handle));
}
