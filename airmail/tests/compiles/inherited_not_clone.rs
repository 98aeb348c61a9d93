#[derive(Clone)]
struct Secret;

airmail::task_local! {
    inherited static SECRET: Secret;
}

fn main() {
    SECRET.sync_scope(Secret, || ());
}
