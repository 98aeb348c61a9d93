//! Where a worker's next task comes from: its own queues, the injector, the other workers.

use super::remote::{Poll, Remote};
use super::worker::Bench;
use crate::inspect::Queue;
use crate::sync::atomic::Ordering;
use crate::sync::{Duration, Instant};
use airmail_core::{Chain, Ring, Runnable};

/// So many tasks in a row come out of the place for what was woken last, before one of those that wait behind it.
const MOST_IN_A_ROW: u32 = 3;
/// As long as the ring is shorter than this, tasks are taken from the injector in batches. (If more were taken than are
/// run, the ring would overflow, and send them back.)
const BATCHES_UP_TO: usize = 64;

/// A worker that has begun no poll for so long is relieved of the tasks that wait behind it: less than the 50 µs that lie between
/// two looks at events, if polls are not very short.
const STUCK: Duration = Duration::from_micros(25);
/// A look finds the next one to relieve among so many places at most.
const SUSPECTS: usize = 4;
/// So many times half of what is left of a full ring is all of it.
const HALVES: u32 = 9;

/// A worker behind which tasks wait, and the poll that it was in then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspect {
    place: usize,
    poll: Poll,
    since: Instant,
}

impl Bench<'_> {
    /// The next task. Sleeps until there is one. `None` if the worker is to stop.
    #[inline(always)]
    pub(super) fn next(&self) -> Option<Runnable> {
        loop {
            if self.is_to_stop() {
                return None;
            }
            self.look_at_events();
            let more = self.run_pinned();
            if let Some(task) = self.own() {
                return Some(task);
            }
            if more {
                continue;
            }
            if let Some(task) = self.search() {
                return Some(task);
            }
            self.sleep();
        }
    }

    /// The next task of this worker's own, or of the injector, which gets at least every second turn: so that whatever
    /// comes from outside waits for one poll only, however much the worker has to do.
    #[inline(always)]
    fn own(&self) -> Option<Runnable> {
        let queues = self.queues;
        let injected = !self.scheduler.injector.seems_empty() && !queues.injected.get();
        queues.injected.set(injected);
        let task = if injected { self.injected() } else { None };
        let task = task
            .or_else(|| self.woken_last())
            .or_else(|| self.waiting_longest())
            .or_else(|| queues.lifo.take());
        if task.is_some() {
            self.stop_searching();
        }
        task
    }

    /// What was woken last, unless others have waited for long enough.
    #[inline(always)]
    fn woken_last(&self) -> Option<Runnable> {
        let in_a_row = self.queues.in_a_row.get();
        if in_a_row == MOST_IN_A_ROW {
            return None;
        }
        let task = self.queues.lifo.take()?;
        self.queues.in_a_row.set(in_a_row + 1);
        Some(task)
    }

    /// The front of the ring. Where there is more, another worker may help.
    #[inline(always)]
    fn waiting_longest(&self) -> Option<Runnable> {
        self.queues.in_a_row.set(0);
        let task = self.queues.ring.pop()?;
        if !self.queues.ring.is_empty() {
            self.scheduler.notify();
        }
        Some(task)
    }

    /// Its part of what came from outside: the first task, with the others at the back of the ring.
    #[cold]
    fn injected(&self) -> Option<Runnable> {
        let (scheduler, queues) = (self.scheduler, self.queues);
        let most = BATCHES_UP_TO.saturating_sub(queues.ring.len()).max(1);
        let mut few = scheduler.injector.take(queues.place, scheduler.workers(), most);
        let first = few.pop()?;
        self.has_work();
        queues.put_all(scheduler, few);
        if !scheduler.injector.seems_empty() || !queues.ring.is_empty() {
            scheduler.notify();
        }
        Some(first)
    }

    /// Looks for work where it is others'. If there is none, the worker is a searcher still, or none of those who may be.
    #[cold]
    fn search(&self) -> Option<Runnable> {
        if !self.begin_search() {
            return None;
        }
        let task = self.injected().or_else(|| self.steal());
        if task.is_some() {
            self.end_search();
        }
        task
    }

    /// Any task of any queue, for who cancels them.
    pub(super) fn anything(&self) -> Option<Runnable> {
        let own = || self.queues.lifo.take().or_else(|| self.queues.ring.pop());
        let others = || self.others().find_map(|(_, remote)| remote.lifo.steal());
        own().or_else(|| self.injected()).or_else(|| self.steal()).or_else(others)
    }

    /// The runtime ends, or there are too many workers and this one is a spare.
    #[inline(always)]
    pub(super) fn is_to_stop(&self) -> bool {
        self.scheduler.closing.load(Ordering::Relaxed)
            || self.scheduler.spares.are_too_many() && self.queues.place >= self.scheduler.workers()
    }

    fn begin_search(&self) -> bool {
        let (scheduler, queues) = (self.scheduler, self.queues);
        if !queues.searching.get() {
            let half = scheduler.workers().div_ceil(2);
            queues.searching.set(scheduler.gate.begin_search(queues.place, half));
        }
        queues.searching.get()
    }

    /// The worker has something else to do than to search.
    #[inline(always)]
    pub(super) fn stop_searching(&self) {
        if self.queues.searching.get() {
            self.end_search();
        }
    }

    /// Something was found. The last one to search wakes the next, if there is more, or if nobody waits for events any more:
    /// so a burst wakes one after the other.
    #[cold]
    fn end_search(&self) {
        self.queues.searching.set(false);
        let scheduler = self.scheduler;
        self.has_work();
        let late = self.queues.pace.get().polls_are_long();
        let more = || scheduler.has_work() || scheduler.misses_events(late);
        if scheduler.gate.end_search(self.queues.place) && more() {
            scheduler.wake_one();
        }
    }

    /// The worker comes out of its rest, or takes what came from outside.
    pub(super) fn has_work(&self) {
        self.remote.note_thread();
        self.scheduler.want_watchdog();
    }

    /// Half of another worker's ring, beginning with a random one.
    fn steal(&self) -> Option<Runnable> {
        self.others().find_map(|(from, remote)| {
            remote.ring.steal_each_into(&self.queues.ring, |task| self.tell_stolen(task, from))
        })
    }

    fn tell_stolen(&self, task: &Runnable, from: usize) {
        if let Some(track) = &self.scheduler.company.track {
            track.stolen(&task.meta(), from, self.queues.place);
        }
    }

    /// What waits behind a worker that begins no poll is for anybody from now on. That one is in a long poll, or its thread
    /// waits for a processor; and the others may never search, since events always bring them more.
    pub(super) fn relieve(&self, now: Instant) {
        let suspect = self.queues.suspect.take().filter(|suspect| {
            let remote = self.scheduler.remote(suspect.place);
            remote.poll() == suspect.poll && remote.has_tasks()
        });
        match suspect {
            Some(Suspect { place, since, .. }) if now.saturating_duration_since(since) >= STUCK => {
                self.free_all(place);
            }
            Some(suspect) => self.queues.suspect.set(Some(suspect)),
            None => {
                let suspect = self.others().take(SUSPECTS).find(|(_, remote)| remote.has_tasks());
                let suspect =
                    suspect.map(|(place, remote)| Suspect { place, poll: remote.poll(), since: now });
                self.queues.suspect.set(suspect);
            }
        }
    }

    /// Its tasks go where all workers find them between their own, in their order.
    fn free_all(&self, place: usize) {
        let remote = self.scheduler.remote(place);
        let (ring, _) = Ring::new();
        let mut tasks = Chain::new();
        for _ in 0..HALVES {
            let Some(first) = remote.ring.steal_into(&ring) else { break };
            tasks.push(first);
            std::iter::from_fn(|| ring.pop()).for_each(|task| tasks.push(task));
        }
        let scheduler = self.scheduler;
        scheduler.put_outside(scheduler.tell_queued(tasks, Queue::Inbox));
        scheduler.free_next(remote);
    }

    /// What another worker woke last and cannot run, since it was in the same poll at two looks.
    pub(super) fn steal_next(&self, earlier: &[(usize, Poll)]) -> Option<Runnable> {
        earlier.iter().find_map(|&(from, poll)| {
            let remote = self.scheduler.remote(from);
            let task = if remote.poll() == poll { remote.lifo.steal() } else { None };
            task.inspect(|task| self.tell_stolen(task, from))
        })
    }

    /// Who has a task to be run next, and in which poll it is.
    pub(super) fn woken_by_others(&self) -> Vec<(usize, Poll)> {
        let with_task = self.others().filter(|(_, remote)| !remote.lifo.is_empty());
        with_task.map(|(place, remote)| (place, remote.poll())).collect()
    }

    fn others(&self) -> impl Iterator<Item = (usize, &Remote)> {
        let remotes = &self.scheduler.remotes;
        let all = remotes.from(self.queues.random(remotes.len()));
        all.filter(|(place, _)| *place != self.queues.place)
    }
}
