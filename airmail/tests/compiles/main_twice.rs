//! Each option once.
#[airmail::main(worker_threads = 2, flavor = "multi_thread", crate = "airmail")]
async fn main() {}
