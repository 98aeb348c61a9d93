//! Workers that are in one poll for long, and what is done about it.
//!
//! Whoever watches looks at all workers every few milliseconds. A worker notes each poll that it begins, without a clock;
//! that it is in the same one at several looks takes as long as lies between them. What such a worker has is for the others
//! then. If there is something to do and nobody left to do it, a spare begins to work beside it; there is one worker too
//! many as soon as the late one goes on.

use super::remote::{Poll, Remote};
use super::scheduler::Scheduler;
use crate::stalls::Patience;
use crate::sync::{Arc, Duration, Instant};
use airmail_core::{Activity, TaskInfo};

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
    /// Workers that are late, and whether somebody stands in for them.
    stuck: Vec<(usize, bool)>,
    /// Workers that are late since this look.
    pub(crate) begun: Vec<usize>,
    /// Who is to be reported.
    pub(crate) late: Vec<Late>,
    /// Workers that were late and have gone on, and how long they were seen in that poll.
    pub(crate) over: Vec<(usize, Duration)>,
    /// Spares that are not needed are to hear of it.
    sends_home: bool,
    /// There is nothing to watch, until the watchdog is called.
    pub(crate) rests: bool,
}

/// What was done about it.
#[derive(Debug, Default)]
pub(crate) struct Rescued {
    /// Workers beside which another one works now.
    pub(crate) stood_in_for: Vec<usize>,
    /// There was something to do, and nobody left to do it.
    nobody_left: bool,
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

    /// Looks at all workers. Runs no code of the program's: that is for [`rescue`](Scheduler::rescue).
    pub(crate) fn look(&mut self, scheduler: &Scheduler, now: Instant) -> Looked {
        let mut looked = Looked::default();
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
                looked.stuck.push((place, seen.stood_in_for));
                if !std::mem::replace(&mut seen.late, true) {
                    looked.begun.push(place);
                }
            }
            if elapsed >= self.patience.report && !std::mem::replace(&mut seen.reported, true) {
                looked.late.push(Late { place, poll, elapsed });
            }
        }
        self.rest(scheduler, all_rest, &mut looked);
        looked
    }

    /// For how long, at least, the worker in this place has been in this poll.
    pub(crate) fn elapsed(&self, place: usize, poll: Poll, now: Instant) -> Duration {
        let seen = self.seen.get(place).and_then(|seen| seen.poll);
        seen.filter(|(seen, _)| *seen == poll)
            .map_or(Duration::ZERO, |(_, since)| now.saturating_duration_since(since))
    }

    /// Notes what was done after a look. `true`: nobody can stand in any more, which is to be told.
    pub(crate) fn note(&mut self, rescued: &Rescued) -> bool {
        for &place in &rescued.stood_in_for {
            self.seen[place].stood_in_for = true;
            self.told = false;
        }
        rescued.nobody_left && !std::mem::replace(&mut self.told, true)
    }

    fn rest(&mut self, scheduler: &Scheduler, all_rest: bool, looked: &mut Looked) {
        self.rests = if all_rest { self.rests + 1 } else { 0 };
        looked.sends_home = self.rests == RESTS / 2;
        looked.rests = self.rests >= RESTS && scheduler.doze.begin(|| scheduler.all_rest());
    }
}

impl Looked {
    /// So many workers are late.
    pub(crate) fn late_workers(&self) -> usize {
        self.stuck.len()
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
    pub(crate) fn call_watchdog_with(&self, patience: Patience, call: CallWatchdog) {
        assert!(self.watchdog.set((patience, call)).is_ok(), "named once");
    }

    /// Spares may begin beside late workers.
    pub(super) fn rescues(&self) -> bool {
        self.watchdog.get().is_some_and(|(patience, _)| patience.rescue != Duration::MAX)
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
        // Nobody watches workers that end.
        if !self.is_closing()
            && self.doze.end()
            && let Some((_, call)) = self.watchdog.get()
        {
            call();
        }
    }

    /// Does what a look says. Foreign code may run: the names of threads, the waker of the driver.
    pub(crate) fn rescue(self: &Arc<Scheduler>, looked: &Looked) -> Rescued {
        let mut rescued = Rescued::default();
        if looked.sends_home {
            self.send_spares_home();
        }
        for &(place, _) in &looked.stuck {
            self.free_next(self.remote(place));
        }
        for &(place, _) in looked.stuck.iter().filter(|(_, stood_in_for)| !stood_in_for) {
            match self.help() {
                Help::NotNeeded | Help::Woken => {}
                Help::StandsIn => rescued.stood_in_for.push(place),
                Help::Nobody => rescued.nobody_left = !self.is_closing(),
            }
        }
        rescued
    }

    /// Whatever the worker in this place has to do, somebody else does it: it sleeps, or is away.
    fn rests(&self, place: usize, remote: &Remote) -> bool {
        remote.is_away() || self.gate.is_idle(place)
    }

    fn all_rest(&self) -> bool {
        self.remotes.from(0).all(|(place, remote)| self.rests(place, remote))
    }

    /// What a late worker would run next is for anybody.
    pub(super) fn free_next(&self, late: &Remote) {
        if let Some(task) = late.lifo.steal() {
            self.put_from_outside(task);
        }
    }

    /// A worker is late. If there is something to do, and everybody else is late too or at work, a spare begins.
    fn help(self: &Arc<Scheduler>) -> Help {
        if !(self.has_work() || self.misses_events(true)) {
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

    /// The workers that are in a poll, or were in one last, but for the caller. For how long is for others to say.
    pub(crate) fn at_work(&self) -> Vec<Late> {
        let own = self.exec.here(|queues| queues.place);
        let others = self.remotes.from(0).filter(|(place, _)| own != Some(*place));
        let at_work = others.filter(|(place, remote)| remote.is_seated() && !self.gate.is_idle(*place));
        let polls =
            at_work.map(|(place, remote)| (place, remote.poll())).filter(|(_, poll)| poll.has_begun());
        polls.map(|(place, poll)| Late { place, poll, elapsed: Duration::ZERO }).collect()
    }

    /// The task that a worker is in a poll of, if it is still in that one.
    pub(crate) fn task_of(&self, late: &Late) -> Option<TaskInfo> {
        let remote = self.remote(late.place);
        let task = self.exec.task_in(late.poll.slot())?;
        // It was the worker's all the time between its notes and this look.
        let same = task.last_poll == late.poll.tick() && remote.poll() == late.poll;
        (same && task.activity == Activity::Scheduled).then_some(task)
    }

    /// Some worker, but for the caller, is in a poll.
    pub(super) fn is_polling(&self) -> bool {
        self.at_work().iter().any(|late| late.poll.is_of_unknown() || self.task_of(late).is_some())
    }

    /// The system's number of the thread of the worker in this place, if it is known.
    pub(crate) fn thread_of(&self, place: usize) -> Option<u32> {
        self.remote(place).thread()
    }
}
