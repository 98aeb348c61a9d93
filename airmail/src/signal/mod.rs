//! Signals of the system: what a user's Ctrl-C, or a supervisor, says to the process. On Unix.
//!
//! ```no_run
//! #[airmail::main]
//! async fn main() -> std::io::Result<()> {
//!     println!("working; Ctrl-C ends it");
//!     airmail::signal::ctrl_c().await?;
//!     println!("tidying up");
//!     Ok(())
//! }
//! ```
//!
//! From the first time that a process listens to a signal, its default action, such as the end of the process, does not
//! happen any more, also when nobody listens. Handlers of other libraries are called as before.

pub mod unix;

use std::future::poll_fn;
use std::io;
use unix::{SignalKind, signal};

/// Waits for the next Ctrl-C (`SIGINT`). Every call hears the same one.
///
/// It listens from its first poll on. What comes between two calls is lost; a
/// [`Signal`](unix::Signal) that is kept loses nothing.
///
/// # Errors
/// If the system lets nobody listen, or if it is waited for outside of runtimes.
///
/// # Cancel safety
/// If the future is dropped, nobody listens.
///
/// ```no_run
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// airmail::signal::ctrl_c().await?;
/// # Ok(())
/// # }
/// ```
pub async fn ctrl_c() -> io::Result<()> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    poll_fn(|cx| interrupts.poll_heard(cx)).await
}
