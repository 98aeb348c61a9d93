//! airmail and its peers on the same work.
//!
//! A question is one file in `questions/`, a peer one file in `peers/`; `race` asks everybody in turns, `multi` does
//! so on several workers, `memory` gives each a process of its own, `count` steps through each. What comes of it is
//! judged in `verdict` and written in `report/`. A command is one module with its arguments and a function; `cli`
//! lists them.

mod alloc;
mod cli;
mod count;
mod local;
mod machine;
mod memory;
mod multi;
mod only;
mod out;
mod page;
mod peer;
mod peers;
mod question;
mod questions;
mod race;
mod report;
mod simulation;
mod single;
mod stalled;
mod stats;
mod verdict;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
