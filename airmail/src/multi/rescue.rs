//! Workers that are in one poll for long, and what is done about it.
//!
//! Whoever watches looks at all workers every few milliseconds. A worker notes each poll that it begins, without a clock;
//! that it is in the same one at several looks takes as long as lies between them. What such a worker has is for the others
//! then. If there is something to do and nobody left to do it, a spare begins to work beside it; there is one worker too
//! many as soon as the late one goes on.

use super::remote::{Poll, Remote};
use super::scheduler::Scheduler;
use crate::stalls::Patience;
use crate::sync::atomic::Ordering;
use crate::sync::{Arc, Duration, Instant};
use airmail_core::TaskInfo;

/// Calls who watches, for a runtime that nobody watches.
pub(crate) type CallWatchdog = Box<dyn Fn() + Send + Sync>;

/// At so many looks in a row all workers have to rest before nobody looks any more.
const RESTS: u32 = 4;

/// What is remembered of the workers between two looks.
#[derive(Debug)]
pub(crate) struct Watch {
    patience: Patience,
    seen: Vec<Seen>,
    /// So many looks in a row nobody worked.
    rests: u32,
    /// It was told that nobody can stand in any more.
    told: bool,
}

/// What is remembered of a worker.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// In which poll it was, and since when. `None`: it did not work.
    poll: Option<(Poll, Instant)>,
    late: bool,
    stood_in_for: bool,
    reported: bool,
}

/// What a worker has done since the last look.
enum Since {
    /// It works, and is in the same poll for so long.
    Same(Poll, Duration),
    /// It has gone on, and was late before: so long.
    Over(Option<Duration>),
}

/// What a look found.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// Workers that are late since this look.
    pub(crate) begun: Vec<usize>,
    /// Who is to be reported.
    pub(crate) late: Vec<Late>,
    /// Workers that were late and have gone on, and how long they were seen in that poll.
    pub(crate) over: Vec<(usize, Duration)>,
    /// So many spares began to work.
    pub(crate) rescued: u32,
    /// So many workers are late, there is something to do, and no spare was left: told once.
    pub(crate) nobody_left: Option<usize>,
    /// There is nothing to watch, until the watchdog is called.
    pub(crate) rests: bool,
}

/// A worker that is late.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    pub(crate) place: usize,
    pub(crate) poll: Poll,
    pub(crate) elapsed: Duration,
}

/// Who helps.
enum Help {
    NotNeeded,
    /// One that slept.
    Woken,
    StandsIn,
    Nobody,
}

impl Watch {
    pub(crate) fn new(patience: Patience) -> Watch {
        Watch { patience, seen: Vec::new(), rests: 0, told: false }
    }

    /// Looks at all workers.
    pub(crate) fn look(&mut self, scheduler: &Arc<Scheduler>, now: Instant) -> Looked {
        let mut looked = Looked::default();
        let mut late = Vec::new();
        let mut all_rest = true;
        for (place, remote) in scheduler.remotes.from(0) {
            if self.seen.len() <= place {
                self.seen.resize(place + 1, Seen::default());
            }
            let rests = scheduler.rests(place, remote);
            all_rest &= rests;
            let poll = (!rests).then(|| remote.poll());
            let seen = &mut self.seen[place];
            let (poll, elapsed) = match seen.look(poll, now) {
                Since::Same(poll, elapsed) => (poll, elapsed),
                Since::Over(elapsed) => {
                    looked.over.extend(elapsed.map(|elapsed| (place, elapsed)));
                    if std::mem::take(&mut seen.stood_in_for) {
                        scheduler.spares.one_too_many();
                    }
                    continue;
                }
            };
            if elapsed >= self.patience.rescue {
                scheduler.free_next(remote);
                late.push(place);
                if !std::mem::replace(&mut seen.late, true) {
                    looked.begun.push(place);
                }
            }
            if elapsed >= self.patience.report && !std::mem::replace(&mut seen.reported, true) {
                looked.late.push(Late { place, poll, elapsed });
            }
        }
        self.rescue(scheduler, &late, &mut looked);
        self.rest(scheduler, all_rest, &mut looked);
        looked
    }

    /// For how long, at least, the worker in this place has been in this poll.
    pub(crate) fn elapsed(&self, place: usize, poll: Poll, now: Instant) -> Duration {
        let seen = self.seen.get(place).and_then(|seen| seen.poll);
        seen.filter(|(seen, _)| *seen == poll)
            .map_or(Duration::ZERO, |(_, since)| now.saturating_duration_since(since))
    }

    fn rescue(&mut self, scheduler: &Arc<Scheduler>, late: &[usize], looked: &mut Looked) {
        for &place in late {
            if self.seen[place].stood_in_for {
                continue;
            }
            match scheduler.help() {
                Help::NotNeeded | Help::Woken => {}
                Help::StandsIn => {
                    self.seen[place].stood_in_for = true;
                    looked.rescued += 1;
                    self.told = false;
                }
                Help::Nobody if std::mem::replace(&mut self.told, true) => {}
                Help::Nobody => looked.nobody_left = Some(late.len()),
            }
        }
    }

    fn rest(&mut self, scheduler: &Scheduler, all_rest: bool, looked: &mut Looked) {
        self.rests = if all_rest { self.rests + 1 } else { 0 };
        if self.rests == RESTS / 2 {
            scheduler.send_spares_home();
        }
        looked.rests = self.rests >= RESTS && scheduler.doze.begin(|| scheduler.all_rest());
    }
}

impl Seen {
    /// `poll`: in which one it is now, if it works.
    fn look(&mut self, poll: Option<Poll>, now: Instant) -> Since {
        let before = self.poll.map(|(before, since)| (before, now.saturating_duration_since(since)));
        match (before, poll) {
            (Some((before, elapsed)), Some(poll)) if before == poll => Since::Same(poll, elapsed),
            _ => {
                let over = before.filter(|_| self.late || self.reported).map(|(_, elapsed)| elapsed);
                let poll = poll.map(|poll| (poll, now));
                *self = Seen { poll, stood_in_for: self.stood_in_for, ..Seen::default() };
                Since::Over(over)
            }
        }
    }
}

impl Scheduler {
    /// Who watches the workers is called as soon as one has something to do.
    pub(crate) fn call_watchdog_with(&self, call: CallWatchdog) {
        assert!(self.watchdog.set(call).is_ok(), "named once");
    }

    /// A worker has something to do: somebody has to watch.
    #[inline(always)]
    pub(super) fn want_watchdog(&self) {
        if self.doze.is_on() {
            self.call_watchdog();
        }
    }

    #[cold]
    fn call_watchdog(&self) {
        if self.doze.end()
            && let Some(call) = self.watchdog.get()
        {
            call();
        }
    }

    /// Whatever the worker in this place has to do, somebody else does it: it sleeps, or is away.
    fn rests(&self, place: usize, remote: &Remote) -> bool {
        remote.is_away() || self.gate.is_idle(place)
    }

    fn all_rest(&self) -> bool {
        self.remotes.from(0).all(|(place, remote)| self.rests(place, remote))
    }

    /// What a late worker would run next is for anybody.
    fn free_next(&self, late: &Remote) {
        if let Some(task) = late.lifo.steal() {
            self.put_from_outside(task);
        }
    }

    /// A worker is late. If there is something to do, and everybody else is late too or at work, a spare begins.
    fn help(self: &Arc<Scheduler>) -> Help {
        if !(self.has_work() || self.misses_events()) {
            Help::NotNeeded
        } else if let Some(place) = self.gate.choose_another(self.holder()) {
            self.call(place);
            Help::Woken
        } else if self.stand_in() {
            Help::StandsIn
        } else {
            Help::Nobody
        }
    }

    /// Spares that sleep and are not needed hear of it.
    fn send_spares_home(&self) {
        let spares = self.workers()..self.remotes.len();
        for place in spares.filter(|place| self.gate.is_idle(*place)) {
            if self.spares.are_too_many() && self.gate.choose_this(place) {
                self.call(place);
            }
        }
    }

    /// The workers that are in a poll, or were in one last. For how long is for others to say.
    pub(crate) fn at_work(&self) -> Vec<Late> {
        let at_work = self.remotes.from(0).filter(|(place, remote)| !self.rests(*place, remote));
        let polls =
            at_work.map(|(place, remote)| (place, remote.poll())).filter(|(_, poll)| poll.has_begun());
        polls.map(|(place, poll)| Late { place, poll, elapsed: Duration::ZERO }).collect()
    }

    /// The task that a worker is in a poll of, if it is still in that one.
    pub(crate) fn task_of(&self, late: &Late) -> Option<TaskInfo> {
        let remote = self.remote(late.place);
        let task = self.exec.task_in(late.poll.slot())?;
        // It was the worker's all the time between its notes and this look.
        (task.last_poll == late.poll.tick() && remote.poll() == late.poll).then_some(task)
    }

    /// The system's number of the thread of the worker in this place, if it is known.
    pub(crate) fn thread_of(&self, place: usize) -> Option<u32> {
        match self.remote(place).thread.load(Ordering::Relaxed) {
            0 => None,
            thread => Some(thread),
        }
    }
}
