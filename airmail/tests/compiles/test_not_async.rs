//! An `async fn`, and a plain test.
fn main() {}

#[airmail::test]
async fn letters_arrive() {}

#[test]
fn letters_exist() {}
