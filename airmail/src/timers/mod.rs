//! Who is to be woken when: the timers of a runtime, in a wheel for each worker, and the clock that they go by.

mod clock;
#[cfg(test)]
mod tests;

pub(crate) use clock::any_unreal;

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Duration, Instant, Mutex, MutexGuard, lock, origin};
use airmail_core::timer::{NEVER, Timers as Wheel};
use clock::Clock;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

pub(crate) use airmail_core::timer::{Entry, Remote};

/// A wheel fires so many batches at a time (of a wheel's own size) before other tasks have their turn.
const BATCHES: usize = 64;

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

    /// As a wheel has it.
    pub(crate) fn nanos(self) -> u64 {
        match self {
            Deadline::At(time) => nanos(time),
            Deadline::Never => NEVER,
        }
    }
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

/// A runtime's clock and timers: a wheel for each worker.
///
/// Nobody is told of what is armed, cancelled or moved here: see `local::timing`.
#[derive(Debug)]
pub(crate) struct Timers {
    wheels: Box<[Wheel]>,
    state: Mutex<State>,
    /// The clock is the machine's. Written under the lock.
    real: AtomicBool,
    /// Time is simulated: it never runs.
    simulated: bool,
    /// Until when somebody waits in the driver: it need not hear of later timers.
    waited: AtomicU64,
}

#[derive(Debug)]
struct State {
    clock: Clock,
    /// How many hold a paused clock: it does not jump meanwhile.
    holds: usize,
}

/// Of those who use the timers of others.
impl Default for Timers {
    fn default() -> Timers {
        Timers::new(0, Clock::Real, false)
    }
}

impl Timers {
    fn new(wheels: usize, clock: Clock, simulated: bool) -> Timers {
        Timers {
            wheels: (0..wheels).map(|_| Wheel::new()).collect(),
            state: Mutex::new(State { clock, holds: 0 }),
            real: AtomicBool::new(clock.is_real()),
            simulated,
            waited: AtomicU64::new(NEVER),
        }
    }

    /// With the machine's clock, for so many workers.
    pub(crate) fn real(workers: usize) -> Timers {
        Timers::new(workers, Clock::Real, false)
    }

    /// With a clock that stands still, for one worker.
    pub(crate) fn paused() -> Timers {
        Timers::new(1, Clock::paused(), false)
    }

    /// With a clock that stands still for ever, and shows the same time in every simulation of this process.
    pub(crate) fn simulated() -> Timers {
        Timers::new(1, Clock::simulated(), true)
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

    /// The wheel of the worker in this place (or of one that has it too). `None`: these are nobody's timers.
    #[inline]
    pub(crate) fn wheel(&self, place: usize) -> Option<Remote> {
        self.wheels.get(place % self.wheels.len().max(1)).map(Wheel::remote)
    }

    /// Whom to wake for a timer that a thread of elsewhere arms.
    pub(crate) fn set_bell(&self, bell: &Waker) {
        self.wheels.iter().for_each(|wheel| wheel.set_bell(bell.clone()));
    }

    /// What to wait for when nothing is ready.
    #[inline]
    pub(crate) fn wait(&self) -> Wait {
        match self.next() {
            NEVER => Wait::World,
            first if self.is_real() => Wait::Until(instant(first)),
            _ => self.wait_unreal(),
        }
    }

    /// No timer is due before this.
    #[inline(always)]
    fn next(&self) -> u64 {
        self.wheels.iter().map(Wheel::next).min().unwrap_or(NEVER)
    }

    /// Before a wait for timers that nobody else arms: those that were cancelled are not waited for.
    pub(crate) fn refresh(&self) {
        self.wheels.iter().for_each(Wheel::refresh);
    }

    /// There is a timer.
    pub(crate) fn are_armed(&self) -> bool {
        self.next() != NEVER
    }

    fn wait_unreal(&self) -> Wait {
        let state = self.state();
        match self.first() {
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

    /// The first deadline that comes at all.
    fn first(&self) -> Option<Instant> {
        let first = self.wheels.iter().map(Wheel::exact_next).min()?;
        (first != NEVER).then(|| instant(first))
    }

    /// Somebody begins to wait in the driver: for ever, until it has said [until when](Timers::waits_until). A full fence
    /// follows, and then a look at the timers.
    pub(crate) fn begins_to_wait(&self) {
        self.waited.store(NEVER, Ordering::Relaxed);
    }

    /// Who waits in the driver does so until then.
    pub(crate) fn waits_until(&self, until: Instant) {
        self.waited.store(nanos(until), Ordering::Relaxed);
    }

    /// Who waits in the driver, if anybody does, is to hear of a timer that is armed, with a full fence behind that.
    pub(crate) fn is_waited_past(&self, deadline: Deadline) -> bool {
        deadline.nanos() < self.waited.load(Ordering::Relaxed)
    }

    /// Wakes those whose deadline has come: as many as may be woken at once, in the order of deadlines for each worker.
    #[inline]
    pub(crate) fn fire_due(&self) {
        if self.are_armed() {
            self.fire_until(self.now(), BATCHES);
        }
    }

    /// Wakers are foreign code: they are called without the lock, and each one's panic is its own.
    #[cold]
    fn fire_until(&self, now: Instant, batches: usize) {
        for wheel in &self.wheels {
            for _ in 0..batches {
                if !wheel.fire(nanos(now), wake_caught) {
                    break;
                }
            }
        }
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
        self.fire_until(now, usize::MAX);
        Ok(())
    }

    /// Moves a clock that stands still to the first deadline, unless somebody holds it.
    pub(crate) fn jump(&self) {
        let mut state = self.state();
        if let Some(first) = self.first()
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
        self.wheels.iter().for_each(Wheel::close);
    }

    /// Nothing can be armed any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.wheels.iter().any(Wheel::is_closed)
    }

    /// Wakes whoever still waits for closed timers, so that it hears of it.
    pub(crate) fn wake_left_over(&self) {
        self.wheels.iter().for_each(|wheel| wheel.fire_all(wake_caught));
    }
}

/// A time as a wheel has it. (The last of them is 584 years away.)
pub(crate) fn nanos(time: Instant) -> u64 {
    let since = time.saturating_duration_since(origin());
    u64::try_from(since.as_nanos()).unwrap_or(NEVER)
}

fn instant(nanos: u64) -> Instant {
    origin() + Duration::from_nanos(nanos)
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
