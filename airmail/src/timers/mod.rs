//! Who is to be woken when: one set of timers for each runtime, with the clock that they go by.

mod clock;
#[cfg(test)]
mod tests;

pub(crate) use clock::any_unreal;

use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Duration, Instant, Mutex, MutexGuard, lock};
use clock::Clock;
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// How many wakers are taken out under one lock.
const BATCH: usize = 32;

/// When a timer fires. In the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    At(Instant),
    /// Later than an [`Instant`] can say.
    Never,
}

impl Deadline {
    /// `after` from `start`.
    pub(crate) fn after(start: Instant, after: Duration) -> Deadline {
        start.checked_add(after).map_or(Deadline::Never, Deadline::At)
    }

    pub(crate) fn is_due(self, now: Instant) -> bool {
        self <= Deadline::At(now)
    }
}

/// A timer. Those of the same deadline fire in the order in which they were armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) deadline: Deadline,
    number: NonZeroU64,
}

/// What an executor with nothing to do waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Whatever happens: there is no deadline, or it does not come nearer by waiting.
    World,
    /// That, and for the machine's clock to show this.
    Until(Instant),
    /// Nothing: the clock stands still, and may [jump](Timers::jump).
    Jump,
}

/// Why a clock was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CannotMove {
    /// It is not paused.
    Runs,
    /// An [`Instant`] does not go that far.
    TooFar,
}

/// A runtime's clock and timers.
///
/// Nobody is told of what is armed, cancelled or moved here: see `local::timing`.
#[derive(Debug)]
pub(crate) struct Timers {
    state: Mutex<State>,
    /// How many timers there are. Written under the lock; while it is 0, nobody takes the lock or reads a clock.
    armed: AtomicUsize,
    /// The clock is the machine's. Written under the lock.
    real: AtomicBool,
    /// Time is simulated: it never runs.
    simulated: bool,
}

#[derive(Debug)]
struct State {
    clock: Clock,
    timers: BTreeMap<Key, Waker>,
    last: NonZeroU64,
    /// How many hold a paused clock: it does not jump meanwhile.
    holds: usize,
    closed: bool,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers::real()
    }
}

impl Timers {
    fn new(clock: Clock, simulated: bool) -> Timers {
        let state = State { clock, timers: BTreeMap::new(), last: NonZeroU64::MIN, holds: 0, closed: false };
        Timers {
            state: Mutex::new(state),
            armed: AtomicUsize::new(0),
            real: AtomicBool::new(clock.is_real()),
            simulated,
        }
    }

    /// With the machine's clock.
    pub(crate) fn real() -> Timers {
        Timers::new(Clock::Real, false)
    }

    /// With a clock that stands still.
    pub(crate) fn paused() -> Timers {
        Timers::new(Clock::paused(), false)
    }

    /// With a clock that stands still for ever, and shows the same time in every simulation of this process.
    pub(crate) fn simulated() -> Timers {
        Timers::new(Clock::simulated(), true)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> Instant {
        if self.is_real() { Instant::now() } else { self.state().clock.now() }
    }

    /// The clock is the machine's, and was never paused.
    pub(crate) fn is_real(&self) -> bool {
        self.real.load(Ordering::Acquire)
    }

    /// A new timer, and whether it is the first to fire now. `None` if the timers are closed.
    pub(crate) fn arm(&self, deadline: Deadline, waker: &Waker) -> Option<(Key, bool)> {
        // Foreign code: before the lock.
        let waker = waker.clone();
        let mut state = self.state();
        if state.closed {
            // `waker` goes after the lock: it was there before.
            return None;
        }
        let armed = state.insert(deadline, waker);
        self.armed.store(state.timers.len(), Ordering::Release);
        Some(armed)
    }

    /// Another waker for a timer. `false` if it is not armed.
    pub(crate) fn update(&self, key: Key, waker: &Waker) -> bool {
        match self.state().timers.get(&key) {
            None => return false,
            Some(old) if old.will_wake(waker) => return true,
            Some(_) => {}
        }
        let mut waker = waker.clone();
        match self.state().timers.get_mut(&key) {
            None => return false,
            Some(old) => std::mem::swap(old, &mut waker),
        }
        // The old one goes after the lock.
        drop(waker);
        true
    }

    /// Another deadline for a timer, and whether it is the first to fire now. `None` if it is not armed.
    pub(crate) fn rearm(&self, key: Key, deadline: Deadline) -> Option<(Key, bool)> {
        let mut state = self.state();
        let waker = state.timers.remove(&key)?;
        Some(state.insert(deadline, waker))
    }

    /// A timer that need not fire, or has fired.
    pub(crate) fn cancel(&self, key: Key) {
        let mut state = self.state();
        let waker = state.timers.remove(&key);
        self.armed.store(state.timers.len(), Ordering::Release);
        drop(state);
        drop(waker);
    }

    /// What to wait for when nothing is ready.
    #[inline]
    pub(crate) fn wait(&self) -> Wait {
        if self.are_armed() { self.wait_armed() } else { Wait::World }
    }

    /// There is a timer. `Acquire` pairs with the stores under the lock.
    pub(crate) fn are_armed(&self) -> bool {
        self.armed.load(Ordering::Acquire) != 0
    }

    fn wait_armed(&self) -> Wait {
        let state = self.state();
        match state.first() {
            None => Wait::World,
            Some(_) if state.clock.is_paused() => {
                if state.holds == 0 {
                    Wait::Jump
                } else {
                    Wait::World
                }
            }
            Some(first) => state.clock.real_time_of(first).map_or(Wait::World, Wait::Until),
        }
    }

    /// Wakes those whose deadline has come, in the order of deadlines.
    #[inline]
    pub(crate) fn fire_due(&self) {
        if self.are_armed() {
            self.fire_until(self.now());
        }
    }

    /// Wakers are foreign code: they are called without the lock, and each one's panic is its own.
    #[cold]
    fn fire_until(&self, now: Instant) {
        loop {
            let due = self.take_due(now);
            let last = due[BATCH - 1].is_none();
            due.into_iter().flatten().for_each(wake_caught);
            if last {
                return;
            }
        }
    }

    fn take_due(&self, now: Instant) -> [Option<Waker>; BATCH] {
        let mut state = self.state();
        let due = std::array::from_fn(|_| state.pop_due(now));
        self.armed.store(state.timers.len(), Ordering::Release);
        due
    }

    /// Stops the clock. Does nothing if it stands still.
    pub(crate) fn pause(&self) {
        let mut state = self.state();
        state.clock = state.clock.pause();
        self.real.store(false, Ordering::Release);
    }

    /// Lets the clock run on. Does nothing if it runs. `false` if time is simulated.
    pub(crate) fn resume(&self) -> bool {
        if !self.simulated {
            let mut state = self.state();
            state.clock = state.clock.resume();
        }
        !self.simulated
    }

    /// Moves a clock that stands still, and wakes whoever is due.
    pub(crate) fn advance(&self, by: Duration) -> Result<(), CannotMove> {
        let now = {
            let mut state = self.state();
            if !state.clock.is_paused() {
                return Err(CannotMove::Runs);
            }
            state.clock = state.clock.moved(by).ok_or(CannotMove::TooFar)?;
            state.clock.now()
        };
        self.fire_until(now);
        Ok(())
    }

    /// Moves a clock that stands still to the first deadline, unless somebody holds it.
    pub(crate) fn jump(&self) {
        let mut state = self.state();
        if let Some(first) = state.first()
            && state.holds == 0
        {
            state.clock = state.clock.moved_to(first);
        }
    }

    /// A paused clock does not jump until [`release`](Timers::release): work is done elsewhere.
    pub(crate) fn hold(&self) {
        self.state().holds += 1;
    }

    /// Ends a [`hold`](Timers::hold). `true` if the clock may jump now.
    pub(crate) fn release(&self) -> bool {
        let mut state = self.state();
        state.holds -= 1;
        state.holds == 0 && state.clock.is_paused()
    }

    /// The runtime ends: nothing is armed from now on.
    pub(crate) fn close(&self) {
        self.state().closed = true;
    }

    /// Nothing can be armed any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Wakes whoever still waits for closed timers, so that it hears of it.
    pub(crate) fn wake_left_over(&self) {
        let left_over = std::mem::take(&mut self.state().timers);
        self.armed.store(0, Ordering::Release);
        left_over.into_values().for_each(wake_caught);
    }
}

impl State {
    fn insert(&mut self, deadline: Deadline, waker: Waker) -> (Key, bool) {
        self.last = self.last.checked_add(1).expect("fewer timers than 2⁶⁴");
        let key = Key { deadline, number: self.last };
        let first = self.timers.first_key_value().is_none_or(|(first, _)| key < *first);
        self.timers.insert(key, waker);
        (key, first)
    }

    /// The first deadline that comes at all.
    fn first(&self) -> Option<Instant> {
        match self.timers.first_key_value()?.0.deadline {
            Deadline::At(first) => Some(first),
            Deadline::Never => None,
        }
    }

    fn pop_due(&mut self, now: Instant) -> Option<Waker> {
        let first = self.timers.first_entry()?;
        first.key().deadline.is_due(now).then(|| first.remove())
    }
}

fn wake_caught(waker: Waker) {
    caught(|| waker.wake());
}

/// Calls somebody else's code, whose panic is not ours.
pub(crate) fn caught(code: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(code))
        // Its payload may panic too when it is dropped.
        && let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic)))
    {
        std::mem::forget(second);
    }
}
