//! The name of the option.
#[airmail::main(worker_threads = 4)]
async fn main() {}
