use airmail::runtime::Builder;

fn main() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let output = runtime.block_on_scope(async |scope| scope.spawn(async { 5 }).await);
    drop(output);
}
