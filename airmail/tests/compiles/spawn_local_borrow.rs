//! The root of a `block_on` may borrow.
use airmail::{runtime::Builder, task::LocalSet};

fn main() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let text = String::from("letter");
    let borrowed = &text;
    LocalSet::new().block_on(&runtime, async move { borrowed.len() });
}
