//! The task owns what it needs.
fn main() {
    let text = String::from("letter");
    airmail::spawn(async move { text.len() });
}
