//! A wheel as its runtime has it, and as others may keep it.

use super::entry::{Closed, Entry, Shared};
use super::pool;
use std::fmt;
use std::pin::Pin;
use std::task::Waker;

/// A wheel of timers: of a worker, or of a runtime.
///
/// The wheel itself lives for ever, so that a timer needs to hold nothing; dropping this leaves it, empty, to the next.
#[derive(Debug)]
pub struct Timers(Remote);

/// A wheel as anybody may keep it: it is of no use any more when its [`Timers`] are gone.
#[derive(Clone, Copy)]
pub struct Remote {
    wheel: &'static Shared,
    tenancy: u32,
}

impl PartialEq for Remote {
    fn eq(&self, other: &Remote) -> bool {
        std::ptr::eq(self.wheel, other.wheel) && self.tenancy == other.tenancy
    }
}

impl Eq for Remote {}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("tenancy", &self.tenancy).finish_non_exhaustive()
    }
}

impl Remote {
    /// As [`Timers::arm`].
    ///
    /// # Errors
    /// If the wheel is closed, or another runtime's by now.
    #[inline]
    pub fn arm(self, entry: Pin<&mut Entry>, deadline: u64, now: u64, waker: &Waker) -> Result<bool, Closed> {
        entry.arm_in(self.wheel, self.tenancy, deadline, now, waker)
    }
}

impl Default for Timers {
    fn default() -> Timers {
        Timers::new()
    }
}

impl Timers {
    /// An empty wheel.
    pub fn new() -> Timers {
        let wheel = pool::take();
        Timers(Remote { wheel, tenancy: wheel.open() })
    }

    /// For who keeps it.
    #[inline]
    pub fn remote(&self) -> Remote {
        self.0
    }

    /// Whom [`Entry::ring`] wakes.
    pub fn set_bell(&self, bell: Waker) {
        drop(self.0.wheel.set_bell(Some(bell)));
    }

    /// Arms a timer. It belongs to this wheel until it has fired or is cancelled, or armed anew. `now` is a time that is not
    /// after any deadline that has not fired. `Ok(true)`: no other timer of the wheel is due as early.
    ///
    /// # Errors
    /// If the wheel is closed.
    pub fn arm(
        &self,
        entry: Pin<&mut Entry>,
        deadline: u64,
        now: u64,
        waker: &Waker,
    ) -> Result<bool, Closed> {
        self.0.arm(entry, deadline, now, waker)
    }

    /// No timer is due before this: the first deadline, or, where many are near, a little before it. [`NEVER`](super::NEVER): there is
    /// none.
    #[inline]
    pub fn next(&self) -> u64 {
        self.0.wheel.next()
    }

    /// After timers were cancelled, [`next`](Timers::next) stays as it was until it has come. This looks anew: for who is about
    /// to wait, and does so for nobody else's timers.
    pub fn refresh(&self) {
        self.0.wheel.refresh();
    }

    /// The first deadline; between two calls of [`fire`](Timers::fire) that said there is more, a time that is not after it.
    pub fn exact_next(&self) -> u64 {
        self.0.wheel.exact_next()
    }

    /// Fires some of the timers that are due at `now`. Their wakers come out without a lock. `true`: there may be more.
    ///
    /// If `wake` panics, the others that came out with that waker are dropped, and nobody wakes them: it should not.
    #[inline]
    pub fn fire(&self, now: u64, wake: impl FnMut(Waker)) -> bool {
        self.next() <= now && {
            let (due, more) = self.0.wheel.take_due(now);
            due.into_iter().flatten().for_each(wake);
            more
        }
    }

    /// No timer is armed any more. Those that are stay so.
    pub fn close(&self) {
        self.0.wheel.close();
    }

    /// It is closed.
    pub fn is_closed(&self) -> bool {
        self.0.wheel.is_closed()
    }

    /// Fires all timers, whenever they are due.
    pub fn fire_all(&self, mut wake: impl FnMut(Waker)) {
        loop {
            let any = self.0.wheel.take_any();
            let last = any.iter().any(Option::is_none);
            any.into_iter().flatten().for_each(&mut wake);
            if last {
                return;
            }
        }
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.close();
        self.fire_all(drop);
        drop(self.0.wheel.set_bell(None));
        pool::give(self.0.wheel);
    }
}
