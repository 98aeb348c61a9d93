//! For those who do their operations elsewhere, and say later what they found: `AsyncFd`.

use super::{Direction, Source};
use crate::io::{Interest, Ready};
use crate::task::coop;
use airmail_core::ready::{READ_CLOSED, Readiness, WRITE_CLOSED};
use std::io;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll, ready};

/// What a source was ready for at some moment.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    at: Readiness,
    ready: Ready,
}

impl Seen {
    pub(crate) fn ready(self) -> Ready {
        self.ready
    }

    /// What is left without `ready`, if anything.
    pub(crate) fn without(self, ready: Ready) -> Option<Seen> {
        let left = self.ready - ready;
        (!left.is_empty()).then_some(Seen { ready: left, ..self })
    }

    fn of(at: Readiness, interest: Interest) -> Seen {
        let ready = Ready::from_bits(at.flags());
        Seen { at, ready: ready.intersection(interest) | (ready & Ready::ERROR) }
    }
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.ready.fmt(f)
    }
}

impl<S: AsRawFd> Source<S> {
    /// As [`ready`](Source::ready).
    pub(crate) async fn ready_seen(&self, interest: Interest) -> io::Result<Seen> {
        let (_, at) = self.seen(interest).await?;
        Ok(Seen::of(at, interest))
    }

    /// As [`poll_ready`](Source::poll_ready).
    pub(crate) fn poll_seen(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<io::Result<Seen>> {
        let share = ready!(coop::poll_proceed(cx));
        let registration = self.registered(0)?;
        let at = ready!(registration.poll(direction.side(), direction.flags(), cx.waker()))?;
        share.made_progress();
        let interest = match direction {
            Direction::Read => Interest::READABLE,
            Direction::Write => Interest::WRITABLE,
        };
        Poll::Ready(registration.alive(at).map(|at| Seen::of(at, interest)))
    }

    /// It is not ready for `ready` any more, unless something happened since it was `seen`.
    pub(crate) fn clear(&self, seen: Seen, ready: Ready) {
        if let Some(registration) = self.registration.get() {
            // What has ended does not begin again.
            registration.clear(seen.at, ready.bits() & !(READ_CLOSED | WRITE_CLOSED));
        }
    }
}
