//! What a test may return.
fn main() {}

#[airmail::test]
async fn letters_arrive() -> std::process::ExitCode {
    7.into()
}
