//! A number, of the type that the builder takes.
#[airmail::main(worker_threads = 4usize)]
async fn main() {}
