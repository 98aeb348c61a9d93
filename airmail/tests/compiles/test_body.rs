//! The body's type is the function's.
fn main() {}

#[airmail::test]
async fn letters_arrive() -> Result<(), std::io::Error> {
    airmail::spawn(async {}).await.unwrap();
    Ok(())
}
