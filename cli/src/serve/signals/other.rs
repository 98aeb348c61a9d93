//! Where airmail hears no signals: Ctrl-C does what it always does, and ends the program at once.

use std::io;

#[derive(Debug)]
pub(crate) struct Interrupts;

impl Interrupts {
    #[allow(clippy::unnecessary_wraps, reason = "as where there are signals")]
    pub(crate) fn new() -> io::Result<Interrupts> {
        Ok(Interrupts)
    }

    pub(crate) async fn heard(&mut self) -> io::Result<()> {
        std::future::pending().await
    }
}

#[allow(clippy::unnecessary_wraps, reason = "as where there are signals")]
pub(crate) fn next_one_ends() -> io::Result<()> {
    Ok(())
}
