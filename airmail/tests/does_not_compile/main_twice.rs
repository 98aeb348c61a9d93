//! 3:37: error: `worker_threads` is given twice; remove one
//! Nobody knows which one counts.
#[airmail::main(worker_threads = 2, worker_threads = 4)]
async fn main() {}
