//! A program may have a simulation inside.
#[airmail::main]
async fn main() {
    airmail::sim::explore(3, || async { airmail::spawn(async {}).await.unwrap() });
}
