//! Any signal of Unix.

use crate::io::source::{Direction, Source};
use mio::net::UnixStream;
use signal_hook::consts::{FORBIDDEN, signal as numbers};
use signal_hook::{SigId, low_level};
use std::ffi::c_int;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read};
use std::os::unix::net::UnixStream as Blocking;
use std::task::{Context, Poll};

/// Which signal.
///
/// ```
/// use airmail::signal::unix::SignalKind;
///
/// assert_eq!(SignalKind::from_raw(15), SignalKind::terminate());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignalKind(c_int);

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident = $number:ident;)+) => {$(
        $(#[$doc])+
        pub const fn $name() -> SignalKind {
            SignalKind(numbers::$number)
        }
    )+};
}

impl SignalKind {
    /// That with this number.
    pub const fn from_raw(number: c_int) -> SignalKind {
        SignalKind(number)
    }

    /// Its number.
    pub const fn as_raw_value(&self) -> c_int {
        self.0
    }

    kinds! {
        /// `SIGALRM`: a timer of the system has fired.
        alarm = SIGALRM;
        /// `SIGCHLD`: a child process has ended, stopped or gone on.
        child = SIGCHLD;
        /// `SIGHUP`: the terminal is gone; often "read the configuration again".
        hangup = SIGHUP;
        /// `SIGINT`: Ctrl-C.
        interrupt = SIGINT;
        /// `SIGIO`: something can be read or written.
        io = SIGIO;
        /// `SIGPIPE`: nobody reads what was written. Rust programs ignore it.
        pipe = SIGPIPE;
        /// `SIGQUIT`: Ctrl-\.
        quit = SIGQUIT;
        /// `SIGTERM`: please end.
        terminate = SIGTERM;
        /// `SIGUSR1`: what the program wants it to be.
        user_defined1 = SIGUSR1;
        /// `SIGUSR2`: what the program wants it to be.
        user_defined2 = SIGUSR2;
        /// `SIGWINCH`: the terminal has another size.
        window_change = SIGWINCH;
    }
}

impl From<c_int> for SignalKind {
    fn from(number: c_int) -> SignalKind {
        SignalKind(number)
    }
}

impl From<SignalKind> for c_int {
    fn from(kind: SignalKind) -> c_int {
        kind.0
    }
}

/// A listener to one kind of signal, made by [`signal`].
///
/// It hears what comes after it was made. Several of the same kind each hear all. Signals that come before it is asked
/// again are heard as one, as the system does it too.
pub struct Signal {
    /// A byte comes for each signal; if there is no more room, there are enough.
    bytes: Source<UnixStream>,
    kind: SignalKind,
    id: SigId,
}

/// Listens to a kind of signal, from now on. This can be done outside of runtimes.
///
/// # Errors
/// If nobody can listen to this signal, such as `SIGKILL`, or the system refuses.
///
/// ```
/// use airmail::signal::unix::{SignalKind, signal};
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut hangups = signal(SignalKind::hangup())?;
/// # signal_hook::low_level::raise(1)?;
/// // (Here somebody sends one.)
/// assert_eq!(hangups.recv().await, Some(()));
/// # Ok(())
/// # }
/// ```
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    if kind.0 <= 0 || FORBIDDEN.contains(&kind.0) {
        return Err(unheard(kind));
    }
    let (ours, handlers) = Blocking::pair()?;
    ours.set_nonblocking(true)?;
    handlers.set_nonblocking(true)?;
    let id = low_level::pipe::register(kind.0, handlers).map_err(|error| {
        // The system has no signal of this number.
        if error.kind() == io::ErrorKind::InvalidInput { unheard(kind) } else { error }
    })?;
    Ok(Signal { bytes: Source::new(UnixStream::from_std(ours)), kind, id })
}

fn unheard(SignalKind(number): SignalKind) -> io::Error {
    let text = format!("`signal`: nobody can listen to signal {number}; choose another one");
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

impl Signal {
    /// Waits for the next signal. `None` if none can come, or nobody can wait for it: it is asked outside of runtimes, or
    /// the runtime in which it waited first has ended.
    ///
    /// # Cancel safety
    /// If the future is dropped, the next call hears what came meanwhile.
    pub async fn recv(&mut self) -> Option<()> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// As [`recv`](Self::recv).
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll_heard(cx).map(Result::ok)
    }

    pub(super) fn poll_heard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bytes.poll_io(cx, Direction::Read, take_all)
    }
}

/// Takes the bytes of all signals that there were. `WouldBlock` if there was none, and `UnexpectedEof` if none can come.
fn take_all(mut bytes: &UnixStream) -> io::Result<()> {
    let mut block = [0; 64];
    let mut any = false;
    loop {
        match bytes.read(&mut block) {
            Ok(0) if any => return Ok(()),
            // No handler has the other end any more.
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(taken) => {
                any = true;
                if taken < block.len() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && any => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        low_level::unregister(self.id);
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal").field("kind", &self.kind).finish_non_exhaustive()
    }
}
