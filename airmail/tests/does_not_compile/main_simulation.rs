//! 3:17: error: `seeds` is for a simulation, and `#[airmail::main]` runs in the real world; remove it, and use
//! A program is no test.
#[airmail::main(seeds = 100)]
async fn main() {}
