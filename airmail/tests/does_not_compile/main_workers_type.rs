//! 3:34: error: `worker_threads` says how many workers there are, `"4"` is no number
//! A number in quotes.
#[airmail::main(worker_threads = "4")]
async fn main() {}
