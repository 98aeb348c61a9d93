use airmail::runtime::Builder;

fn main() {
    let letters = [1, 2];
    Builder::new_current_thread().build().unwrap().block_on_scope(async |scope| {
        scope.spawn(async { println!("{letters:?}") });
    });
}
