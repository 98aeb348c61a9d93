//! A name that exists.
fn main() {}

#[airmail::test(flavor = "current_thread")]
async fn letters_arrive() {}
