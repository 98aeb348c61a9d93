//! One thread, and workers with a constant of the program's.
const WORKERS: usize = 4;

#[airmail::main(flavor = "current_thread")]
async fn main() {
    on_workers();
}

#[airmail::main(flavor = "multi_thread", worker_threads = WORKERS)]
async fn on_workers() {}
