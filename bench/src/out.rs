//! The one way to stdout, and the line on stderr that says how far it is.

use crate::cli::Exit;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Prints, with colours if stdout is a terminal that wants them. It is no failure if nobody reads any more.
pub(crate) fn print(text: &str) -> Result<(), Exit> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Exit::Failed(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

pub(crate) fn json(what: &impl Serialize) -> Result<(), Exit> {
    let text = serde_json::to_string_pretty(what).expect("numbers and strings");
    print(&(text + "\n"))
}

/// One line that is written over again and again, if stderr is a terminal.
pub(crate) struct Progress {
    terminal: bool,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        Progress { terminal: io::stderr().is_terminal() }
    }

    /// What comes now.
    pub(crate) fn step(&mut self, what: &str) {
        if self.terminal {
            write(&format!("\r\x1b[K{what}"));
        }
    }

    /// A line that stays, wherever stderr goes: for what takes minutes.
    pub(crate) fn stage(&mut self, what: &str) {
        self.end();
        write(&format!("{what}\n"));
    }

    /// Leaves nothing behind.
    pub(crate) fn end(&mut self) {
        if self.terminal {
            write("\r\x1b[K");
        }
    }
}

/// Not `eprint!`, which panics if stderr is closed.
fn write(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
