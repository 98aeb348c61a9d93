//! E0277: the trait bound `Secret: Clone` is not satisfied
//! What a task inherits is a copy.
struct Secret;

airmail::task_local! {
    inherited static SECRET: Secret;
}

fn main() {
    SECRET.sync_scope(Secret, || ());
}
