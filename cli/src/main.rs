//! `airmail`: shows what the tasks of the airmail runtime do, and a server made of them.
//!
//! A command is one module with its clap arguments and a `run`; [`cli`] lists them, [`out`] is the one way to
//! stdout.

mod cli;
mod lifecycle;
mod out;
mod serve;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse().and_then(cli::Command::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.report(),
    }
}
