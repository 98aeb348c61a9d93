//! 3:17: error: no option is called `worker_treads`; did you mean `worker_threads`?
//! A name that was mistyped.
#[airmail::main(worker_treads = 4)]
async fn main() {}
