//! The same, without the error.
#[airmail::main]
async fn main() -> Result<(), std::io::Error> {
    airmail::spawn(async {}).await.unwrap();
    Ok(())
}
