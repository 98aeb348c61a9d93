//! 9:15: error: future cannot be sent between threads safely
//! A task of a scope may change threads.
use airmail::runtime::Builder;
use std::rc::Rc;

fn main() {
    Builder::new_current_thread().build().unwrap().block_on_scope(async |scope| {
        let letter = Rc::new(1);
        scope.spawn(async move { drop(letter) });
    });
}
