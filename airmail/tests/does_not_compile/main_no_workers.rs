//! 3:34: error: `worker_threads` is 0: nobody would run the tasks; at least 1
//! Workers, but none.
#[airmail::main(worker_threads = 0)]
async fn main() {}
