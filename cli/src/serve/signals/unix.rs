//! What ends the program: Ctrl-C of a user, or what a supervisor sends.

use airmail::signal::unix::{Signal, SignalKind, signal};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;

/// A program that a signal ended has this and the signal as its code, as shells say it.
const SIGNALLED: i32 = 128;

#[derive(Debug)]
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Hears them from now on.
    pub(crate) fn new() -> io::Result<Interrupts> {
        let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        Ok(Interrupts { interrupt: interrupt?, terminate: terminate? })
    }

    /// # Errors
    /// If they cannot be waited for.
    pub(crate) async fn heard(&mut self) -> io::Result<()> {
        poll_fn(|cx| {
            for signal in [&mut self.interrupt, &mut self.terminate] {
                if let Poll::Ready(heard) = signal.poll_recv(cx) {
                    return Poll::Ready(heard.ok_or_else(|| io::Error::other("the system lets nobody wait")));
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// The next one ends the program at once, whatever the runtime waits for then.
pub(crate) fn next_one_ends() -> io::Result<()> {
    let always = Arc::new(AtomicBool::new(true));
    for signal in [SIGINT, SIGTERM] {
        register_conditional_shutdown(signal, SIGNALLED + signal, Arc::clone(&always))?;
    }
    Ok(())
}
