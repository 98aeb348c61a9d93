//! E0277: `Rc<i32>` cannot be sent between threads safely
//! The output of a `spawn` may be taken on another thread.
use std::rc::Rc;

fn main() {
    airmail::spawn(async { Rc::new(1_i32) });
}
