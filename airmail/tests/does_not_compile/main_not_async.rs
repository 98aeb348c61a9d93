//! 4:1: error: `async` is missing: `#[airmail::main]` runs an `async fn`; write `async fn`, or remove
//! A main function without `async` needs no runtime.
#[airmail::main]
fn main() {}
