//! A rest between accepts that fail because the system has no room: whoever loops over them must not spin.

use crate::context;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Duration, Instant, Mutex, lock};
use crate::time::{Sleep, sleep};
use rustix::io::Errno;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// How long a listener rests.
const REST: Duration = Duration::from_millis(100);

/// What lacks may come back at any moment, and says nothing when it does.
const NO_ROOM: [Errno; 4] = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];

/// Until when a listener rests. The error that begins it is answered at once; the next accept waits.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    /// So that who never failed takes no lock.
    rests: AtomicBool,
    /// By the machine's clock: files do not come back sooner because a test's clock jumps.
    until: Mutex<Option<Instant>>,
    /// That of whoever polls. Who awaits has one in the future.
    polled: Mutex<Option<Polled>>,
}

/// The wait of whoever polls for the end of one rest.
#[derive(Debug)]
struct Polled {
    until: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Backoff {
    /// Takes note of what an accept answered.
    pub(super) fn note<R>(&self, answer: &io::Result<R>) {
        match answer {
            Err(error) if is_no_room(error) => {
                *lock(&self.until) = Some(Instant::now() + REST);
                self.rests.store(true, Ordering::Release);
            }
            _ if self.rests.load(Ordering::Relaxed) => self.end(),
            _ => {}
        }
    }

    fn end(&self) {
        *lock(&self.until) = None;
        self.rests.store(false, Ordering::Relaxed);
    }

    /// Until when it rests, and how long that is still. Where no timer is, nobody rests: the accept says what is wrong there.
    fn left(&self) -> Option<(Instant, Duration)> {
        if !self.rests.load(Ordering::Acquire) {
            return None;
        }
        let until = (*lock(&self.until))?;
        let left = until.saturating_duration_since(Instant::now());
        let has_timers = context::runtime(|here| !here.company().timers.is_closed()).unwrap_or(false);
        (!left.is_zero() && has_timers).then_some((until, left))
    }

    /// Waits for the end of the rest.
    ///
    /// # Cancel safety
    /// If the future is dropped, the next one waits for what is left.
    pub(super) async fn rest(&self) {
        if let Some((_, left)) = self.left() {
            sleep(left).await;
        }
    }

    /// As [`rest`](Self::rest). Of several tasks that poll, the last one is woken.
    pub(super) fn poll_rest(&self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.rests.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        // Not under the lock: wakers are cloned and dropped.
        let kept = lock(&self.polled).take();
        let Some((until, left)) = self.left() else { return Poll::Ready(()) };
        let mut own = match kept {
            Some(kept) if kept.until == until => kept,
            _ => Polled { until, sleep: Box::pin(sleep(left)) },
        };
        let polled = own.sleep.as_mut().poll(cx);
        if polled.is_pending() {
            let other = lock(&self.polled).replace(own);
            drop(other);
        }
        polled
    }

    /// An accept that rests first, if it has to.
    pub(super) fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        accept: impl FnOnce(&mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        ready!(self.poll_rest(cx));
        let accepted = ready!(accept(cx));
        self.note(&accepted);
        Poll::Ready(accepted)
    }
}

fn is_no_room(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|number| NO_ROOM.iter().any(|errno| errno.raw_os_error() == number))
}
