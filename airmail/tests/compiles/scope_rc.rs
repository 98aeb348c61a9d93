use airmail::runtime::Builder;
use std::sync::Arc;

fn main() {
    Builder::new_current_thread().build().unwrap().block_on_scope(async |scope| {
        let letter = Arc::new(1);
        scope.spawn(async move { drop(letter) });
    });
}
