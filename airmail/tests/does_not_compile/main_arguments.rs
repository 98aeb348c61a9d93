//! 4:15: error: a main function has no arguments, as there is nobody to pass them; read `std::env::args()`
//! As in other languages.
#[airmail::main]
async fn main(arguments: Vec<String>) {
    drop(arguments);
}
