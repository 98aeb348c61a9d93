//! One, by a constant.
const WORKERS: usize = 1;

#[airmail::main(worker_threads = WORKERS)]
async fn main() {}
