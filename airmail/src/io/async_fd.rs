//! Any file descriptor that the system can wait for.

mod guards;

use super::source::{Direction, Source};
use super::{Interest, Ready};
pub use guards::{AsyncFdReadyGuard, AsyncFdReadyMutGuard, TryIoError};
use std::error::Error;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};
use std::{fmt, io};

/// Waits for a file descriptor of another library: a pipe, a device, a `timerfd`, a socket of another kind.
///
/// It owns what has the descriptor, and takes it to be non-blocking: who makes it sets that. Regular files cannot be waited
/// for.
///
/// To wait gives a [guard](AsyncFdReadyGuard). If an operation then says `WouldBlock`, the guard has to be told, or the next
/// wait would end at once: [`AsyncFdReadyGuard::try_io`] and [`async_io`](Self::async_io) do that.
///
/// ```
/// use airmail::io::Interest;
/// use airmail::io::unix::AsyncFd;
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
///
/// # #[airmail::main]
/// # async fn main() -> std::io::Result<()> {
/// let (here, mut there) = UnixStream::pair()?;
/// here.set_nonblocking(true)?;
/// let here = AsyncFd::new(here)?;
/// there.write_all(b"letter")?;
///
/// let mut buf = [0; 16];
/// let read = here.async_io(Interest::READABLE, |mut stream| stream.read(&mut buf)).await?;
/// assert_eq!(&buf[..read], b"letter");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AsyncFd<T: AsRawFd> {
    // First, so that the system forgets the descriptor before it is closed.
    watched: Watched,
    inner: T,
}

/// The number of a descriptor that somebody else owns.
#[derive(Debug)]
struct Number(RawFd);

impl AsRawFd for Number {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

/// A registration that ends with it, also if the descriptor stays open.
#[derive(Debug)]
struct Watched(Option<Source<Number>>);

impl Watched {
    fn source(&self) -> &Source<Number> {
        self.0.as_ref().expect("there until the drop")
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Who drops cannot be told, and has nothing to do about it.
        let _refused = self.0.take().map(Source::into_inner);
    }
}

/// The system cannot wait for a descriptor. Its owner is in it.
pub struct AsyncFdRegisterError<T> {
    inner: T,
    cause: io::Error,
}

impl<T> AsyncFdRegisterError<T> {
    /// The owner of the descriptor, and why.
    pub fn into_parts(self) -> (T, io::Error) {
        (self.inner, self.cause)
    }
}

impl<T> fmt::Display for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`AsyncFd`: {}", self.cause)
    }
}

impl<T> fmt::Debug for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncFdRegisterError").field(&self.cause).finish()
    }
}

impl<T> Error for AsyncFdRegisterError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

impl<T> From<AsyncFdRegisterError<T>> for io::Error {
    fn from(error: AsyncFdRegisterError<T>) -> io::Error {
        error.cause
    }
}

/// What mio has to be told to hear of an interest.
fn of_mio(interest: Interest) -> mio::Interest {
    let mut wanted: Option<mio::Interest> = None;
    let mut add = |one: mio::Interest| wanted = Some(wanted.map_or(one, |all| all | one));
    if interest.is_readable() {
        add(mio::Interest::READABLE);
    }
    if interest.is_writable() {
        add(mio::Interest::WRITABLE);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if interest.is_priority() {
        add(mio::Interest::PRIORITY);
    }
    // Errors come with every interest, and mio knows none in them alone.
    wanted.unwrap_or(mio::Interest::READABLE)
}

impl<T: AsRawFd> AsyncFd<T> {
    /// Registers with the current runtime, to read and to write.
    ///
    /// # Errors
    /// If the thread is in no runtime, or the system cannot wait for it, as for a regular file.
    pub fn new(inner: T) -> io::Result<AsyncFd<T>> {
        AsyncFd::with_interest(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// As [`new`](Self::new), for some events only. To wait for others never ends.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<AsyncFd<T>> {
        Ok(AsyncFd::try_with_interest(inner, interest)?)
    }

    /// As [`new`](Self::new).
    ///
    /// # Errors
    /// As [`new`](Self::new), with `inner` in it.
    pub fn try_new(inner: T) -> Result<AsyncFd<T>, AsyncFdRegisterError<T>> {
        AsyncFd::try_with_interest(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// As [`with_interest`](Self::with_interest).
    ///
    /// # Errors
    /// As [`new`](Self::new), with `inner` in it.
    ///
    /// ```
    /// use airmail::io::Interest;
    /// use airmail::io::unix::AsyncFd;
    ///
    /// # #[airmail::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let (reader, _writer) = std::io::pipe()?;
    /// let reader = AsyncFd::try_with_interest(reader, Interest::READABLE)?;
    /// # drop(reader);
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_with_interest(inner: T, interest: Interest) -> Result<AsyncFd<T>, AsyncFdRegisterError<T>> {
        let source = Source::with_interest(Number(inner.as_raw_fd()), of_mio(interest));
        match source.register() {
            Ok(()) => Ok(AsyncFd { watched: Watched(Some(source)), inner }),
            Err(cause) => Err(AsyncFdRegisterError { inner, cause }),
        }
    }

    fn source(&self) -> &Source<Number> {
        self.watched.source()
    }

    /// The owner of the descriptor.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// The owner of the descriptor. It must keep that one.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Waits no more, and gives back the owner of the descriptor.
    pub fn into_inner(self) -> T {
        let AsyncFd { watched, inner } = self;
        drop(watched);
        inner
    }

    /// Polls for something to read. Of several tasks that poll for it, the last one is woken.
    ///
    /// # Errors
    /// If the runtime is gone.
    pub fn poll_read_ready<'a>(&'a self, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let seen = ready!(self.source().poll_seen(cx, Direction::Read))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, seen)))
    }

    /// As [`poll_read_ready`](Self::poll_read_ready).
    ///
    /// # Errors
    /// If the runtime is gone.
    pub fn poll_read_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let seen = ready!(self.source().poll_seen(cx, Direction::Read))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen)))
    }

    /// Polls for room to write. Of several tasks that poll for it, the last one is woken.
    ///
    /// # Errors
    /// If the runtime is gone.
    pub fn poll_write_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let seen = ready!(self.source().poll_seen(cx, Direction::Write))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, seen)))
    }

    /// As [`poll_write_ready`](Self::poll_write_ready).
    ///
    /// # Errors
    /// If the runtime is gone.
    pub fn poll_write_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let seen = ready!(self.source().poll_seen(cx, Direction::Write))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen)))
    }

    /// Waits until it is ready for any of what is asked for. Any number of tasks may.
    ///
    /// # Errors
    /// If the runtime is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        let seen = self.source().ready_seen(interest).await?;
        Ok(AsyncFdReadyGuard::new(self, seen))
    }

    /// As [`ready`](Self::ready).
    ///
    /// # Errors
    /// If the runtime is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub async fn ready_mut(&mut self, interest: Interest) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        let seen = self.source().ready_seen(interest).await?;
        Ok(AsyncFdReadyMutGuard::new(self, seen))
    }

    /// Waits for something to read.
    ///
    /// # Errors
    /// If the runtime is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// As [`readable`](Self::readable).
    ///
    /// # Errors
    /// If the runtime is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub async fn readable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// Waits for room to write.
    ///
    /// # Errors
    /// If the runtime is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// As [`writable`](Self::writable).
    ///
    /// # Errors
    /// If the runtime is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    /// Does an operation, and waits while it answers `WouldBlock`.
    ///
    /// # Errors
    /// What `op` says, except `WouldBlock`. If it has to wait and the runtime is gone.
    ///
    /// # Cancel safety
    /// If the future is dropped, the last call of `op` said `WouldBlock`: nothing is lost.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut op: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source().io(interest, |_| op(&self.inner)).await
    }

    /// As [`async_io`](Self::async_io).
    ///
    /// # Errors
    /// As [`async_io`](Self::async_io).
    ///
    /// # Cancel safety
    /// As [`async_io`](Self::async_io).
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut op: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let AsyncFd { watched, inner } = self;
        watched.source().io(interest, |_| op(inner)).await
    }

    /// Does an operation if it needs no waiting: `op` is called once, or not at all.
    ///
    /// # Errors
    /// `WouldBlock` if it is not ready; else what `op` says.
    pub fn try_io<R>(&self, interest: Interest, op: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R> {
        self.source().try_io(interest, |_| op(&self.inner))
    }

    /// As [`try_io`](Self::try_io).
    ///
    /// # Errors
    /// As [`try_io`](Self::try_io).
    pub fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        op: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let AsyncFd { watched, inner } = self;
        watched.source().try_io(interest, |_| op(inner))
    }
}

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl<T: AsRawFd + AsFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}
