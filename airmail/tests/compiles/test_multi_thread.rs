//! `spawn` works without it.
fn main() {}

#[airmail::test]
async fn letters_arrive() {
    airmail::spawn(async {}).await.unwrap();
}
