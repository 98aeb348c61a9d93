//! error[E0597]: `text` does not live long enough
//! A local task may outlive the function that spawns it, too.
use airmail::task::LocalSet;

fn main() {
    let set = LocalSet::new();
    let text = String::from("letter");
    let borrowed = &text;
    set.spawn_local(async move { borrowed.len() });
}
