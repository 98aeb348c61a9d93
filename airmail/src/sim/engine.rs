//! The decisions of a simulation: who is next, and what goes wrong.

use super::faults::Faults;
use super::relay;
use super::rng::Rng;
use super::state::{Held, Known, Posted, Shared, Stop, Until, number};
use super::tape::Tape;
use super::trace::Event;
use crate::local::pick::Pick;
use crate::task::AbortHandle;
use crate::timers::{Entry, nanos};
use airmail_core::{Runnable, wake_for_nothing};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// A late wake is late by so many polls at most, or by so many milliseconds.
pub(super) const LATEST: usize = 8;
/// So many tasks are aborted in a run at most.
const MOST_ABORTS: u32 = 3;

/// Makes the decisions.
pub(super) struct Engine {
    shared: Arc<Shared>,
    faults: Faults,
    tape: Tape,
    strategy: Box<dyn Pick>,
    rng: Rng,
    /// In some polls it is noted who keeps a waker.
    diagnoses: bool,
    /// The task that was picked last.
    picked: u32,
    /// Something may be disturbed after its poll.
    disturbs: bool,
    /// Times that the clock is to show, whoever waits for them.
    alarms: Vec<Pin<Box<Entry>>>,
}

impl Engine {
    pub(super) fn new(shared: Arc<Shared>, tape: Tape, strategy: Box<dyn Pick>) -> Engine {
        let rng = Rng::new(shared.rules.seed, 4);
        let diagnoses = !shared.state().diagnosed.is_empty();
        Engine {
            faults: shared.rules.faults,
            diagnoses,
            shared,
            tape,
            strategy,
            rng,
            picked: 0,
            alarms: Vec::new(),
            disturbs: false,
        }
    }

    /// Wakes that were posted since the last time take effect, or are held back.
    fn deliver(&mut self) {
        let (mut posted, polls) = {
            let mut state = self.shared.state();
            if state.posted.is_empty() && state.held.is_empty() {
                return;
            }
            (std::mem::take(&mut state.posted), state.polls)
        };
        if self.faults.reorder {
            for last in (1..posted.len()).rev() {
                // 0 leaves it where it is.
                let from = last - self.tape.decide(last + 1, || self.rng.below(last + 1));
                posted.swap(last, from);
            }
        }
        let now = self.shared.now();
        for wake in posted {
            let at = self.tape.position();
            match self.lateness() {
                0 => self.shared.deliver(wake),
                late @ 1..=LATEST => {
                    self.shared.state().trace.push(Event::Late { polls: late as u32, at });
                    self.hold(Until::Polls(polls + late as u64), wake);
                }
                late => {
                    let millis = (late - LATEST) as u32;
                    self.shared.state().trace.push(Event::LateTime { millis, at });
                    let time = now + Duration::from_millis(millis.into());
                    // So that time jumps there.
                    self.jump_to(time);
                    self.hold(Until::Time(time), wake);
                }
            }
        }
        let due = |held: &mut Held| match held.until {
            Until::Polls(at) => at <= polls,
            Until::Time(at) => at <= now,
        };
        let due: Vec<_> = self.shared.state().held.extract_if(.., due).collect();
        due.into_iter().for_each(|held| self.shared.deliver(held.wake));
    }

    /// Time is to come by there.
    fn jump_to(&mut self, time: Instant) {
        self.alarms.retain(|alarm| alarm.is_armed());
        let mut alarm = Box::pin(Entry::new());
        if let Some(wheel) = self.shared.timers().wheel(0) {
            // At the end no time passes any more.
            let _ = wheel.arm(alarm.as_mut(), nanos(time), nanos(self.shared.now()), Waker::noop());
        }
        self.alarms.push(alarm);
    }

    fn hold(&self, until: Until, wake: Posted) {
        self.shared.state().held.push(Held { until, wake });
    }

    /// 0: in time; up to [`LATEST`]: by so many polls; up to twice that: by so many milliseconds more.
    fn lateness(&mut self) -> usize {
        let (rng, late) = (&mut self.rng, self.faults.late);
        if late == 0 {
            return 0;
        }
        let choose = || if rng.chance(late) { 1 + rng.below(2 * LATEST) } else { 0 };
        self.tape.decide(2 * LATEST + 1, choose)
    }

    /// A waiting task is woken for nothing, or a task is aborted where it is, if chance will have it.
    fn disturb(&mut self) {
        let faults = self.faults;
        let at = self.tape.position();
        if self.happens(faults.spurious) {
            let waiting = self.shared.state().alive().filter(|(_, task, _)| task.waiting).map(who).collect();
            if let Some((task, handle)) = self.one_of(waiting) {
                let mut state = self.shared.state();
                state.trace.push(Event::Spurious { task, at });
                state.task(task).for_nothing = true;
                drop(state);
                wake_for_nothing(&handle);
            }
        }
        let at = self.tape.position();
        if faults.drops > 0 && self.shared.state().aborted < MOST_ABORTS && self.happens(faults.drops) {
            let alive = self.shared.state().alive().map(who).collect();
            if let Some((task, handle)) = self.one_of(alive) {
                let mut state = self.shared.state();
                state.aborted += 1;
                state.trace.push(Event::Aborted { task, at });
                drop(state);
                handle.abort();
            }
        }
    }

    fn happens(&mut self, per_mille: u16) -> bool {
        let rng = &mut self.rng;
        per_mille > 0 && self.tape.decide(2, || usize::from(rng.chance(per_mille))) == 1
    }

    fn one_of(&mut self, mut tasks: Vec<(u32, AbortHandle)>) -> Option<(u32, AbortHandle)> {
        let rng = &mut self.rng;
        let chosen = self.tape.decide(tasks.len(), || rng.below(tasks.len()));
        (chosen < tasks.len()).then(|| tasks.swap_remove(chosen))
    }
}

fn who((task, _, handle): (u32, &Known, AbortHandle)) -> (u32, AbortHandle) {
    (task, handle)
}

impl Pick for Engine {
    fn prepare(&mut self) {
        self.strategy.prepare();
        self.deliver();
        // Once for each poll: a look that finds nothing ready is followed by another one. Not after a poll for
        // nothing, so that these come to an end: time stands still as long as they go on.
        if std::mem::take(&mut self.disturbs) {
            self.disturb();
        }
    }

    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize {
        let Engine { tape, strategy, .. } = self;
        let at = tape.position();
        let place = if ready.len() > 1 {
            tape.decide(ready.len(), || strategy.pick(ready))
        } else {
            // Nothing to decide, but a strategy is told of every poll.
            strategy.pick(ready);
            0
        };
        let Some(task) = ready.get(place).or(ready.back()) else { return place };
        self.picked = number(task.id());
        let (now, start) = (self.shared.now(), self.shared.start());
        let mut state = self.shared.state();
        state.time_is(now, start);
        if place != 0 {
            state.trace.push(Event::Picked { task: self.picked, at, place: place as u32 });
        }
        state.polls += 1;
        let endless = state.polls > self.shared.rules.max_polls;
        let polls = state.polls;
        let known = state.task(self.picked);
        known.polls += 1;
        known.last_poll = polls;
        known.waiting = false;
        known.handle.get_or_insert_with(|| task.abort_handle());
        self.disturbs = !std::mem::take(&mut known.for_nothing);
        drop(state);
        if endless {
            self.shared.stop(Stop::Endless);
        }
        place
    }

    fn waker(&mut self, own: &Waker) -> Option<Waker> {
        let theirs = self.strategy.waker(own);
        let needed = self.faults.need_relays() || (self.diagnoses && self.shared.state().is_diagnosed());
        if needed {
            return Some(relay::waker(&self.shared, self.picked, theirs.as_ref().unwrap_or(own)));
        }
        theirs
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.state().deviations = std::mem::take(&mut self.tape).into_deviations();
    }
}
