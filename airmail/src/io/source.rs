//! A source of events (a socket, a pipe) and its registration: what the types of `net` are made of.
//!
//! An operation is tried first. Only one that would block registers the source, so a connection that never waits costs no
//! system call more than its own.

mod seen;

use super::{Interest, Ready};
use crate::context;
use crate::driver::Reactor;
use crate::runtime::TryCurrentError;
use crate::sync::{Arc, Mutex, OnceLock, lock};
use crate::task::{coop, yield_now};
use airmail_core::ready::{ERROR, GONE, Key, READABLE, Readiness, Side, WRITABLE, Waiting};
use mio::unix::SourceFd;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::ops::Deref;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll, Waker, ready};

pub(crate) use seen::Seen;

/// So often an operation may find nothing, or be interrupted, in one poll: events may come as fast as it tries.
const VAIN: u32 = 8;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

impl Direction {
    fn side(self) -> Side {
        match self {
            Direction::Read => Side::Reader,
            Direction::Write => Side::Writer,
        }
    }

    /// What an operation of this direction waits for.
    fn flags(self) -> u8 {
        self.side().flags()
    }
}

/// An object that never blocks, and its registration with the runtime in which it waited first.
pub(crate) struct Source<S: AsRawFd> {
    /// Forgotten before the object is closed.
    registration: OnceLock<Registration>,
    registering: Mutex<()>,
    interest: mio::Interest,
    /// The descriptor is this object's alone, and ends with it.
    is_owner: bool,
    object: S,
}

/// A place in a driver.
#[derive(Debug)]
struct Registration {
    reactor: Arc<Reactor>,
    key: Key,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.reactor.forget(self.key);
    }
}

impl Registration {
    fn alive(&self, seen: Readiness) -> io::Result<Readiness> {
        if seen.flags() & GONE == 0 { Ok(seen) } else { Err(self.reactor.ended()) }
    }

    fn readiness(&self) -> Readiness {
        self.reactor.resources().readiness(self.key)
    }

    fn clear(&self, seen: Readiness, flags: u8) {
        // If something happened since, whoever tries again finds it.
        self.reactor.resources().clear(self.key, seen, flags);
    }

    /// Waits for one of these, as the only one of its side.
    fn poll(&self, side: Side, flags: u8, waker: &Waker) -> Poll<io::Result<Readiness>> {
        let seen = self.readiness();
        let seen = if seen.has_any(flags) {
            Some(seen)
        } else {
            self.reactor.resources().wait(self.key, side, flags, waker)
        };
        seen.map_or(Poll::Pending, |seen| Poll::Ready(self.alive(seen)))
    }
}

impl<S: AsRawFd> Source<S> {
    /// Nothing is registered yet. The object must not block.
    pub(crate) fn new(object: S) -> Source<S> {
        let interest = mio::Interest::READABLE | mio::Interest::WRITABLE;
        Source { is_owner: true, ..Source::with_interest(object, interest) }
    }

    /// As [`new`](Source::new), for a descriptor that others may have, of which only some events are asked.
    pub(crate) fn with_interest(object: S, interest: mio::Interest) -> Source<S> {
        let (registration, registering) = (OnceLock::new(), Mutex::new(()));
        Source { registration, registering, interest, is_owner: false, object }
    }

    /// Registers with the current runtime, unless it is registered. It is known to be ready for nothing: events will say.
    ///
    /// # Errors
    /// If the thread is in no runtime, or its driver knows no sources, or the system refuses.
    pub(crate) fn register(&self) -> io::Result<()> {
        self.registered(0).map(|_| ())
    }

    /// The registration, in which the source is taken to be ready for `ready` if it is made now.
    fn registered(&self, ready: u8) -> io::Result<&Registration> {
        if let Some(registration) = self.registration.get() {
            return Ok(registration);
        }
        let registering = lock(&self.registering);
        if self.registration.get().is_none() {
            let registration = self.registration_here(ready)?;
            assert!(self.registration.set(registration).is_ok(), "under the lock");
        }
        drop(registering);
        self.registration
            .get()
            .ok_or_else(|| io::Error::other("a registration was taken away while it was made"))
    }

    fn registration_here(&self, ready: u8) -> io::Result<Registration> {
        let registered = context::runtime(|scheduler| {
            let reactor = Arc::clone(&scheduler.company().reactor);
            let fd = self.object.as_raw_fd();
            let registered = reactor.register(&mut SourceFd(&fd), self.interest, ready, self.is_owner);
            if reactor.is_untold() {
                scheduler.tell_worker();
            }
            Ok(Registration { key: registered?, reactor })
        });
        registered.unwrap_or_else(|missing| {
            let missing = TryCurrentError::from(missing);
            Err(io::Error::other(format!("waiting for a socket: {missing}")))
        })
    }

    /// Gives the object back, of which no driver knows any more.
    pub(crate) fn into_inner(self) -> io::Result<S> {
        let Source { mut registration, object, .. } = self;
        if let Some(registration) = registration.take() {
            let fd = object.as_raw_fd();
            registration.reactor.deregister(&mut SourceFd(&fd))?;
        }
        Ok(object)
    }

    /// Does `op` as soon as it need not wait. Of those who wait in one direction, the last is woken.
    pub(crate) fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        op: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.poll_until(cx, direction, op, |_| false)
    }

    /// As [`poll_io`](Source::poll_io), for a stream of bytes and an `op` that moves up to `room` of them. When it moved
    /// some and fewer, the system has no more just now, and the next call waits without asking it.
    pub(crate) fn poll_stream(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        room: usize,
        op: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.poll_until(cx, direction, op, |&moved| moved != 0 && moved < room)
    }

    /// `was_last`: by its answer, the next `op` would have to wait.
    fn poll_until<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut op: impl FnMut(&S) -> io::Result<R>,
        was_last: impl FnOnce(&R) -> bool,
    ) -> Poll<io::Result<R>> {
        let share = ready!(coop::poll_proceed(cx));
        for _ in 0..VAIN {
            let seen = match self.registration.get() {
                None => None,
                Some(registration) => {
                    let seen = ready!(registration.poll(direction.side(), direction.flags(), cx.waker()))?;
                    Some((registration, seen))
                }
            };
            match op(&self.object) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.blocked(seen, direction)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => {
                    if let (Some((registration, seen)), Ok(answer)) = (seen, &result)
                        && was_last(answer)
                    {
                        // What has ended stays so.
                        registration.clear(seen, direction.flags() & (READABLE | WRITABLE));
                    }
                    share.made_progress();
                    return Poll::Ready(result);
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// An operation found nothing: the source is not ready, as far as it was `seen`, or is to be registered.
    fn blocked(&self, seen: Option<(&Registration, Readiness)>, direction: Direction) -> io::Result<()> {
        match seen {
            Some((registration, seen)) => registration.clear(seen, direction.flags() | ERROR),
            // The other direction is taken to be ready: its first operation will see.
            None => drop(self.registered(match direction {
                Direction::Read => WRITABLE,
                Direction::Write => READABLE,
            })?),
        }
        Ok(())
    }

    /// Waits until it is ready for some of `interest`. Any number of tasks may.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        let (_, seen) = self.seen(interest).await?;
        let ready = Ready::from_bits(seen.flags());
        Ok(ready.intersection(interest) | (ready & Ready::ERROR))
    }

    async fn seen(&self, interest: Interest) -> io::Result<(&Registration, Readiness)> {
        let registration = self.registered(0)?;
        let mut waits = Waits { registration, waiting: None };
        let flags = Ready::from_interest(interest).bits();
        let seen = poll_fn(|cx| {
            let share = ready!(coop::poll_proceed(cx));
            let seen = ready!(waits.poll(flags, cx.waker()));
            share.made_progress();
            Poll::Ready(registration.alive(seen))
        });
        Ok((registration, seen.await?))
    }

    /// As [`poll_io`](Source::poll_io), for any number of tasks at once.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, `op` has done nothing.
    pub(crate) async fn io<R>(
        &self,
        interest: Interest,
        mut op: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        poll_fn(|cx| coop::poll_proceed(cx).map(coop::RestoreOnPending::made_progress)).await;
        if self.registration.get().is_none() {
            match op(&self.object) {
                Err(error) if is_to_retry(&error) => {}
                result => return result,
            }
        }
        let mut vain = 0;
        loop {
            let (registration, seen) = self.seen(interest).await?;
            match op(&self.object) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    registration.clear(seen, Ready::from_interest(interest).bits() | ERROR);
                    vain += 1;
                    if vain % VAIN == 0 {
                        yield_now().await;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Waits as the only one of its direction.
    pub(crate) fn poll_ready(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<io::Result<()>> {
        let share = ready!(coop::poll_proceed(cx));
        let registration = self.registered(0)?;
        ready!(registration.poll(direction.side(), direction.flags(), cx.waker()))?;
        share.made_progress();
        Poll::Ready(Ok(()))
    }

    /// Does `op` once, if the source is not known to be unready.
    ///
    /// # Errors
    /// Of the kind `WouldBlock`, if it is, or `op` finds that it is.
    pub(crate) fn try_io<R>(
        &self,
        interest: Interest,
        op: impl FnOnce(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        let flags = Ready::from_interest(interest).bits();
        let Some(registration) = self.registration.get() else { return op(&self.object) };
        let seen = registration.alive(registration.readiness())?;
        if !seen.has_any(flags) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let result = op(&self.object);
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
            registration.clear(seen, flags | ERROR);
        }
        result
    }
}

fn is_to_retry(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// One of any number that wait.
struct Waits<'a> {
    registration: &'a Registration,
    waiting: Option<Waiting>,
}

impl Waits<'_> {
    fn poll(&mut self, flags: u8, waker: &Waker) -> Poll<Readiness> {
        let seen = self.registration.readiness();
        if seen.has_any(flags) {
            return Poll::Ready(seen);
        }
        let Registration { reactor, key } = self.registration;
        reactor
            .resources()
            .wait_among(*key, &mut self.waiting, flags, waker)
            .map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.registration.reactor.resources().forget(self.registration.key, waiting);
        }
    }
}

impl<S: AsRawFd> Deref for Source<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.object
    }
}

impl<S: AsRawFd + fmt::Debug> fmt::Debug for Source<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}

#[cfg(test)]
mod tests;
