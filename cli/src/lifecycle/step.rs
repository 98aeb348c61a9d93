//! `--step`: waits for Enter.

use crate::out::Out;
use std::io::{self, BufRead, IsTerminal};

const PROMPT: &str = "[Enter] next step   [q Enter] quit ";
/// To the line above, which is the prompt's, and clear it.
const ERASE: &str = "\x1b[A\x1b[2K";

pub(super) struct Step {
    /// Somebody sits at a terminal and reads text.
    prompts: bool,
    /// Stdin ended: go on without stopping.
    ended: bool,
}

impl Step {
    pub(super) fn new(json: bool) -> Step {
        Step { prompts: !json && io::stdin().is_terminal() && io::stdout().is_terminal(), ended: false }
    }

    pub(super) fn wait(&mut self, out: &mut Out) {
        if self.ended {
            return;
        }
        if self.prompts {
            out.print(PROMPT);
        }
        let mut line = Vec::new();
        // What cannot be read has ended.
        let read = io::stdin().lock().read_until(b'\n', &mut line).unwrap_or(0);
        self.ended = read == 0;
        if self.prompts {
            out.print(if line.ends_with(b"\n") { ERASE } else { "\n" });
        }
        if line.trim_ascii() == b"q" {
            out.quit();
        }
    }
}
