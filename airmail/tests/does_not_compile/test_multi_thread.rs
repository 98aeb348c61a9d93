//! 5:26: error: airmail has no multi-thread runtime yet; remove `flavor`
//! As tokio's users write it.
fn main() {}

#[airmail::test(flavor = "multi_thread")]
async fn letters_arrive() {
    airmail::spawn(async {}).await.unwrap();
}
