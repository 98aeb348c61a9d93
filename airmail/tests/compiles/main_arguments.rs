//! They are asked for.
#[airmail::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    drop(arguments);
}
