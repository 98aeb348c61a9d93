//! 8:5: error[E0308]: mismatched types
//! An error in a test's body is reported where it is, not at the attribute.
fn main() {}

#[airmail::test]
async fn letters_arrive() -> Result<(), std::io::Error> {
    airmail::spawn(async {}).await.unwrap();
    7
}
