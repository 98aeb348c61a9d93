//! 3:17: error: a clock that stands still jumps when nothing else is to be done, which one thread knows
//! Workers, and a clock that stands still.
#[airmail::main(start_paused = true)]
async fn main() {}
