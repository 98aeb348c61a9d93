//! The one way to stdout.

use anstream::AutoStream;
use std::io::{self, Write};

/// Stdout, until it is closed or the user has seen enough; from then on everything goes nowhere, and the
/// program ends as if all had been read.
pub(crate) struct Out {
    stream: AutoStream<io::Stdout>,
    end: Option<End>,
}

enum End {
    /// Nobody reads any more.
    Quiet,
    Failed(io::Error),
}

impl Out {
    /// With colours if stdout is a terminal that wants them (`NO_COLOR`, `CLICOLOR_FORCE`).
    pub(crate) fn coloured() -> Out {
        Out { stream: AutoStream::auto(io::stdout()), end: None }
    }

    /// Without colours.
    pub(crate) fn plain() -> Out {
        Out { stream: AutoStream::never(io::stdout()), end: None }
    }

    /// Writes `text` and flushes, so that what is printed has happened.
    pub(crate) fn print(&mut self, text: &str) {
        if self.end.is_some() {
            return;
        }
        if let Err(error) = self.stream.write_all(text.as_bytes()).and_then(|()| self.stream.flush()) {
            let closed = error.kind() == io::ErrorKind::BrokenPipe;
            self.end = Some(if closed { End::Quiet } else { End::Failed(error) });
        }
    }

    /// The user has seen enough.
    pub(crate) fn quit(&mut self) {
        self.end.get_or_insert(End::Quiet);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// What went wrong, if it was not just the end of a pipe. Once.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self.end.replace(End::Quiet) {
            Some(End::Failed(error)) => Err(error),
            Some(End::Quiet) | None => Ok(()),
        }
    }
}
