//! 6:5: error[E0308]: mismatched types
//! An error in the body is reported where it is, not at the attribute.
#[airmail::main]
async fn main() -> Result<(), std::io::Error> {
    airmail::spawn(async {}).await.unwrap();
    7
}
