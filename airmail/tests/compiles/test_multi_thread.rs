//! Each for itself.
fn main() {}

#[airmail::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_arrive() {
    airmail::spawn(async {}).await.unwrap();
}

#[airmail::test(seeds = 100)]
async fn letters_arrive_in_any_order() {
    airmail::spawn(async {}).await.unwrap();
}
