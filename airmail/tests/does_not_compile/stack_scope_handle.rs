//! lifetime may not live long enough
//! A handle, and with it a task's output, cannot leave the scope.
use airmail::runtime::Builder;

fn main() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let handle = runtime.block_on_scope(async |scope| scope.spawn(async { 5 }));
    drop(handle);
}
