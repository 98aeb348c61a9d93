//! 5:34: error[E0080]: `worker_threads` is 0: nobody would run the tasks; at least 1
//! None, by a constant: the compiler's to find.
const WORKERS: usize = 0;

#[airmail::main(worker_threads = WORKERS)]
async fn main() {}
