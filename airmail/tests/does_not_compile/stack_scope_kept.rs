//! 7:81: error: lifetime may not live long enough
//! The scope itself cannot be kept, to spawn when it is over.
use airmail::runtime::Builder;

fn main() {
    let mut kept = None;
    Builder::new_current_thread().build().unwrap().block_on_scope(async |scope| {
        kept = Some(scope);
    });
    kept.unwrap().spawn(async {});
}
