//! A source as the driver and its users share it: what it is ready for, and who waits for it.

use super::word::{ERROR, GONE, PRIORITY, READ_CLOSED, READABLE, Readiness, WRITABLE, WRITE_CLOSED};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};
use std::num::NonZeroU64;
use std::task::Waker;

/// For whoever reads.
pub const TO_READ: u8 = READABLE | READ_CLOSED;
/// For whoever writes.
pub const TO_WRITE: u8 = WRITABLE | WRITE_CLOSED;

/// The places for one waiter each: the last that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Woken when there is something to read.
    Reader,
    /// Woken when there is room to write.
    Writer,
}

impl Side {
    /// What it waits for.
    pub const fn flags(self) -> u8 {
        match self {
            Side::Reader => TO_READ,
            Side::Writer => TO_WRITE,
        }
    }
}

/// One of any number of waiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting(NonZeroU64);

/// A place for a source. It is never freed while its table lives, and has one source after another.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Resource {
    state: AtomicU64,
    waiters: Mutex<Waiters>,
}

#[derive(Debug, Default)]
struct Waiters {
    reader: Option<Waker>,
    writer: Option<Waker>,
    others: Vec<(NonZeroU64, u8, Waker)>,
    /// The last number that one of the others got. It never goes back, since one that was woken still has its own.
    last: u64,
}

impl Waiters {
    fn side(&mut self, side: Side) -> &mut Option<Waker> {
        match side {
            Side::Reader => &mut self.reader,
            Side::Writer => &mut self.writer,
        }
    }

    /// Takes out those who wait for any of these.
    fn take(&mut self, flags: u8, mut out: impl FnMut(Waker)) {
        // An error ends every wait: the next operation answers it.
        let reads = flags & (TO_READ | ERROR | PRIORITY | GONE) != 0;
        let writes = flags & (TO_WRITE | ERROR | GONE) != 0;
        self.reader.take_if(|_| reads).into_iter().for_each(&mut out);
        self.writer.take_if(|_| writes).into_iter().for_each(&mut out);
        let due = self.others.extract_if(.., |(_, wanted, _)| flags & (*wanted | ERROR | GONE) != 0);
        due.for_each(|(_, _, waker)| out(waker));
    }
}

impl Resource {
    pub(crate) fn new() -> Resource {
        Resource { state: AtomicU64::new(Readiness::FIRST.bits()), waiters: Mutex::new(Waiters::default()) }
    }

    fn waiters(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What the source is ready for. `Acquire` pairs with `change`: what came before an event is seen after it.
    pub(crate) fn readiness(&self) -> Readiness {
        Readiness::from_bits(self.state.load(Ordering::Acquire))
    }

    fn change(&self, next: impl Fn(Readiness) -> Option<Readiness>) -> Result<Readiness, Readiness> {
        let next = |bits| next(Readiness::from_bits(bits)).map(Readiness::bits);
        let before = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
        before.map(Readiness::from_bits).map_err(Readiness::from_bits)
    }

    /// Another source has the place from now on, taken to be ready for this. Answers its generation.
    pub(crate) fn begin(&self, flags: u8) -> u32 {
        let before = self.change(|word| Some(word.begin(flags)));
        before.map_or(0, |word| word.begin(flags).generation())
    }

    /// The source is gone, and nobody waits for it any more.
    pub(crate) fn end(&self) {
        let _ = self.change(|word| Some(word.end()));
        // Their drops are foreign code: after the lock.
        let mut waiters = self.waiters();
        let last = waiters.last;
        let left = std::mem::replace(&mut *waiters, Waiters { last, ..Waiters::default() });
        drop(waiters);
        drop(left);
    }

    /// Something happened to the source of `generation`. Those who wait for it come out, to be woken when no lock is held.
    pub(crate) fn event(&self, generation: u32, flags: u8, out: impl FnMut(Waker)) {
        if self.change(|word| word.event(generation, flags)).is_ok() {
            // Whoever waits had the lock before, or finds the flags.
            self.waiters().take(flags, out);
        }
    }

    /// An operation that began when it was `seen` found nothing. `false`: something happened since, so try again.
    pub(crate) fn clear(&self, seen: Readiness, flags: u8) -> bool {
        self.change(|word| word.clear(seen, flags)).is_ok()
    }

    /// `Some`: there is no need to wait. Otherwise the waker is called at the next event, in place of the last one of this
    /// side.
    pub(crate) fn wait(&self, side: Side, flags: u8, waker: &Waker) -> Option<Readiness> {
        // Foreign code: neither the clone nor the old one's drop under the lock.
        let mut new = None;
        loop {
            let mut waiters = self.waiters();
            let seen = self.readiness();
            if seen.has_any(flags) {
                return Some(seen);
            }
            let place = waiters.side(side);
            if place.as_ref().is_some_and(|old| old.will_wake(waker)) {
                return None;
            }
            if new.is_some() {
                std::mem::swap(place, &mut new);
                drop(waiters);
                return None;
            }
            drop(waiters);
            new = Some(waker.clone());
        }
    }

    /// As [`wait`](Resource::wait), for one of any number of waiters, each of which [forgets](Resource::forget) in the end.
    pub(crate) fn wait_among(
        &self,
        waiting: &mut Option<Waiting>,
        flags: u8,
        waker: &Waker,
    ) -> Option<Readiness> {
        let waker = waker.clone();
        let mut waiters = self.waiters();
        let seen = self.readiness();
        if seen.has_any(flags | ERROR) {
            return Some(seen);
        }
        let Waiters { others, last, .. } = &mut *waiters;
        let place = waiting.and_then(|Waiting(id)| others.iter_mut().find(|(other, ..)| *other == id));
        let old = if let Some((_, wanted, old)) = place {
            *wanted = flags;
            Some(std::mem::replace(old, waker))
        } else {
            let id = NonZeroU64::MIN.saturating_add(*last);
            *last = id.get();
            others.push((id, flags, waker));
            *waiting = Some(Waiting(id));
            None
        };
        drop(waiters);
        drop(old);
        None
    }

    /// This one waits no more.
    pub(crate) fn forget(&self, Waiting(id): Waiting) {
        let mut waiters = self.waiters();
        let others = &mut waiters.others;
        let place = others.iter().position(|(other, ..)| *other == id);
        let left = place.map(|place| others.swap_remove(place));
        // Most sources never have such waiters again: their memory is given back.
        let memory = if others.is_empty() { std::mem::take(others) } else { Vec::new() };
        drop(waiters);
        drop((left, memory));
    }
}
