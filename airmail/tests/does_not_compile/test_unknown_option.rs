//! 5:17: error: no option is called `start_pausd`; did you mean `start_paused`?
//! A name that was mistyped.
fn main() {}

#[airmail::test(start_pausd = true)]
async fn letters_arrive() {}
