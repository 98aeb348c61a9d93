//! error[E0597]: `text` does not live long enough
//! A task may outlive the function that spawns it.
fn main() {
    let text = String::from("letter");
    let borrowed = &text;
    airmail::spawn(async move { borrowed.len() });
}
