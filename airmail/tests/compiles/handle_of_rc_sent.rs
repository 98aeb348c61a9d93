//! If the output may be sent, so may the handle, whatever the future holds; and the abort handle always.
use airmail::task::LocalSet;
use std::rc::Rc;

fn main() {
    let set = LocalSet::new();
    let shared = Rc::new(1);
    let handle = set.spawn_local(async move { *shared });
    let abort = set.spawn_local(async { Rc::new(1) }).abort_handle();
    std::thread::spawn(move || drop((handle, abort)));
}
