//! 6:1: error: `async` is missing: `#[airmail::test]` runs an `async fn`
//! A test without `async` needs no runtime.
fn main() {}

#[airmail::test]
fn letters_arrive() {}
