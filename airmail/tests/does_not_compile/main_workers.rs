//! 3:44: error: only the multi-thread runtime has workers; write `flavor = "multi_thread"`, or remove
//! Workers on one thread.
#[airmail::main(flavor = "current_thread", worker_threads = 4)]
async fn main() {}
