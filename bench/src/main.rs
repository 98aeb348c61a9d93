//! airmail and its peers on the same work.
//!
//! A question is one file in `questions/`, a peer one file in `peers/`; `race` asks everybody in turns, `multi` does
//! so on several workers, `memory` gives each a process of its own, `count` steps through each, `io` loads the server
//! of each over sockets, `timers` asks how dear and how exact their timers are. What comes of it is
//! judged in `verdict` and written in `report/`. A command is one module with its arguments and a function; `cli`
//! lists them.

mod again;
mod alloc;
mod bounds;
mod cli;
mod count;
mod io;
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
mod section;
mod simulation;
mod single;
mod stalled;
mod stats;
mod timers;
mod verdict;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
