//! What every thread may touch of a work-stealing executor: the ways in, and whom to wake.

use super::doze::Doze;
use super::pinned::Pins;
use super::queues::Queues;
use super::remote::{Remote, Remotes};
use super::rescue::CallWatchdog;
use super::sleep::Asleep;
use super::spare::Spares;
use super::stop::Crew;
use crate::company::Company;
use crate::driver::Driver;
use crate::inspect::{Queue, tell_queued, tell_woken};
use crate::stalls::Patience;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use crate::sync::{Arc, BURST, Mutex, OnceLock, Weak, processors};
use crate::threads::caught;
use crate::timers::Deadline;
use airmail_core::{
    Chain, Exec, Gate, Injector, JoinHandle, Options, Refused, Runnable, Schedule, Seat, Spawn, dead_letter,
};
use std::fmt;
use std::future::Future;
use std::task::{Wake, Waker};

/// No worker.
const NOBODY: usize = usize::MAX;
/// At least so many workers can stand in for others that block.
const SPARES: usize = 24;
/// Workers come in such numbers: so many fit into one word of the gate.
const WORD: usize = 56;

/// A work-stealing executor as its tasks, their wakers and its handles see it.
pub(crate) struct Scheduler {
    pub(crate) exec: Exec<Queues>,
    pub(super) injector: Injector,
    pub(super) gate: Gate,
    pub(super) remotes: Remotes,
    workers: usize,
    /// The driver is waited in by one of the workers that sleep, which locks it meanwhile.
    pub(super) driver: Mutex<Box<dyn Driver>>,
    driver_waker: Waker,
    /// Which worker that is.
    pub(super) holder: AtomicUsize,
    /// Whether it has to be asked what happened, while there is something to do.
    pub(super) driver_looks: bool,
    /// A worker may look around for a moment before it sleeps, for whatever comes: nobody else needs its processor.
    pub(super) may_look: bool,
    pub(super) closing: AtomicBool,
    pub(super) spares: Spares,
    pub(super) doze: Doze,
    /// Calls who watches the workers.
    pub(super) watchdog: OnceLock<(Patience, CallWatchdog)>,
    pub(super) crew: Crew,
    pub(super) pins: Pins,
    pub(super) me: Weak<Scheduler>,
    pub(crate) options: Options,
    pub(crate) company: Company,
}

/// The seat of a worker: the right to run tasks.
pub(crate) type WorkerSeat = Seat<Queues>;

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler")
            .field("exec", &self.exec)
            .field("workers", &self.workers)
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

impl Scheduler {
    /// Registers an executor, with a seat for each worker.
    pub(crate) fn new(
        workers: usize,
        options: Options,
        driver: Box<dyn Driver>,
        event_interval: u32,
        company: Company,
    ) -> (Arc<Scheduler>, Vec<WorkerSeat>) {
        let places = (workers + SPARES).next_multiple_of(WORD);
        let remotes = Remotes::new(places, event_interval);
        let (exec, first) = Exec::register(options.clone(), remotes.furnish(0));
        let mut seats = vec![first];
        for place in 1..workers {
            let seat = exec.another_seat(remotes.furnish(place));
            seats.push(seat.unwrap_or_else(|_| unreachable!("it is not retired")));
        }
        let scheduler = Arc::new_cyclic(|me| Scheduler {
            exec,
            injector: Injector::new(workers),
            gate: Gate::new(places),
            remotes,
            workers,
            driver_waker: driver.waker(),
            driver_looks: driver.looks(),
            driver: Mutex::new(driver),
            holder: AtomicUsize::new(NOBODY),
            may_look: workers <= processors(),
            closing: AtomicBool::new(false),
            spares: Spares::new(workers..places),
            doze: Doze::new(),
            watchdog: OnceLock::new(),
            crew: Crew::new(workers),
            pins: Pins::default(),
            me: Weak::clone(me),
            options,
            company,
        });
        seats[0].install(Arc::clone(&scheduler));
        (scheduler, seats)
    }

    /// How many workers it was built with.
    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    #[inline(always)]
    pub(super) fn remote(&self, place: usize) -> &Remote {
        self.remotes.get(place)
    }

    /// Makes a task and queues it. The future comes back if the executor is shut down.
    #[inline]
    pub(crate) fn spawn<F>(&self, future: F, spawn: Spawn) -> Result<JoinHandle<F::Output>, Refused<F>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = self.exec.spawn(future, spawn)?;
        self.tell_spawned(&task);
        self.put(task);
        Ok(handle)
    }

    /// Makes tasks, and queues them all at once.
    pub(crate) fn spawn_many<F>(
        &self,
        futures: impl IntoIterator<Item = F>,
        spawn: Spawn,
    ) -> Vec<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let mut tasks = Chain::new();
        let prepared = futures.into_iter().map(|future| match self.exec.spawn(future, spawn) {
            Ok((task, handle)) => {
                self.tell_spawned(&task);
                tasks.push(task);
                handle
            }
            Err(Refused(future)) => dead_letter(future, spawn),
        });
        let handles = prepared.collect();
        self.put_many(tasks);
        handles
    }

    #[inline(always)]
    fn tell_spawned(&self, task: &Runnable) {
        if let Some(track) = &self.company.track {
            track.spawned(&task.meta());
        }
    }

    /// Queues what was just spawned: a burst wakes two workers, and they others, if there is enough for more.
    fn put_many(&self, mut tasks: Chain) {
        if tasks.is_empty() {
            return;
        }
        if self.company.track.is_some() {
            let queue = if self.exec.here(|_| ()).is_some() { Queue::Local } else { Queue::Inbox };
            tasks = self.tell_queued(tasks, queue);
        }
        let burst = tasks.len() >= BURST;
        let here = self.exec.here_with(tasks, |queues, tasks| queues.put_all(self, tasks));
        if let Err(tasks) = here {
            self.injector.put_all(thread(), tasks);
        }
        self.wake_one();
        if burst && let Some(place) = self.gate.choose_another(self.holder()) {
            self.call(place);
        }
    }

    /// Tasks for whoever comes first.
    pub(super) fn put_outside(&self, tasks: Chain) {
        if !tasks.is_empty() {
            self.injector.put_all(thread(), tasks);
            self.wake_one();
        }
    }

    /// Whoever listens hears of each task that it is queued.
    pub(super) fn tell_queued(&self, tasks: Chain, queue: Queue) -> Chain {
        match &self.company.track {
            Some(track) => tasks.inspect(|task| tell_queued(&**track, task, queue)).collect(),
            None => tasks,
        }
    }

    /// Puts a task where a worker finds it.
    #[inline(always)]
    fn put(&self, task: Runnable) {
        let here = self.exec.here_with(task, |queues, task| {
            if let Some(track) = &self.company.track {
                tell_queued(&**track, &task, Queue::Local);
            }
            // What many ends wake one after the other goes to the back, and is run once for all of them.
            if airmail_core::is_ending() && !queues.ring.is_empty() {
                queues.put_back(self, task);
                self.notify();
            } else {
                queues.put(self, task);
            }
        });
        if let Err(task) = here {
            self.put_from_outside(task);
        }
    }

    #[cold]
    pub(super) fn put_from_outside(&self, task: Runnable) {
        if let Some(track) = &self.company.track {
            tell_queued(&**track, &task, Queue::Inbox);
        }
        self.injector.put(thread(), task);
        self.wake_one();
    }

    /// A worker has more than it can run at once: another one may be woken. One load, if all are at work.
    #[inline(always)]
    pub(super) fn notify(&self) {
        if self.gate.may_choose() {
            self.wake_one();
        }
    }

    /// Wakes a worker, unless one searches already.
    #[cold]
    pub(super) fn wake_one(&self) {
        if let Some(place) = self.gate.choose(self.holder()) {
            self.call(place);
        }
    }

    /// `false`: nobody slept.
    pub(super) fn wake_all(&self) -> bool {
        // The first of the workers is likely to have this thread's processor, and, called first, would keep this thread
        // from calling the others until it has nothing to do.
        let chosen: Vec<_> = std::iter::from_fn(|| self.gate.choose_another(None)).collect();
        chosen.iter().rev().for_each(|&place| self.call(place));
        !chosen.is_empty()
    }

    /// Calls a worker that was chosen.
    pub(super) fn call(&self, place: usize) {
        match self.remote(place).bed.call() {
            Asleep::No => {}
            Asleep::InBed(thread) => thread.unpark(),
            Asleep::InDriver => self.tell_driver(),
        }
    }

    /// Whoever waits in the driver looks again at what it waits for. That is somebody else's code, which must not end a
    /// worker.
    pub(super) fn tell_driver(&self) {
        caught("the waker of the `Driver`", || self.driver_waker.wake_by_ref());
    }

    /// The place of the worker that this thread is, or any number that is the same each time on a thread.
    pub(crate) fn place(&self) -> usize {
        self.exec.here(|queues| queues.place).unwrap_or_else(thread)
    }

    /// A timer is the first of its wheel: whoever waits in the driver hears of it, unless it waits for an earlier one.
    pub(crate) fn tell_of_timer(&self, deadline: Deadline) {
        // Pairs with `set_holder`.
        fence(Ordering::SeqCst);
        if self.holder().is_none() {
            self.see_to_events(self.looks_late());
        } else if self.company.timers.is_waited_past(deadline) {
            self.tell_driver();
        }
    }

    /// There is something else to wait for in the driver: whoever waits there looks again, and if nobody does, somebody
    /// begins to.
    pub(crate) fn tell_of_events(&self) {
        // Pairs with `set_holder`.
        fence(Ordering::SeqCst);
        if self.holder().is_some() {
            self.tell_driver();
        } else {
            self.see_to_events(self.looks_late());
        }
    }

    /// Unless this thread is a worker with short polls, nobody knows when somebody looks at events by itself. A worker that
    /// had no events to look at until now does so after this poll.
    fn looks_late(&self) -> bool {
        let late = self.exec.here(|queues| {
            let pace = queues.pace.get();
            if !pace.counts() {
                queues.until_events.set(1);
            }
            pace.polls_are_long()
        });
        late.unwrap_or(true)
    }

    /// Wakes who waits for timers, for threads that know no more of this runtime.
    pub(crate) fn bell(&self) -> Waker {
        Waker::from(Arc::new(Bell(Weak::clone(&self.me))))
    }

    /// Somebody has to wait in the driver, if anybody sleeps.
    pub(super) fn see_to_events(&self, late: bool) {
        if self.misses_events(late) {
            self.wake_one();
        }
    }

    /// Something may happen, and nobody waits for it in the driver. `late`: those who work may not look soon either. (If they
    /// do, to wake another worker for each event that one comes out with would cost more than the event. A poll that takes
    /// long all the same is the watchdog's business, if there is one.)
    pub(super) fn misses_events(&self, late: bool) -> bool {
        self.holder().is_none() && (self.driver_looks || (late || !self.rescues()) && self.has_events())
    }

    /// There is a socket, or a timer is armed.
    pub(super) fn has_events(&self) -> bool {
        self.company.reactor.is_started() || self.company.timers.are_armed()
    }

    /// Who waits in the driver: woken last, since somebody else would have to take its place there.
    pub(super) fn holder(&self) -> Option<usize> {
        let holder = self.holder.load(Ordering::Relaxed);
        (holder != NOBODY).then_some(holder)
    }

    /// This worker waits in the driver (or nobody does) from now on. It looks afterwards what there is to wait for.
    pub(super) fn set_holder(&self, place: Option<usize>) {
        self.company.timers.begins_to_wait();
        self.holder.store(place.unwrap_or(NOBODY), Ordering::Relaxed);
        // Pairs with `tell_of_events`: either this worker finds the new timer, or who armed it finds that it waits (or not).
        fence(Ordering::SeqCst);
    }

    /// There is something to do, for anybody: asked by a worker before it sleeps, after a full fence.
    pub(super) fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.remotes.from(0).any(|(_, remote)| !remote.ring.is_empty())
    }
}

struct Bell(Weak<Scheduler>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if let Some(scheduler) = self.0.upgrade() {
            scheduler.tell_of_events();
        }
    }
}

/// The same number each time on a thread.
fn thread() -> usize {
    airmail_core::thread_number() as usize
}

impl Schedule for Scheduler {
    fn schedule(&self, task: Runnable) {
        if let Some(track) = &self.company.track {
            tell_woken(&**track, &task);
        }
        self.put(task);
    }
}
