//! 5:17: error: only the multi-thread runtime has workers; write `flavor = "multi_thread"`, or remove
//! Workers, where the default is one thread.
fn main() {}

#[airmail::test(worker_threads = 2)]
async fn letters_arrive() {
    airmail::spawn(async {}).await.unwrap();
}
