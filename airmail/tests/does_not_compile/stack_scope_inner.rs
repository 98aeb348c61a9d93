//! E0373
//! A task outlives the body that spawned it: it cannot borrow from there.
use airmail::runtime::Builder;

fn main() {
    Builder::new_current_thread().build().unwrap().block_on_scope(async |scope| {
        let letters = [1, 2];
        scope.spawn(async { println!("{letters:?}") });
    });
}
