use airmail::runtime::Builder;

fn main() {
    let mut kept = None;
    Builder::new_current_thread().build().unwrap().block_on_scope(async |scope| {
        kept = Some(5);
        scope.spawn(async {});
    });
    kept.unwrap();
}
