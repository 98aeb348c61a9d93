//! The guard is dropped where it was made.
use airmail::task::LocalSet;

fn main() {
    let set = LocalSet::new();
    drop(set.enter());
}
