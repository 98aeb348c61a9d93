//! A main function, as tokio's users write it.
#[airmail::main]
async fn main() {}
