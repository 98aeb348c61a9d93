//! Workers of the multi-thread runtime.
fn main() {}

#[airmail::test(worker_threads = 2, flavor = "multi_thread")]
async fn letters_arrive() {
    airmail::spawn(async {}).await.unwrap();
}
