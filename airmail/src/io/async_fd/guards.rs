//! What a wait for a descriptor gives.

use super::{AsyncFd, Ready};
use crate::io::source::Seen;
use std::error::Error;
use std::os::fd::AsRawFd;
use std::{fmt, io};

/// An operation said `WouldBlock`, and the guard took note: the next wait really waits.
#[derive(Debug)]
#[non_exhaustive]
pub struct TryIoError;

impl fmt::Display for TryIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the descriptor is not ready any more; wait for it again")
    }
}

impl Error for TryIoError {}

/// What an [`AsyncFd`] was ready for, when a wait ended.
///
/// As long as nobody says otherwise, it counts as ready and every wait ends at once.
#[derive(Debug)]
#[must_use = "if the descriptor is not ready any more, the guard has to be told"]
pub struct AsyncFdReadyGuard<'a, T: AsRawFd> {
    fd: &'a AsyncFd<T>,
    seen: Option<Seen>,
}

/// As [`AsyncFdReadyGuard`], with the only reference to the [`AsyncFd`].
#[derive(Debug)]
#[must_use = "if the descriptor is not ready any more, the guard has to be told"]
pub struct AsyncFdReadyMutGuard<'a, T: AsRawFd> {
    fd: &'a mut AsyncFd<T>,
    seen: Option<Seen>,
}

macro_rules! guard_methods {
    () => {
        /// Takes note that it is ready for nothing of what it was ready for. What happens after the wait ended is not
        /// forgotten by that.
        pub fn clear_ready(&mut self) {
            if let Some(seen) = self.seen.take() {
                self.fd.source().clear(seen, seen.ready());
            }
        }

        /// As [`clear_ready`](Self::clear_ready), for some of it.
        ///
        /// ```
        /// use airmail::io::{Interest, Ready};
        /// use airmail::io::unix::AsyncFd;
        ///
        /// # #[airmail::main]
        /// # async fn main() -> std::io::Result<()> {
        /// let (_reader, writer) = std::io::pipe()?;
        /// let mut writer = AsyncFd::with_interest(writer, Interest::WRITABLE)?;
        /// let mut guard = writer.writable_mut().await?;
        /// guard.clear_ready_matching(Ready::READABLE);
        /// assert!(guard.ready().is_writable());
        /// # Ok(())
        /// # }
        /// ```
        pub fn clear_ready_matching(&mut self, ready: Ready) {
            if let Some(seen) = self.seen {
                self.fd.source().clear(seen, ready);
                self.seen = seen.without(ready);
            }
        }

        /// Says that it stays ready. So it does without this, too.
        pub fn retain_ready(&mut self) {}

        /// What it was ready for, without what was cleared since.
        pub fn ready(&self) -> Ready {
            self.seen.map_or(Ready::EMPTY, Seen::ready)
        }
    };
}

impl<'a, T: AsRawFd> AsyncFdReadyGuard<'a, T> {
    pub(super) fn new(fd: &'a AsyncFd<T>, seen: Seen) -> AsyncFdReadyGuard<'a, T> {
        AsyncFdReadyGuard { fd, seen: Some(seen) }
    }

    guard_methods!();

    /// Does an operation. If it says `WouldBlock`, that is noted, as [`clear_ready`](Self::clear_ready) does.
    ///
    /// # Errors
    /// If the operation said `WouldBlock`. Its other errors are in the answer.
    pub fn try_io<R>(
        &mut self,
        op: impl FnOnce(&'a AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match op(self.fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError)
            }
            answer => Ok(answer),
        }
    }

    /// What was waited for.
    pub fn get_ref(&self) -> &'a AsyncFd<T> {
        self.fd
    }

    /// The owner of the descriptor.
    pub fn get_inner(&self) -> &'a T {
        self.fd.get_ref()
    }
}

impl<'a, T: AsRawFd> AsyncFdReadyMutGuard<'a, T> {
    pub(super) fn new(fd: &'a mut AsyncFd<T>, seen: Seen) -> AsyncFdReadyMutGuard<'a, T> {
        AsyncFdReadyMutGuard { fd, seen: Some(seen) }
    }

    guard_methods!();

    /// Does an operation. If it says `WouldBlock`, that is noted, as [`clear_ready`](Self::clear_ready) does.
    ///
    /// # Errors
    /// If the operation said `WouldBlock`. Its other errors are in the answer.
    pub fn try_io<R>(
        &mut self,
        op: impl FnOnce(&mut AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match op(self.fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError)
            }
            answer => Ok(answer),
        }
    }

    /// What was waited for.
    pub fn get_ref(&self) -> &AsyncFd<T> {
        self.fd
    }

    /// What was waited for.
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.fd
    }

    /// The owner of the descriptor.
    pub fn get_inner(&self) -> &T {
        self.fd.get_ref()
    }

    /// The owner of the descriptor. It must keep that one.
    pub fn get_inner_mut(&mut self) -> &mut T {
        self.fd.get_mut()
    }
}
